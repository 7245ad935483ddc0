#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <string_view>

#include "crawl/folder_index.hpp"
#include "crawl/listing.hpp"
#include "crawl/range_pool.hpp"
#include "crawl/s3_store.hpp"

namespace hayden::crawl {

/// The folder around a key, with its slash, of which nothing is wanted.
using RuledOut = std::function<std::optional<std::string_view>(std::string_view key)>;

/// Lists a bucket with several threads, but for the folders that are ruled out. Each takes a range of keys
/// and lists it from front to back, and goes on into the next one as long as nobody is at it. A thread that
/// finds none free cuts what is before another along the next folders (years, paths, rows), which requests
/// with a delimiter tell.
class BucketListing final : public Listing {
 public:
  BucketListing(std::shared_ptr<S3Store> store, std::unique_ptr<RangePool> ranges, std::size_t threads,
                RuledOut ruled_out)
      : store_(std::move(store)),
        ranges_(std::move(ranges)),
        threads_(threads),
        ruled_out_(std::move(ruled_out)),
        folders_(*store_) {}

  void list(const Take& take, const std::stop_token& stop) override;
  std::vector<db::Sql> progress() override;
  std::optional<db::KeySpan> finish() override;

 private:
  struct Work;
  void list_ranges(const Take& take, const std::stop_token& stop);
  bool list_range(db::CrawlRange range, const Take& take, const std::stop_token& stop);
  bool list_work(Work& work, const Take& take, const std::stop_token& stop);
  bool pass_over_ruled_out(Work& work, std::string& last_listed);
  struct LastFolder;
  std::optional<LastFolder> last_folder(Work& work, const std::string& last_listed);
  bool end_range(const Work& work, const Take& take, MtlFilter& filter);
  bool cut_one(const std::stop_token& stop);
  bool cut(Work& work, const std::stop_token& stop);
  std::vector<std::string> bounds_behind(const db::KeySpan& rest, const std::vector<std::string>& listed,
                                         const std::stop_token& stop);
  void wake_all();
  void renew_quietly();

  std::shared_ptr<S3Store> store_;
  std::unique_ptr<RangePool> ranges_;
  std::size_t threads_;
  RuledOut ruled_out_;
  FolderIndex folders_;
  CrawlCursors cursors_;
  std::atomic<std::size_t> busy_ = 0;
  std::atomic<bool> ended_ = false;  // `take` wants no more

  std::mutex mutex_;
  std::condition_variable_any woken_;
  std::uint64_t news_ = 0;  // grows when there may be a range to take or to cut
  std::list<std::shared_ptr<Work>> works_;
  std::set<std::string> begun_;  // where the ranges begin that were taken here
};

}  // namespace hayden::crawl
