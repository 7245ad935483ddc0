#pragma once
#include <map>
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
/// where they are the same for all scenes, and flags of the bit-packed qa_pixel. Its `load`
/// hints (EPSG:6933, 30 m, 60 m for MSS) make dc.load work without output_crs; a caller's own CRS and
/// resolution come first. Throws Problem(404) for an unknown name.
Json landsat_product(std::string_view name);

/// What an Item is for the Open Data Cube.
///  - The product: `odc:product` where it is a name of word characters, one of landsat_product_names() for
///  the
///    scenes of the collections landsat-c2-l1 and landsat-c2-l2, else the collection's id in lower case with
///    all but word characters turned to `_`; one of more than 40 characters ends in 8 digits of its uuid5.
///  - The dataset's id, by the route it came: of a Landsat scene with `landsat:landsat_product_id` that is
///    landsat_dataset_id(); an Item id that is a UUID is kept; else the uuid5 that odc-tools makes of product
///    and Item id, which knows no case.
///  - The location: the href of the link `canonical`, else of the MTL, else the folder of the first
///    measurement; a URI with a scheme, empty when there is none of these.
///  - The lineage of `odc:lineage`: classifier → dataset id, several of one classifier numbered from 1; what
///    is no UUID is left out.
std::string product_name_of_item(const Json& item);
std::string dataset_id_of_item(const Json& item);
std::string location_of_item(const Json& item);
std::map<std::string, std::string> sources_of_item(const Json& item);

/// The EO3 dataset document of a STAC Item, in the stored form: with `extent`, `grid_spatial` and `lineage`,
/// as `prep_eo3` of datacube would make it. Pure; the inverse of item_from_dataset(). docs/odc.md says what
/// either form holds.
///  - Raster assets (GeoTIFF or JPEG 2000, but thumbnails, overviews and metadata; any asset of role data
///  with
///    eo:bands) become measurements named by their asset key; an asset with a shape or transform of its own
///    gets a grid named by `odc:grid`, else by its key. Where the Item itself has no grid, that of the first
///    measurement is the default. Other assets are accessories.
///  - Paths are relative to the folder of the location that a `canonical` link or the MTL names; other hrefs
///    stay absolute.
///  - `geometry` is proj:geometry, else the rectangle of the default grid where the Item's geometry is just
///    that (or there is none), else the Item's geometry in the dataset's CRS: one polygon, the convex hull of
///    several.
///  - Times are UTC: agdc.common_timestamp drops offsets.
///  - A dataset that crosses the antimeridian has the longitudes −180 to 180: a range must not begin after
///    its end.
/// Throws Problem(422, "NoEo3Form") naming every reason when the Item has no honest EO3 form: no CRS
/// (proj:epsg, proj:code or proj:wkt2) or one that PROJ does not know, no proj:shape or proj:transform,
/// assets in different CRS, no datetime, or a measurement that a Landsat product demands is missing.
Json dataset_from_item(const Json& item, std::string_view dataset_id, std::string_view product_name);

}  // namespace hayden::odc
