#pragma once
#include <map>
#include <string>
#include <vector>

#include "core/json.hpp"

namespace hayden::odc {

/// What an Item says that a dataset document does not: it stands in the index.
struct DatasetRecord {
  Json document;                               ///< EO3, as stored
  std::string item_id;                         ///< of the Item that is there already, else the dataset's id
  std::string collection;                      ///< STAC collection id of the dataset's product
  std::vector<std::string> locations;          ///< active URIs, newest first; paths are relative to the first
  std::map<std::string, std::string> sources;  ///< lineage: classifier → dataset id
};

/// The STAC Item (1.0.0, with the extensions that its properties need) of an EO3 dataset: the inverse of
/// dataset_from_item(), which see. Pure. Throws Problem(422, "NoItemForm") naming every reason when the
/// document gives no Item: wrong `$schema`, no datetime, no geometry, grids or extent to take a footprint
/// from, an unknown CRS.
Json item_from_dataset(const DatasetRecord& record);

/// The Collection of a product that came by the Open Data Cube: id and title from its name, item_assets from
/// its measurements, extent the whole world.
Json collection_from_product(const Json& definition);

}  // namespace hayden::odc
