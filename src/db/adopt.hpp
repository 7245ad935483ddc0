#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "db/migrate.hpp"

namespace hayden::db {

/// What adopt() would do to a database whose schema agdc was made by datacube (docs/odc.md, "Adopting").
struct AdoptionPlan {
  std::vector<std::string> changes;  ///< to schema agdc, in order; a sentence each without its full stop
  std::vector<Migration> pending;    ///< in the order they would run
  std::int64_t datasets = 0;         ///< active ones without an Item
};

struct BackfillProgress {
  std::int64_t written = 0;  ///< Items derived in this run
  std::int64_t failed = 0;   ///< documents without an Item form, now in hayden.projection_error
  std::int64_t waiting = 0;  ///< changes that are still to be looked at
  std::chrono::milliseconds elapsed{};
};

/// What the caller of adopt() wishes to hear of while it runs.
struct AdoptListener {
  std::function<void(const std::string& what)> changed = [](const auto&) {};
  MigrateListener migrate;
  std::function<void(const BackfillProgress&)> backfilled = [](const auto&) {};
};

/// Tells what adopt() would do; changes nothing. Throws Problem like it.
AdoptionPlan plan_adoption(const std::string& url);

/// Makes an Open Data Cube index that datacube made a database of Hayden, and derives an Item of each of its
/// datasets. What it finds in the tables of agdc stays as it is; missing columns, indexes, triggers, grants
/// and owners are added. Can be killed at any moment and run again; on a database of Hayden it does what
/// migrate() does and derives the Items that are missing.
///
/// Throws Problem(409) that names every table, column, key, type and function by which the schema differs
/// from the client's, or every statement that a superuser must run first.
BackfillProgress adopt(const std::string& url, const AdoptListener& listener = {});

}  // namespace hayden::db
