#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "db/pool.hpp"
#include "db/sql.hpp"

namespace hayden::db {

/// Keys in (after, until], in byte order.
struct KeySpan {
  std::string after, until;
};

struct HarvestMark {
  std::string mark;
  bool was_gone = false;  ///< the source has been without the key meanwhile
};

/// What a crawl knows of the scenes of a source (`s3://bucket`, `file:///folder`). Safe to share between
/// threads; throws Problem(503) when the database is away.
class HarvestMarks {
 public:
  explicit HarvestMarks(Pool& pool) : pool_(pool) {}

  /// Of those keys that are known.
  std::map<std::string, HarvestMark> find(const std::string& source, const std::vector<std::string>& keys);
  /// Known keys of the span that `listed`, a listing of all of it, does not hold.
  std::vector<std::string> missing(const std::string& source, const KeySpan& span,
                                   const std::vector<std::string>& listed);
  /// Remembers them as gone; tells how many are so from now on.
  std::uint64_t mark_missing(const std::string& source, const KeySpan& span,
                             const std::vector<std::string>& listed);
  /// Scenes that have gone and are not archived.
  std::uint64_t count_gone(const std::string& source, const KeySpan& span);
  /// Archives them, in both faces.
  std::uint64_t archive_gone(const std::string& source, const KeySpan& span);

 private:
  Pool& pool_;
};

/// A part of a crawl.
struct CrawlRange {
  std::int64_t id = 0;
  KeySpan span;
};

/// The ranges of one crawl, which any number of crawlers share (hayden.crawl_range). A crawler's leases end
/// with its session, or when it has not renewed them for lease_time. Safe to share between threads.
class CrawlRanges {
 public:
  /// Joins the open crawl of that source, prefix and scope, or begins one. Holds a connection of the pool.
  CrawlRanges(Pool& pool, const std::string& source, const std::string& prefix, const std::string& scope,
              const KeySpan& span);
  ~CrawlRanges();
  CrawlRanges(const CrawlRanges&) = delete;
  CrawlRanges& operator=(const CrawlRanges&) = delete;

  static constexpr std::chrono::seconds lease_time{120};

  struct Count {
    std::uint64_t free = 0;       ///< leased by nobody
    std::uint64_t elsewhere = 0;  ///< not leased by this crawler
  };

  std::optional<CrawlRange> lease();
  Count count();
  void renew();
  void release();
  /// Cuts a range at `bounds`, which lie inside it, in order. False when it belongs to another by now.
  bool split(std::int64_t range, const std::vector<std::string>& bounds);
  /// Makes the range behind a leased one part of it, if nobody has it; tells where the range ends now.
  std::optional<std::string> absorb(std::int64_t range);
  /// The statement that records all up to that key as done; nothing: the whole range.
  Sql advance(std::int64_t range, const std::optional<std::string>& done_up_to) const;
  /// True when nothing of the crawl is left, for any crawler.
  bool finish();

 private:
  Pool& pool_;
  std::unique_ptr<Pool::Lease> session_;
  std::string crawler_, crawl_;
};

/// Runs statements in one transaction, as a harvest does.
void run_for_harvest(Pool& pool, const std::vector<Sql>& statements);

/// A dead letter.
struct FailureEntry {
  std::string source, key, stage, reason, failed;
  std::int64_t size = 0;  ///< bytes kept
};

class HarvestFailures {
 public:
  explicit HarvestFailures(Pool& pool) : pool_(pool) {}

  /// Those of a source and with `part_of_key` in their key; empty means any.
  std::vector<FailureEntry> list(const std::string& source, const std::string& part_of_key, int most);
  /// The object as read; nothing when there is no such failure.
  std::optional<std::string> bytes(const std::string& source, const std::string& key);

 private:
  Pool& pool_;
};

}  // namespace hayden::db
