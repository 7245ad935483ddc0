#pragma once
#include <string>
#include <vector>

#include "core/json.hpp"

namespace hayden::odc {

/// One difference between two versions of a document.
struct Change {
  std::string path;    ///< `search_fields.time.type`
  Json before, after;  ///< null where absent
  bool safe = false;   ///< what datacube lets pass without --allow-unsafe (or --allow-any PATH)
};

/// All differences, by datacube's own rules of what is safe. Keys are compared without regard to their order.
std::vector<Change> metadata_type_changes(const Json& before, const Json& after);
std::vector<Change> product_changes(const Json& before, const Json& after);
/// `allowed`: paths (dotted) below which any change is safe.
std::vector<Change> dataset_changes(const Json& before, const Json& after,
                                    const std::vector<std::string>& allowed = {});

}  // namespace hayden::odc
