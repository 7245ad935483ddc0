#pragma once
#include <map>
#include <string>

#include "core/json.hpp"

namespace hayden::odc {

/// What an Item is for the Open Data Cube, as dataset.hpp tells its parts.
struct ItemFace {
  std::string product, dataset_id, location;
  Json dataset;                                ///< the EO3 document, in the stored form
  std::map<std::string, std::string> sources;  ///< classifier → dataset id
  std::string missing;                         ///< why the Item has no such face; empty when it has one
  bool is_there() const { return missing.empty(); }
};

/// Of an Item that prepare_item() takes, without exact numbers.
ItemFace face_of(const Json& item);

}  // namespace hayden::odc
