#include "crawl/bucket_listing.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <thread>

#include "core/problem.hpp"

namespace hayden::crawl {
namespace {

using namespace std::chrono_literals;

/// After a try to cut a range that found nothing to cut at.
constexpr int pages_between_tries = 16;
/// What fits into so many pages is not worth the requests that cutting takes.
constexpr int pages_before_share = 2;
/// A range is cut into at most so many parts at once, or a flat bucket of a million folders would become a
/// million ranges.
constexpr std::size_t most_parts = 64;
/// Between two looks for a range while others list.
constexpr auto look_again = 100ms;
constexpr auto renew_every = db::CrawlRanges::lease_time / 4;

void wait(std::chrono::milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  woken.wait_for(lock, stop, time, [] { return false; });
}

// Every `step`th, so that what is left before the first is no less than a part.
std::vector<std::string> thinned(const std::vector<std::string>& bounds, std::size_t step) {
  std::vector<std::string> some;
  for (auto i = step - 1; i < bounds.size(); i += step) some.push_back(bounds[i]);
  return some;
}

// How many folders of a level, which begins at that place in the keys, a page has keys of.
std::size_t folders_of(const std::vector<std::string>& page, std::size_t level) {
  std::size_t count = 0;
  std::string_view last;
  for (const std::string_view key : page) {
    const auto folder = key.substr(0, key.find('/', std::min(level, key.size())));
    if (folder != last) ++count;
    last = folder;
  }
  return std::max<std::size_t>(count, 1);
}

}  // namespace

void BucketListing::list(const Take& take, const std::stop_token& stop) {
  std::mutex mutex;
  std::exception_ptr reason;
  std::stop_source failed;
  const std::stop_callback pass_on(stop, [&failed] { failed.request_stop(); });
  {
    const std::jthread keeper([this](const std::stop_token& done) {
      for (wait(renew_every, done); !done.stop_requested(); wait(renew_every, done)) renew_quietly();
    });
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < threads_; ++i) {
      threads.emplace_back([&] {
        try {
          list_ranges(take, failed.get_token());
        } catch (...) {
          const std::lock_guard lock(mutex);
          if (!reason) reason = std::current_exception();
          failed.request_stop();
        }
      });
    }
  }
  if (reason) std::rethrow_exception(reason);
}

// A database that is away is told of by those who need its answer.
void BucketListing::renew_quietly() {
  try {
    ranges_->renew();
  } catch (const Problem& problem) {
    spdlog::debug("the leases are not renewed: {}", problem.what());
  }
}

void BucketListing::list_ranges(const Take& take, const std::stop_token& stop) {
  while (!stop.stop_requested() && !ended_) {
    ++busy_;
    const auto range = ranges_->lease();
    if (range && !list_range(*range, take, stop)) ended_ = true;
    --busy_;
    if (range) continue;
    if (busy_ == 0 && ranges_->count().elsewhere == 0) return;
    wait(look_again, stop);
  }
}

// False when no more is wanted.
bool BucketListing::list_range(db::CrawlRange range, const Take& take, const std::stop_token& stop) {
  MtlFilter filter;
  filter.begin_behind(range.span.after);
  auto& [done, until] = range.span;  // all up to `done` has been given
  std::string token, last_listed = done;
  bool in_order = true;
  int pages_until_share = pages_before_share;
  while (!stop.stop_requested()) {
    auto listing = store_->list_page(last_listed, token, stop);
    auto& objects = listing.page.objects;
    for (const auto& object : objects) {
      in_order = in_order && object.key >= last_listed;
      last_listed = std::max(last_listed, object.key);
    }
    const bool passed_end = in_order && last_listed > until;
    std::erase_if(objects, [&until](const Object& object) { return object.key > until; });
    const bool last = passed_end || !listing.truncated;
    if (in_order) listing.page.covers = {done, last ? until : last_listed};
    // Without an order, all that can be known is that the whole range has been given.
    if (in_order) done = last_listed;
    const auto ticket = cursors_.open(range.id, last ? std::optional<std::string>{} : done);
    listing.page.ticket = ticket;
    std::vector<std::string> keys;
    const bool may_share = in_order && !last && --pages_until_share <= 0 && ranges_->count().free < threads_;
    if (may_share) {
      for (const auto& object : objects) keys.push_back(object.key);
    }
    const bool more = take(std::move(listing.page), filter);
    if (more) ticket->release();
    if (!more || last) return more;
    token = listing.next_token;
    if (may_share) pages_until_share = share(range, keys, stop) ? 1 : pages_between_tries;
  }
  return true;
}

// Leaves the rest of a range to idle threads and crawlers, but for the folders that the next page may hold.
bool BucketListing::share(db::CrawlRange& range, const std::vector<std::string>& page,
                          const std::stop_token& stop) {
  const auto bounds = bounds_behind(range.span, page, stop);
  if (bounds.empty() || !ranges_->split(range.id, bounds)) return false;
  range.span.until = bounds.front();
  return true;
}

// Where to cut: before folders of the topmost level that has any behind the last page, so many folders apart
// that a part fills a page or more. A folder `a/b/` begins behind `a/b`.
std::vector<std::string> BucketListing::bounds_behind(const db::KeySpan& rest,
                                                      const std::vector<std::string>& page,
                                                      const std::stop_token& stop) {
  const auto& prefix = store_->prefix();
  for (auto level = prefix.size();;) {
    const auto parent = rest.after.substr(0, level);
    auto folders = store_->list_folders(parent, rest.after, stop);
    for (auto& folder : folders) folder.pop_back();
    std::erase_if(folders, [&](const auto& folder) { return folder <= rest.after || folder >= rest.until; });
    if (!folders.empty())
      return thinned(folders, std::max(folders_of(page, level), folders.size() / most_parts + 1));
    const auto slash = rest.after.find('/', level);
    if (slash == std::string::npos) return {};
    level = slash + 1;
  }
}

std::vector<db::Sql> BucketListing::progress() { return ranges_->statements(cursors_.take_moves()); }

std::optional<db::KeySpan> BucketListing::finish() {
  if (!ranges_->finish()) return {};
  return db::KeySpan{before_prefix(store_->prefix()), end_of_prefix(store_->prefix())};
}

}  // namespace hayden::crawl
