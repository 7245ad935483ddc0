#pragma once
#include <string>

#include "core/json.hpp"

namespace hayden::odc {

/// The product for the Items of a collection, told by the first of them and the dataset document that follows
/// from it: one of landsat_product() by that name, else of metadata type eo3 with a measurement for each of
/// the document's, with data type, nodata and unit of the raster extension (where the Item does not say,
/// float32, NaN or 0, and 1). Throws Problem(422, "NoEo3Form") when its bands cannot be measurements.
Json product_of_item(const Json& item, const Json& dataset, const std::string& name);

}  // namespace hayden::odc
