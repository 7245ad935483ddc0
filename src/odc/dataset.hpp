#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"

namespace hayden::odc {

/// uuid5 (RFC 4122 §4.3, SHA-1) of `name` in `namespace_uuid`, lower case with hyphens. `namespace_uuid` has
/// 32 hex digits, hyphens anywhere; else std::invalid_argument.
std::string uuid5(std::string_view namespace_uuid, std::string_view name);

/// The dataset id of a scene harvested from an MTL: uuid5(276af61d-99f8-4aa3-b2fb-d7df68c5e28f,
/// LANDSAT_PRODUCT_ID), the rule of eodatasets3.
std::string landsat_dataset_id(std::string_view landsat_product_id);

/// The names of all Landsat products. A dataset must hold every measurement of its product, so scenes that
/// differ in their bands belong to different products:
///   landsat_c2_l1_{oli_tirs,oli,tirs,etm,tm,mss}  level 1 by sensor
///   landsat_c2_l2_{oli_tirs,etm,tm}               level 2 with surface temperature (L2SP)
///   landsat_c2_l2_{oli_tirs_sr,etm_sr,tm_sr,oli}  level 2 without (L2SR; OLI alone never has it)
/// Reflectance of all scenes of a sensor is had by querying both of its level-2 products.
std::vector<std::string> landsat_product_names();

/// The product that serves a Landsat Collection 2 Item; told by landsat:collection_number, landsat:correction
/// and instruments. Throws Problem(422, "NoEo3Form") when the Item is not a Landsat scene of a known kind.
std::string landsat_product_name(const Json& item);

/// The product definition of that name: metadata type eo3, one measurement per raster asset of the Item,
/// named by its asset key, with dtype, nodata, units, aliases (EO3 names and band numbers), scale and offset
/// where they are the same for all scenes, and flags of the bit-packed qa_pixel. It has no `load` hints: they
/// are a CRS, and the scenes of a product lie in many UTM zones. Throws Problem(404) for an unknown name.
Json landsat_product(std::string_view name);

/// The EO3 dataset document of a STAC Item, in the stored form: with `extent`, `grid_spatial` and `lineage`,
/// as `prep_eo3` of datacube would make it. Pure.
///  - Raster assets (GeoTIFF or JPEG 2000, but thumbnails, overviews and metadata) become measurements named
///  by their
///    asset key; an asset with a shape or transform of its own gets a grid named by its key. Others are
///    accessories.
///  - Paths are relative to the folder of the MTL, which is the dataset's location; other hrefs stay
///  absolute.
///  - `geometry` is the rectangle of the default grid in the dataset's CRS, not the tilted footprint.
///  - Times are UTC: agdc.common_timestamp drops offsets.
///  - A dataset that crosses the antimeridian has the longitudes −180 to 180: a range must not begin after
///  its end.
/// Throws Problem(422, "NoEo3Form") naming every reason when the Item has no honest EO3 form: no proj:epsg,
/// proj:shape or proj:transform, assets in different CRS, or a measurement that a Landsat product demands is
/// missing.
Json dataset_from_item(const Json& item, std::string_view dataset_id, std::string_view product_name);

}  // namespace hayden::odc
