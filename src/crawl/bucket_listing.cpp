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

/// What fits into so many pages is not worth the requests that cutting takes; nor is another try so soon
/// after one that found nothing to cut at.
constexpr int pages_before_cut = 2, pages_between_tries = 16;
/// A range is cut into at most so many parts for each thread, or a bucket of a million folders would become a
/// million ranges.
constexpr std::size_t parts_for_a_thread = 4;
/// Between two looks for the ranges of other crawlers.
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

// Where the rest of a scene is not going to be listed, it must not look like all of it. Tells up to which
// key, from `after` on, the objects that are left are all there are.
std::string leave_out_last_scene(std::vector<Object>& objects, const std::string& after) {
  const std::string scene{objects.empty() ? "" : scene_prefix(objects.back().key)};
  while (!objects.empty() && scene_prefix(objects.back().key) == scene) objects.pop_back();
  return objects.empty() ? after : objects.back().key;
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

// The folder that all keys of a span are in, as far as its ends tell; not above the prefix.
std::string common_folder(const std::string& prefix, const db::KeySpan& span) {
  const auto [at, other] = std::ranges::mismatch(span.after, span.until);
  const std::string_view common{span.after.begin(), at};
  const auto slash = common.rfind('/');
  if (slash == std::string_view::npos || slash + 1 <= prefix.size()) return prefix;
  return std::string{common.substr(0, slash + 1)};
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

/// A range that one thread lists; others may cut it.
struct BucketListing::Work {
  std::mutex mutex;
  db::CrawlRange range;           // all up to span.after has been given
  std::vector<std::string> page;  // the keys of the last one
  int pages_until_cut = 0;
  bool is_being_cut = false, is_done = false;
};

// Lists what is free, else makes something free, else waits for others to come to their end.
void BucketListing::list_ranges(const Take& take, const std::stop_token& stop) {
  while (!stop.stop_requested() && !ended_) {
    ++busy_;
    auto range = ranges_->lease();
    const bool found = range.has_value();
    if (found && !list_range(*std::move(range), take, stop)) ended_ = true;
    --busy_;
    if (found) {
      wake_all();
    } else if (busy_ == 0 && ranges_->count().elsewhere == 0) {
      return;
    } else if (!cut_one(stop)) {
      std::unique_lock lock(mutex_);
      const auto seen = news_;
      woken_.wait_for(lock, stop, look_again, [&] { return news_ != seen; });
    }
  }
}

void BucketListing::wake_all() {
  {
    const std::lock_guard lock(mutex_);
    ++news_;
  }
  woken_.notify_all();
}

// False when no more is wanted.
bool BucketListing::list_range(db::CrawlRange range, const Take& take, const std::stop_token& stop) {
  const auto work = std::make_shared<Work>();
  // A bucket of more than a page is cut at once, a part when it turns out to be large.
  const bool is_first = range.span.after == before_prefix(store_->prefix());
  work->pages_until_cut = is_first ? 1 : pages_before_cut;
  work->range = std::move(range);
  {
    const std::lock_guard lock(mutex_);
    works_.push_back(work);
  }
  const bool more = list_work(*work, take, stop);
  {
    const std::lock_guard lock(work->mutex);
    work->is_done = true;
  }
  const std::lock_guard lock(mutex_);
  works_.remove(work);
  return more;
}

bool BucketListing::list_work(Work& work, const Take& take, const std::stop_token& stop) {
  MtlFilter filter;
  std::string token, last_listed = work.range.span.after, settled = last_listed;
  bool in_order = true;
  int pages = 0;
  while (!stop.stop_requested()) {
    if (in_order && pass_over_ruled_out(work, last_listed)) {
      settled = last_listed;
      token.clear();
      if (work.is_done) return end_range(work, take, filter);
    }
    auto listing = store_->list_page(last_listed, token, stop);
    auto& objects = listing.page.objects;
    for (const auto& object : objects) {
      in_order = in_order && object.key >= last_listed;
      last_listed = std::max(last_listed, object.key);
    }
    bool last = false, may_cut = false;
    {
      const std::lock_guard lock(work.mutex);
      auto& [done, until] = work.range.span;
      const auto at_end = [&] { return (in_order && last_listed > until) || !listing.truncated; };
      // What the page holds of the next range would be listed twice.
      for (auto next = at_end() ? ranges_->absorb(work.range.id) : std::nullopt; next;
           next = at_end() ? ranges_->absorb(work.range.id) : std::nullopt)
        until = *next;
      last = at_end();
      std::erase_if(objects, [&until = until](const Object& object) { return object.key > until; });
      auto covered = last ? until : last_listed;
      if (in_order && !last && ruled_out_(last_listed)) covered = leave_out_last_scene(objects, done);
      if (in_order) listing.page.covers = {done, covered};
      // Without an order, all that can be known is that the whole range has been given.
      if (in_order) done = last_listed;
      work.page.clear();
      for (const auto& object : objects) work.page.push_back(object.key);
      if (!in_order || last) work.is_done = true;
      may_cut = --work.pages_until_cut == 0 && !last;
      listing.page.ticket = cursors_.open(work.range.id);
      listing.page.last = last;
    }
    const auto ticket = listing.page.ticket;
    if (may_cut) wake_all();
    const bool more = take(std::move(listing.page), filter);
    // A range is gone on with before a scene of which more may come.
    if (in_order && filter.settled()) settled = std::max(settled, *filter.settled());
    if (!last) ticket->set_cursor(settled);
    if (more) ticket->release();
    if (!more || last) return more;
    token = listing.next_token;
    if (++pages % pages_between_tries == 0 && ranges_->is_wanted_elsewhere()) cut_one(stop);
  }
  return true;
}

// Goes on behind the folder that is ruled out, if a key lies in one; the range is done where that is behind
// its end.
bool BucketListing::pass_over_ruled_out(Work& work, std::string& last_listed) {
  const auto place = last_listed + '/';
  const auto folder = ruled_out_(place);
  if (!folder) return false;
  const std::lock_guard lock(work.mutex);
  auto& [done, until] = work.range.span;
  last_listed = done = end_of_prefix(std::string{*folder});
  if (done >= until) work.is_done = true;
  return true;
}

bool BucketListing::end_range(const Work& work, const Take& take, MtlFilter& filter) {
  Page page;
  page.last = true;
  const auto ticket = page.ticket = cursors_.open(work.range.id);
  const bool more = take(std::move(page), filter);
  if (more) ticket->release();
  return more;
}

// Leaves the rest of a range in hand to idle threads and crawlers. False when there is none to cut.
bool BucketListing::cut_one(const std::stop_token& stop) {
  std::vector<std::shared_ptr<Work>> works;
  {
    const std::lock_guard lock(mutex_);
    works.assign(works_.begin(), works_.end());
  }
  for (const auto& work : works) {
    {
      const std::lock_guard lock(work->mutex);
      if (work->is_done || work->is_being_cut || work->pages_until_cut > 0) continue;
      work->is_being_cut = true;
    }
    const bool done = cut(*work, stop);
    const std::lock_guard lock(work->mutex);
    work->is_being_cut = false;
    work->pages_until_cut = done ? pages_before_cut : pages_between_tries;
    if (done) return true;
  }
  return false;
}

bool BucketListing::cut(Work& work, const std::stop_token& stop) {
  db::KeySpan rest;
  std::vector<std::string> page;
  {
    const std::lock_guard lock(work.mutex);
    rest = work.range.span;
    page = work.page;
  }
  auto bounds = bounds_behind(rest, page, stop);
  {
    // The thread at it goes on meanwhile.
    const std::lock_guard lock(work.mutex);
    auto& [done, until] = work.range.span;
    std::erase_if(bounds, [&](const auto& bound) { return bound <= done || bound >= until; });
    if (work.is_done || bounds.empty() || !ranges_->split(work.range.id, bounds)) return false;
    until = bounds.front();
  }
  wake_all();
  return true;
}

// Where to cut: before folders of the topmost level that has any behind what is listed, so many folders apart
// that a part fills a page or more. A folder `a/b/` begins behind `a/b`.
std::vector<std::string> BucketListing::bounds_behind(const db::KeySpan& rest,
                                                      const std::vector<std::string>& page,
                                                      const std::stop_token& stop) {
  auto parent = common_folder(store_->prefix(), rest);
  while (!stop.stop_requested()) {
    const auto level = parent.size();
    auto folders = store_->list_folders(parent, rest.after, stop);
    for (auto& folder : folders) folder.pop_back();
    std::erase_if(folders, [&](const auto& folder) {
      return folder <= rest.after || folder >= rest.until || lies_in_scene(folder);
    });
    const bool is_inside = rest.after.size() > level && rest.after.starts_with(parent);
    const auto slash = is_inside ? rest.after.find('/', level) : std::string::npos;
    // Where nothing has been listed yet, the first folder is where the range begins.
    std::string first;
    if (slash != std::string::npos) {
      first = rest.after.substr(0, slash);
    } else if (!folders.empty()) {
      first = folders.front();
      folders.erase(folders.begin());
    }
    if (!folders.empty()) {
      const auto most = parts_for_a_thread * threads_;
      return thinned(folders, std::max(folders_of(page, level), folders.size() / most + 1));
    }
    if (first.empty()) return {};
    parent = first + '/';
  }
  return {};
}

std::vector<db::Sql> BucketListing::progress() { return ranges_->statements(cursors_.take_moves()); }

std::optional<db::KeySpan> BucketListing::finish() {
  if (!ranges_->finish()) return {};
  return db::KeySpan{before_prefix(store_->prefix()), end_of_prefix(store_->prefix())};
}

}  // namespace hayden::crawl
