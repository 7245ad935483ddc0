#pragma once
#include <string>
#include <vector>

#include "core/json.hpp"

namespace hayden::odc {

/// One difference between two versions of a document. Lists are compared element by element, so the path of
/// one ends in its index: `measurements.2.dtype`.
struct Change {
  std::string path;    ///< `search_fields.time.type`; empty when the whole document is another
  Json before, after;  ///< null where absent
  bool safe = false;   ///< what datacube lets pass without --allow-unsafe (or --allow-any PATH)
};

/// All differences in the order of their paths, by datacube's own rules of what is safe. Keys are compared
/// without regard to their order.
///  - Metadata types: another description, new search fields, new members of `dataset`.
std::vector<Change> metadata_type_changes(const Json& before, const Json& after);
///  - Products: another description, license or metadata type (which the update itself refuses), members of
///    `metadata` left out, storage.chunking, .driver and .dimension_order left out.
std::vector<Change> product_changes(const Json& before, const Json& after);
///  - Datasets: new members of the document itself, and everything at or below a path (dotted) of `allowed`.
std::vector<Change> dataset_changes(const Json& before, const Json& after,
                                    const std::vector<std::string>& allowed = {});

}  // namespace hayden::odc
