#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "db/odc_search.hpp"
#include "db/pool.hpp"
#include "odc/changes.hpp"

namespace hayden::db {

/// Those of the ids that are there, in their order, once each.
std::vector<OdcDataset> get_datasets(Pool& readers, const std::vector<std::string>& ids);

// Adding

struct NewDataset {
  Json document;
  std::vector<std::string> locations;  ///< URIs; the first is the one that paths are relative to
};

/// What becomes of the sources that a document names: they must be in the index, or those that are not are
/// left out, or all are.
enum class LineagePolicy { require, skip_missing, ignore };

struct AddOptions {
  std::vector<std::string> products;  ///< to match among; empty: all
  std::vector<std::string> excluded;
  LineagePolicy lineage = LineagePolicy::require;
  bool dry_run = false;
  bool atomic = false;  ///< all or none
  /// Archive what each dataset takes the place of, see archive_less_mature(); takes agdc_admin.
  std::optional<int> less_mature_tolerance;  ///< milliseconds
};

struct AddedDataset {
  enum class Status { added, exists, failed };
  std::string id, product;
  Status status = Status::failed;
  std::vector<std::string> faults;
  bool differs = false;   ///< one exists with another document
  bool archived = false;  ///< one exists and is archived
  std::vector<std::string> missing_sources;
  std::vector<std::string> replaced;  ///< less mature ones that were archived for it
};

struct AddReport {
  std::vector<AddedDataset> datasets;  ///< one for each document
  bool stored = false;                 ///< false after a dry run, and when `atomic` found a fault
};

/// Adds datasets and projects them to the STAC face in one transaction. A document that is no good does not
/// cost the others unless `atomic`. Sources that are added by the same call may stand anywhere in it.
AddReport add_datasets(Pool& writers, std::string_view role, const std::vector<NewDataset>& datasets,
                       const AddOptions& options);

// Changing

/// What becomes of the locations that a dataset has when it is updated with others.
enum class LocationPolicy { keep, archive, forget };

struct UpdateOptions {
  std::vector<std::string> allow;      ///< dotted paths below which any change is safe
  std::vector<std::string> locations;  ///< URIs to add, the first becomes the newest
  LocationPolicy policy = LocationPolicy::keep;
  bool dry_run = false;
  std::optional<std::string> if_match;
};

struct DatasetChange {
  std::vector<odc::Change> changes;
  bool updated = false;  ///< also when only locations changed
};

/// Replaces the document. Throws Problem: 400 with its faults, 404, 409 for another product and for changes
/// that are not safe (a dry run tells them instead), 412.
DatasetChange update_dataset(Pool& writers, std::string_view role, const std::string& id,
                             const Json& document, const UpdateOptions& options);

}  // namespace hayden::db
