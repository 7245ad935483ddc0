#pragma once
#include <mutex>

#include "crawl/crawl_cursors.hpp"

namespace hayden::crawl {

/// Hands the ranges of a crawl to those who list them. Safe to share between threads.
class RangePool {
 public:
  virtual ~RangePool() = default;
  virtual std::optional<db::CrawlRange> lease() = 0;
  virtual db::CrawlRanges::Count count() = 0;
  /// Cuts a leased range at `bounds`. False when it is not ours any more.
  virtual bool split(std::int64_t range, const std::vector<std::string>& bounds) = 0;
  /// Makes the range behind a leased one part of it, if nobody has it; tells where the range ends now.
  virtual std::optional<std::string> absorb(std::int64_t range) = 0;
  /// True when other crawlers would find no range to take.
  virtual bool is_wanted_elsewhere() = 0;
  virtual std::vector<db::Sql> statements(const std::vector<CrawlCursors::Move>& moves) = 0;
  virtual void renew() = 0;
  /// True when all of the crawl is done, by whomever.
  virtual bool finish() = 0;
};

/// Ranges that other crawlers may take, too, and that outlive the program.
class SharedRanges final : public RangePool {
 public:
  SharedRanges(db::Pool& pool, const std::string& source, const std::string& prefix, const std::string& scope)
      : ranges_(pool, source, prefix, scope, {before_prefix(prefix), end_of_prefix(prefix)}) {}

  std::optional<db::CrawlRange> lease() override { return ranges_.lease(); }
  db::CrawlRanges::Count count() override { return ranges_.count(); }
  bool split(std::int64_t range, const std::vector<std::string>& bounds) override {
    return ranges_.split(range, bounds);
  }
  std::optional<std::string> absorb(std::int64_t range) override { return ranges_.absorb(range); }
  bool is_wanted_elsewhere() override { return ranges_.count().free == 0; }
  std::vector<db::Sql> statements(const std::vector<CrawlCursors::Move>& moves) override;
  void renew() override { ranges_.renew(); }
  bool finish() override;

 private:
  db::CrawlRanges ranges_;
};

/// Ranges of one run that writes nothing.
class PrivateRanges final : public RangePool {
 public:
  explicit PrivateRanges(const std::string& prefix) {
    free_.push_back({0, {before_prefix(prefix), end_of_prefix(prefix)}});
  }

  std::optional<db::CrawlRange> lease() override;
  db::CrawlRanges::Count count() override;
  bool split(std::int64_t range, const std::vector<std::string>& bounds) override;
  std::optional<std::string> absorb(std::int64_t range) override;
  bool is_wanted_elsewhere() override { return false; }
  std::vector<db::Sql> statements(const std::vector<CrawlCursors::Move>& moves) override;
  void renew() override {}
  bool finish() override;

 private:
  std::mutex mutex_;
  std::deque<db::CrawlRange> free_;
  std::map<std::int64_t, db::CrawlRange> leased_;
  std::int64_t last_id_ = 0;
};

}  // namespace hayden::crawl
