#include "crawl/bucket_listing.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <limits>
#include <map>
#include <thread>

#include "core/problem.hpp"

namespace hayden::crawl {
namespace {

using namespace std::chrono_literals;

/// What fits into so many pages is not worth the requests that cutting takes; nor is another try so soon
/// after one that found nothing to cut at.
constexpr int pages_before_cut = 2, pages_between_tries = 16;
/// So many pages should a part have: where it ends, half a page is listed twice on average.
constexpr std::size_t pages_of_a_part = 2;
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

// The folders that the keys of a page are in, each once where they come in order.
std::vector<std::string> folders_of(const std::vector<Object>& page) {
  std::vector<std::string> folders;
  for (const auto& object : page) {
    const auto folder = std::string_view{object.key}.substr(0, object.key.rfind('/') + 1);
    if (folders.empty() || folders.back() != folder) folders.emplace_back(folder);
  }
  return folders;
}

// How many of them there are on a level, which begins at that place in the names.
std::size_t count_of_level(const std::vector<std::string>& folders, std::size_t level) {
  std::size_t count = 0;
  std::string_view last;
  for (const std::string_view name : folders) {
    const auto folder = name.substr(0, name.find('/', std::min(level, name.size())));
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
  db::CrawlRange range;              // all up to span.after has been given
  std::vector<std::string> folders;  // of the keys of the last page
  int pages_until_cut = 0;
  bool is_being_cut = false, is_done = false;
};

/// A folder, with its slash, that all keys lie in that are left of a range, and where the range ended then.
struct BucketListing::LastFolder {
  std::string name, until;
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
    begun_.insert(work->range.span.after);
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
    const auto folder = in_order ? last_folder(work, last_listed) : std::nullopt;
    if (folder) token.clear();
    auto listing = store_->list_page(folder ? folder->name : store_->prefix(), last_listed, token, stop);
    auto& objects = listing.page.objects;
    const auto listed_before = last_listed;
    for (const auto& object : objects) {
      in_order = in_order && object.key >= last_listed;
      last_listed = std::max(last_listed, object.key);
    }
    if (folder && !in_order) {
      last_listed = listed_before;
      continue;
    }
    // In the last folder of the range there is nothing more: so there is not before its end.
    if (folder && !listing.truncated) last_listed = folder->until;
    bool last = false, may_cut = false;
    {
      const std::lock_guard lock(work.mutex);
      auto& [done, until] = work.range.span;
      const auto at_end = [&] {
        return (in_order && last_listed >= until) || (!folder && !listing.truncated);
      };
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
      work.folders = folders_of(objects);
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
    token = folder ? "" : listing.next_token;
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

// Where a range ends at one that is being listed already, what a page holds behind the end is in vain; so its
// last folder is listed by the folder's name, once that is known to hold all that is left.
std::optional<BucketListing::LastFolder> BucketListing::last_folder(Work& work,
                                                                    const std::string& last_listed) {
  std::string until;
  {
    const std::lock_guard lock(work.mutex);
    until = work.range.span.until;
  }
  {
    const std::lock_guard lock(mutex_);
    if (!begun_.contains(until)) return {};
  }
  auto name = folders_.around(last_listed, until);
  if (!name) return {};
  return LastFolder{std::move(*name), std::move(until)};
}

bool BucketListing::end_range(const Work& work, const Take& take, MtlFilter& filter) {
  Page page;
  page.last = true;
  const auto ticket = page.ticket = cursors_.open(work.range.id);
  const bool more = take(std::move(page), filter);
  if (more) ticket->release();
  return more;
}

// Leaves the rest of a range in hand to idle threads and crawlers. False when there is none to cut, or when
// one that spans more is being cut at the moment.
bool BucketListing::cut_one(const std::stop_token& stop) {
  std::multimap<std::size_t, std::shared_ptr<Work>> works;  // by the depth of what they span
  {
    const std::lock_guard lock(mutex_);
    for (const auto& work : works_) {
      const std::lock_guard lock_work(work->mutex);
      const auto folder = common_folder(store_->prefix(), work->range.span);
      works.emplace(std::ranges::count(folder, '/'), work);
    }
  }
  auto most = std::numeric_limits<std::size_t>::max();
  for (const auto& [depth, work] : works) {
    if (depth > most) return false;
    {
      const std::lock_guard lock(work->mutex);
      if (work->is_being_cut) most = depth;
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
  std::vector<std::string> listed;
  {
    const std::lock_guard lock(work.mutex);
    rest = work.range.span;
    listed = work.folders;
  }
  auto bounds = bounds_behind(rest, listed, stop);
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
// that a part fills some pages. The first time, when all threads wait, also of levels below, until each has a
// part. A folder `a/b/` begins behind `a/b`.
std::vector<std::string> BucketListing::bounds_behind(const db::KeySpan& rest,
                                                      const std::vector<std::string>& listed,
                                                      const std::stop_token& stop) {
  auto parent = common_folder(store_->prefix(), rest);
  const std::size_t wanted = folders_.is_empty() ? threads_ : 1;
  if (wanted > 1) folders_.learn_around(parent, rest.after, stop);
  std::vector<std::string> bounds;
  while (!stop.stop_requested() && !belongs_to_scene(parent)) {
    const auto level = parent.size();
    auto folders = folders_.below(parent, rest.after, stop);
    std::erase_if(folders, [&](const auto& folder) { return folder >= rest.until; });
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
    // A folder that is larger than a page may well be many.
    const auto in_page = count_of_level(listed, level);
    const auto fewest = in_page > 1 ? pages_of_a_part * in_page : 1;
    const auto most = parts_for_a_thread * threads_;
    auto some = thinned(folders, std::max(fewest, folders.size() / most + 1));
    bounds.insert(bounds.begin(), some.begin(), some.end());
    const bool is_enough = !folders.empty() && bounds.size() + 1 >= wanted;
    if (is_enough || first.empty()) break;
    parent = first + '/';
  }
  return bounds;
}

std::vector<db::Sql> BucketListing::progress() { return ranges_->statements(cursors_.take_moves()); }

std::optional<db::KeySpan> BucketListing::finish() {
  if (!ranges_->finish()) return {};
  return db::KeySpan{before_prefix(store_->prefix()), end_of_prefix(store_->prefix())};
}

}  // namespace hayden::crawl
