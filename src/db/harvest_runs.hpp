#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "db/pool.hpp"

namespace hayden::db {

/// A run of a crawler. Times are RFC 3339, UTC.
struct HarvestRun {
  std::int64_t id = 0;
  Json sources;      ///< an array of texts, as they were given
  std::string host;  ///< name of the machine
  std::string
      state;  ///< running, finished, stopped, failed, crashed (its session with the database has gone)
  std::string started, updated;
  std::optional<std::string> finished;
  Json counters;  ///< an object of numbers (docs/crawler.md)
  std::optional<int> exit_code;
  std::optional<std::string> error;
};

/// What /metrics tells of runs: those at work, and those that began within the last day.
struct HarvestStatus {
  std::int64_t running = 0, finished = 0, stopped = 0, failed = 0, crashed = 0;
  std::int64_t scenes_written = 0, scenes_failed = 0;
  std::optional<double> last_finished;  ///< seconds since 1970
};

/// Runs with a number below `before`, the newest first, at most `most`. Throws Problem(503) when the database
/// is away.
std::vector<HarvestRun> list_harvest_runs(Pool& readers, std::int64_t before, int most);
std::optional<HarvestRun> find_harvest_run(Pool& readers, std::int64_t id);
HarvestStatus harvest_status(Pool& readers);

/// The record of a run while it lasts. Holds a connection of the pool: a run whose session ends without end()
/// shows as crashed. For one thread. Throws Problem when the database is away; the next call tries again on
/// another connection.
class HarvestRunRecord {
 public:
  HarvestRunRecord(Pool& writers, const std::vector<std::string>& sources, const std::string& host);
  ~HarvestRunRecord();
  HarvestRunRecord(const HarvestRunRecord&) = delete;
  HarvestRunRecord& operator=(const HarvestRunRecord&) = delete;

  void update(const Json& counters);
  void end(const std::string& state, const Json& counters, int exit_code, const std::string& error);

 private:
  template <typename Work>
  void in_session(const Work& work);

  Pool& pool_;
  std::unique_ptr<Pool::Lease> session_;
  std::string id_;
};

}  // namespace hayden::db
