#include "api/projection_worker.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "core/problem.hpp"

namespace hayden::api {
namespace {

using std::chrono::milliseconds;

/// Announcements are heard at once; this is for those that got lost, and for standing by.
constexpr milliseconds poll{1'000};
/// From an announcement to the look at the queue. Our own writers announce too what they take out of the
/// queue themselves: with a look for each of their transactions a client that adds Items one by one would
/// keep half a core busy with finding nothing.
constexpr milliseconds gathering{20};
constexpr milliseconds shortest_pause{100};
constexpr milliseconds longest_pause{10'000};
/// After an extent or summaries that took too long to find.
constexpr std::chrono::minutes settling_pause{10};
/// From one look for changed summaries to the next: this, and a multiple of what the last took, so that they
/// cost a small part of a core however many there are.
constexpr std::chrono::seconds summaries_pause{5};
constexpr int summaries_share = 20;

db::PoolOptions one_connection(db::PoolOptions options) {
  options.application = "hayden-api projector";
  options.size = 1;
  options.read_only = false;
  return options;
}

void sleep(milliseconds pause, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock{mutex};
  never.wait_for(lock, stop, pause, [] { return false; });
}

}  // namespace

ProjectionWorker::ProjectionWorker(db::PoolOptions writers)
    : options_(one_connection(std::move(writers))),
      pool_(options_),
      projector_(pool_),
      summaries_(pool_),
      pause_(shortest_pause),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void ProjectionWorker::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    try {
      db::OutboxListener listener(options_.url);
      serve(listener, stop);
    } catch (const std::exception& error) {
      spdlog::warn("projection: {}; trying again in {} ms", error.what(), pause_.count());
      sleep(pause_, stop);
      pause_ = std::min(2 * pause_, longest_pause);
    }
  }
}

void ProjectionWorker::serve(db::OutboxListener& listener, const std::stop_token& stop) {
  if (!await_election(listener, stop)) return;
  spdlog::info("projection: this service projects");
  while (!stop.stop_requested()) {
    const auto report = projector_.run();
    pause_ = shortest_pause;
    if (report.done() == 0) {
      settle_extents();
      if (settle_summaries()) continue;
      listener.wait(poll, stop);
      sleep(gathering, stop);
    } else {
      spdlog::debug("projection: {} written, {} removed, {} kept, {} failed", report.written, report.removed,
                    report.kept, report.failed);
    }
  }
}

/// What fails here must not keep the projection from its work.
void ProjectionWorker::settle_extents() {
  if (Clock::now() < next_extents_) return;
  try {
    db::settle_extents(pool_);
  } catch (const std::exception& error) {
    next_extents_ = put_off("extents", error);
  }
}

/// Tells whether there is more to do at once, when the queue has been looked at.
bool ProjectionWorker::settle_summaries() {
  const auto began = Clock::now();
  if (began < next_summaries_) return false;
  try {
    const bool is_more = summaries_.step();
    spent_on_summaries_ += Clock::now() - began;
    if (is_more) return true;
    next_summaries_ = Clock::now() + summaries_pause + summaries_share * spent_on_summaries_;
    spent_on_summaries_ = {};
  } catch (const std::exception& error) {
    next_summaries_ = put_off("summaries", error);
  }
  return false;
}

ProjectionWorker::Clock::time_point ProjectionWorker::put_off(std::string_view what,
                                                              const std::exception& error) {
  spdlog::warn("{} of collections: {}; trying again in {} minutes", what, error.what(),
               settling_pause.count());
  return Clock::now() + settling_pause;
}

/// False when it ends before.
bool ProjectionWorker::await_election(db::OutboxListener& listener, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (may_project(listener) && listener.elect()) return true;
    sleep(poll, stop);
  }
  return false;
}

bool ProjectionWorker::may_project(db::OutboxListener& listener) {
  if (listener.may_project()) return true;
  if (!refusal_is_told_) {
    spdlog::warn(
        "projection: the login of --database-url may not write; what the Open Data Cube's door is given "
        "appears in STAC only when another service projects it");
  }
  refusal_is_told_ = true;
  return false;
}

}  // namespace hayden::api
