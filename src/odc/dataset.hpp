#pragma once
#include <string>
#include <string_view>

#include "core/json.hpp"

namespace hayden::odc {

/// uuid5 (RFC 4122 §4.3, SHA-1) of `name` in `namespace_uuid`, lower case with hyphens.
std::string uuid5(std::string_view namespace_uuid, std::string_view name);

/// The dataset id of a scene harvested from an MTL: uuid5(276af61d-99f8-4aa3-b2fb-d7df68c5e28f, LANDSAT_PRODUCT_ID),
/// the rule of eodatasets3.
std::string landsat_dataset_id(std::string_view landsat_product_id);

/// The ODC product that serves a Landsat Item: `landsat_c2_l2_oli_tirs`, `_etm`, `_tm`, `landsat_c2_l1_mss`, …
/// Throws Problem(422) when the Item is not a Landsat scene of a known kind.
std::string landsat_product_name(const Json& item);

/// The product definition of that name (metadata type eo3, measurements with dtype, nodata, units, aliases; load
/// hints; flags of qa_pixel). Throws Problem(404) for an unknown name.
Json landsat_product(std::string_view name);

/// The EO3 dataset document of a STAC Item, in the stored form: with `extent`, `grid_spatial` and `lineage`, as
/// `prep_eo3` of datacube would make it. Pure. Throws Problem(422, "NoEo3Form") when the Item has no honest EO3 form
/// (no proj:epsg, proj:shape, proj:transform) and says why.
Json dataset_from_item(const Json& item, std::string_view dataset_id, std::string_view product_name);

}  // namespace hayden::odc
