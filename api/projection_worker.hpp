#pragma once
#include <chrono>
#include <exception>
#include <string_view>
#include <thread>

#include "db/outbox.hpp"
#include "db/pool.hpp"
#include "db/projector.hpp"
#include "db/settling.hpp"

namespace hayden::api {

/// Projects what is written by the Open Data Cube's door while it lives, and when there is nothing of it,
/// settles the extents of collections that Items have left, and their summaries. Of the workers of all
/// services over a database one works and the others stand by. It has connections of its own, and comes back
/// by itself when the database does.
class ProjectionWorker {
 public:
  /// `writers`: a login that may take the role agdc_admin; with another the worker says so once and tries
  /// again now and then.
  explicit ProjectionWorker(db::PoolOptions writers);

 private:
  using Clock = std::chrono::steady_clock;

  void run(const std::stop_token& stop);
  void serve(db::OutboxListener& listener, const std::stop_token& stop);
  bool await_election(db::OutboxListener& listener, const std::stop_token& stop);
  bool may_project(db::OutboxListener& listener);
  void settle_extents();
  bool settle_summaries();
  static Clock::time_point put_off(std::string_view what, const std::exception& error);

  db::PoolOptions options_;
  db::Pool pool_;
  db::Projector projector_;
  db::SummarySettler summaries_;
  std::chrono::milliseconds pause_;
  Clock::time_point next_extents_, next_summaries_;
  Clock::duration spent_on_summaries_{};  ///< since they were looked at last
  bool refusal_is_told_ = false;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace hayden::api
