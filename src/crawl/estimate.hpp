#pragma once
#include <cstdint>
#include <memory>
#include <stop_token>

#include "core/json.hpp"
#include "crawl/prices.hpp"
#include "crawl/s3_store.hpp"
#include "crawl/scene_filter.hpp"

namespace hayden::crawl {

/// What a first crawl of a bucket is likely to take.
struct Estimate {
  double scenes = 0;                  ///< that the filter lets through by their names
  double scenes_error = 0;            ///< standard error of `scenes`; 0 when they were counted
  double keys = 0;                    ///< of all objects that a listing passes
  std::uint64_t lists = 0, gets = 0;  ///< requests
  std::uint64_t requests = 0;         ///< made for the estimate

  double cost(const Prices& prices) const { return prices.of(lists, gets); }
};

/// Counts scenes by their folders, with requests that list one folder each. Beyond `most_requests` the
/// folders left are sampled: random ways down, each weighted by the choices on it (Knuth, "Estimating the
/// efficiency of backtrack programs", 1975). Throws SourceError, BudgetError.
Estimate estimate(S3Store& store, const SceneFilter& filter, std::uint64_t most_requests,
                  const std::stop_token& stop);

Json estimate_json(const Estimate& estimate, const Prices& prices);
std::string estimate_text(const Estimate& estimate, const Prices& prices);

}  // namespace hayden::crawl
