#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "crawl/progress.hpp"
#include "db/harvest_runs.hpp"

namespace hayden::crawl {

/// Keeps the record of a run in the database, which GET /harvests shows. A record that cannot be written
/// costs the run nothing: those who write scenes tell when the database is away.
class RunRecord {
 public:
  using Clock = std::chrono::steady_clock;

  /// Throws Problem(503) when the database is away.
  RunRecord(db::Pool& pool, const std::vector<std::string>& sources);

  /// Writes the counters, but not more often than every few seconds.
  void update(Meter& meter, Clock::time_point now);
  void end(const Progress& progress, int exit_code, const std::string& error);

 private:
  db::HarvestRunRecord record_;
  Clock::time_point written_;
};

}  // namespace hayden::crawl
