#pragma once
#include <atomic>
#include <memory>

#include "crawl/listing.hpp"
#include "crawl/range_pool.hpp"
#include "crawl/s3_store.hpp"

namespace hayden::crawl {

/// Lists a bucket with several threads. Each takes a range of keys and lists it from front to back; when no
/// range is left for the others it cuts off what is before it along the next folders (years, paths, rows),
/// which one request with a delimiter tells.
class BucketListing final : public Listing {
 public:
  BucketListing(std::shared_ptr<S3Store> store, std::unique_ptr<RangePool> ranges, std::size_t threads)
      : store_(std::move(store)), ranges_(std::move(ranges)), threads_(threads) {}

  void list(const Take& take, const std::stop_token& stop) override;
  std::vector<db::Sql> progress() override;
  std::optional<db::KeySpan> finish() override;

 private:
  void list_ranges(const Take& take, const std::stop_token& stop);
  bool list_range(db::CrawlRange range, const Take& take, const std::stop_token& stop);
  bool share(db::CrawlRange& range, const std::vector<std::string>& page, const std::stop_token& stop);
  std::vector<std::string> bounds_behind(const db::KeySpan& rest, const std::vector<std::string>& page,
                                         const std::stop_token& stop);
  void renew_quietly();

  std::shared_ptr<S3Store> store_;
  std::unique_ptr<RangePool> ranges_;
  std::size_t threads_;
  CrawlCursors cursors_;
  std::atomic<std::size_t> busy_ = 0;
  std::atomic<bool> ended_ = false;  // `take` wants no more
};

}  // namespace hayden::crawl
