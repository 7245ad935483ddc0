#include "stac/queryables.hpp"

#include <algorithm>
#include <array>

namespace hayden::stac {
namespace {

/// Sorted by name.
constexpr std::array<Queryable, 64> queryables{
    {{"accuracy:geometric_rmse", PropertyType::number, "Geometric error (RMSE), metres"},
     {"accuracy:geometric_x_stddev", PropertyType::number, "Geometric error across, metres"},
     {"accuracy:geometric_y_stddev", PropertyType::number, "Geometric error along, metres"},
     {"collection", PropertyType::text, "Collection id"},
     {"constellation", PropertyType::text, "Constellation"},
     {"created", PropertyType::timestamp, "When the metadata was made"},
     {"datetime", PropertyType::timestamp, "Acquisition time"},
     {"description", PropertyType::text, "Description"},
     {"end_datetime", PropertyType::timestamp, "End of the acquisition"},
     {"eo:cloud_cover", PropertyType::number, "Cloud cover, percent"},
     {"eo:snow_cover", PropertyType::number, "Snow cover, percent"},
     {"expires", PropertyType::timestamp, "When the data expires"},
     {"geometry", PropertyType::geometry, "Footprint"},
     {"grid:code", PropertyType::text, "Grid cell"},
     {"gsd", PropertyType::number, "Ground sample distance, metres"},
     {"hayden:footprint_source", PropertyType::text, "What the footprint was made from"},
     {"id", PropertyType::text, "Item id"},
     {"instruments", PropertyType::array, "Instruments"},
     {"landsat:algorithm_source_surface_reflectance", PropertyType::text,
      "Algorithm of the surface reflectance"},
     {"landsat:algorithm_source_surface_temperature", PropertyType::text,
      "Algorithm of the surface temperature"},
     {"landsat:cloud_cover_land", PropertyType::number, "Cloud cover over land, percent"},
     {"landsat:collection_category", PropertyType::text, "Collection category (T1, T2, RT)"},
     {"landsat:collection_number", PropertyType::text, "Collection number"},
     {"landsat:correction", PropertyType::text, "Processing level"},
     {"landsat:ephemeris_type", PropertyType::text, "Ephemeris type"},
     {"landsat:geometric_rmse_model", PropertyType::number, "Geometric error of the model (RMSE), metres"},
     {"landsat:geometric_rmse_model_x", PropertyType::number, "Geometric error of the model across, metres"},
     {"landsat:geometric_rmse_model_y", PropertyType::number, "Geometric error of the model along, metres"},
     {"landsat:geometric_rmse_verify", PropertyType::number, "Geometric error as verified, metres"},
     {"landsat:ground_control_points_model", PropertyType::integer, "Control points of the model"},
     {"landsat:ground_control_points_verify", PropertyType::integer, "Control points of the verification"},
     {"landsat:ground_control_points_version", PropertyType::number, "Version of the control points"},
     {"landsat:landsat_product_id", PropertyType::text, "Landsat product id"},
     {"landsat:processing_software_version", PropertyType::text, "Version of the processing software"},
     {"landsat:product_generated", PropertyType::timestamp, "When the product was made"},
     {"landsat:scan_gap_interpolation", PropertyType::number, "Width of the interpolated scan gaps"},
     {"landsat:scene_id", PropertyType::text, "Landsat scene id"},
     {"landsat:station_id", PropertyType::text, "Receiving station"},
     {"landsat:wrs_path", PropertyType::text, "WRS path"},
     {"landsat:wrs_row", PropertyType::text, "WRS row"},
     {"landsat:wrs_type", PropertyType::text, "WRS type"},
     {"license", PropertyType::text, "Licence"},
     {"mission", PropertyType::text, "Mission"},
     {"platform", PropertyType::text, "Platform"},
     {"proj:bbox", PropertyType::array, "Bounds in the CRS of the data"},
     {"proj:centroid", PropertyType::object, "Centroid"},
     {"proj:code", PropertyType::text, "CRS of the data"},
     {"proj:epsg", PropertyType::integer, "EPSG code of the data"},
     {"proj:geometry", PropertyType::object, "Footprint in the CRS of the data"},
     {"proj:projjson", PropertyType::object, "CRS of the data as PROJJSON"},
     {"proj:shape", PropertyType::array, "Rows and columns"},
     {"proj:transform", PropertyType::array, "Affine transform from pixels to the CRS"},
     {"proj:wkt2", PropertyType::text, "CRS of the data as WKT2"},
     {"published", PropertyType::timestamp, "When the data was published"},
     {"sci:doi", PropertyType::text, "DOI"},
     {"start_datetime", PropertyType::timestamp, "Begin of the acquisition"},
     {"title", PropertyType::text, "Title"},
     {"unpublished", PropertyType::timestamp, "When the data was withdrawn"},
     {"updated", PropertyType::timestamp, "When the metadata was changed"},
     {"view:azimuth", PropertyType::number, "Viewing azimuth, degrees"},
     {"view:incidence_angle", PropertyType::number, "Incidence angle, degrees"},
     {"view:off_nadir", PropertyType::number, "Angle off nadir, degrees"},
     {"view:sun_azimuth", PropertyType::number, "Sun azimuth, degrees"},
     {"view:sun_elevation", PropertyType::number, "Sun elevation, degrees"}}};
static_assert(std::ranges::is_sorted(queryables, {}, &Queryable::name));

}  // namespace

std::span<const Queryable> known_queryables() { return queryables; }

std::string_view queryable_name(std::string_view name) {
  constexpr std::string_view prefix = "properties.";
  if (name.size() > prefix.size() && name.starts_with(prefix)) name.remove_prefix(prefix.size());
  return name;
}

const Queryable* find_queryable(std::string_view name) {
  name = queryable_name(name);
  const auto* const found = std::ranges::lower_bound(queryables, name, {}, &Queryable::name);
  return found != queryables.end() && found->name == name ? found : nullptr;
}

PropertyType queryable_type(std::string_view name) {
  const auto* const found = find_queryable(name);
  return found == nullptr ? PropertyType::any : found->type;
}

}  // namespace hayden::stac
