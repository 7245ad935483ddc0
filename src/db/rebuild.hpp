#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "db/pool.hpp"

namespace hayden::db {

struct RebuildReport {
  std::int64_t datasets = 0;          ///< looked at
  std::int64_t total = 0;             ///< to be looked at
  std::int64_t items_written = 0;     ///< Items derived anew from datasets
  std::int64_t datasets_written = 0;  ///< dataset documents derived anew from Items
  std::int64_t failed = 0;            ///< documents that have no Item form
  bool continued = false;             ///< an earlier rebuild of the same scope had stopped half-way
};

struct RebuildOptions {
  std::vector<std::string> products{};                   ///< names; with `collections` empty too: everything
  std::vector<std::string> collections{};                ///< ids: the products that serve them
  bool dry_run = false;                                  ///< derive and count, write nothing
  std::function<void(const RebuildReport&)> progress{};  ///< after each batch
};

/// Derives every derived document anew: the Items of datasets that came by the Open Data Cube and the dataset
/// documents of Items that came by STAC. What says the same is not written. One that was stopped goes on
/// where it was. Throws Problem(404) naming every product and collection that does not exist.
RebuildReport rebuild(Pool& writers, const RebuildOptions& options);

}  // namespace hayden::db
