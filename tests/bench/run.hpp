#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "process.hpp"

namespace hayden::bench {

struct RunOptions {
  std::string api_url, database_url;
  std::string collection = "landsat-c2-l2";
  std::vector<std::size_t> connections = {64};
  std::size_t sql_threads = 8;  ///< the API's workers
  double seconds = 5;           ///< per case and side
  int rounds = 5;               ///< the two sides take turns, so that noise of the machine meets both
  bool signing = false;         ///< only pages with signed URLs, against the same pages without
  std::optional<int> api_pid;   ///< for its memory and CPU time
};

/// One side of one case, all rounds together.
struct Side {
  std::uint64_t requests = 0, rows = 0, bytes = 0, errors = 0;
  double seconds = 0;
  double api_cpu_seconds = 0;     ///< of hayden-api meanwhile; 0 when its process is not known
  double client_cpu_seconds = 0;  ///< of this program meanwhile
  std::vector<double> latencies;  ///< milliseconds, sorted when the run is over

  double per_second() const;
  double percentile(double share) const;  ///< 0 to 1
};

struct Result {
  std::string name;
  std::size_t connections = 0;
  Side http, sql;
};

/// The same pages twice.
struct SignedPages {
  std::size_t connections = 0;
  Side with_signatures, without;

  /// What a page with signatures costs, in pages without.
  double cost() const { return without.per_second() / with_signatures.per_second(); }
};

struct RunReport {
  std::vector<Result> results;
  std::vector<SignedPages> signed_pages;
  std::optional<Memory> memory;
  std::int64_t items = 0;  ///< numberMatched of the collection
};

RunReport run(const RunOptions& options);

}  // namespace hayden::bench
