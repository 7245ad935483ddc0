#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/pool.hpp"
#include "odc/query.hpp"

namespace hayden::db {

enum class DatasetAction { archive, restore, purge };

struct Selection {
  std::vector<std::string> ids;            ///< canonical
  std::optional<odc::DatasetQuery> query;  ///< instead of ids
  bool derived = false;                    ///< and all that is derived from them
  bool force = false;                      ///< purge active ones too
  bool dry_run = false;
  std::optional<std::string> if_match;  ///< of the only id
};

/// Datasets that one call may change.
inline constexpr int most_changed = 10'000;

struct ActionReport {
  std::vector<std::string> changed, unchanged;  ///< ids
  bool more = false;                            ///< the query reaches more than most_changed: repeat it
};

/// Archives, restores or purges, with their Items. Throws Problem: 400 for a faulty query, 404 naming ids
/// that are not there, 409 naming what may not be purged: active datasets, and sources of datasets that stay.
ActionReport act_on_datasets(Pool& writers, std::string_view role, DatasetAction action,
                             const Selection& selection);

}  // namespace hayden::db
