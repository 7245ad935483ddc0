#include "mtl/landsat_item.hpp"

#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/json_room.hpp"
#include "mtl/described_assets.hpp"
#include "mtl/landsat_bands.hpp"
#include "mtl/landsat_footprint.hpp"

namespace hayden::mtl {
namespace {

constexpr std::string_view extension_root = "https://stac-extensions.github.io/";

double rounded(double value, int decimals) {
  const double factor = std::pow(10.0, decimals);
  return std::round(value * factor) / factor;
}

Json whole_or_real(double value) {
  if (value == std::floor(value)) return static_cast<std::int64_t>(value);
  return value;
}

std::string three_digits(int number) {
  std::string digits = std::to_string(number);
  return std::string(digits.size() < 3 ? 3 - digits.size() : 0, '0') + digits;
}

/// The product id without its processing date, so that a reprocessed scene keeps its Item:
/// LC08_L2SP_046028_20200904_20200906_02_T1 is LC08_L2SP_046028_20200904_02_T1.
std::string item_id(const std::string& product_id) {
  std::vector<std::string> parts;
  for (std::size_t start = 0; start <= product_id.size();) {
    const std::size_t end = std::min(product_id.find('_', start), product_id.size());
    parts.push_back(product_id.substr(start, end - start));
    start = end + 1;
  }
  if (parts.size() != 7) return product_id;
  return parts[0] + '_' + parts[1] + '_' + parts[2] + '_' + parts[3] + '_' + parts[5] + '_' + parts[6];
}

Json instruments(Sensor sensor) {
  switch (sensor) {
    case Sensor::mss:
      return Json::array({"mss"});
    case Sensor::tm:
      return Json::array({"tm"});
    case Sensor::etm:
      return Json::array({"etm+"});
    case Sensor::oli:
      return Json::array({"oli"});
    case Sensor::tirs:
      return Json::array({"tirs"});
    case Sensor::oli_tirs:
      break;
  }
  return Json::array({"oli", "tirs"});
}

/// Ground sample distance of the instrument, metres; of its multispectral bands where it has several.
int ground_sample_distance(Sensor sensor) {
  if (sensor == Sensor::mss) return 79;
  return sensor == Sensor::tirs ? 100 : 30;
}

Json copy_with_room(const Json& body, std::size_t more) {
  Json copy = object_with_room(body.size() + more);
  // Not as members, each of which would be looked for first.
  auto& members = static_cast<Json::object_t::Container&>(copy.get_ref<Json::object_t&>());
  for (const auto& [name, value] : body.get_ref<const Json::object_t&>()) members.emplace_back(name, value);
  return copy;
}

Json shape(const Grid& grid) { return Json::array({grid.rows, grid.columns}); }

Json transform(const Grid& grid) {
  return Json::array({grid.cell, 0.0, grid.origin_x, 0.0, -grid.cell, grid.origin_y});
}

void add_text(Json& properties, const char* name, const std::string& value) {
  if (!value.empty()) properties[name] = value;
}

template <class Number>
void add_number(Json& properties, const char* name, const std::optional<Number>& value) {
  if (value) properties[name] = *value;
}

void add_projection(Json& properties, const Scene& scene, const geo::Footprint& footprint) {
  const auto [west, south, east, north] = edges_of(scene.reflective);
  properties["proj:epsg"] = scene.epsg == 0 ? Json() : Json(scene.epsg);
  if (scene.epsg == 0) properties["proj:wkt2"] = scene.wkt;
  properties["proj:shape"] = shape(scene.reflective);
  properties["proj:transform"] = transform(scene.reflective);
  properties["proj:bbox"] = Json::array({west, south, east, north});
  properties["proj:centroid"] =
      Json{{"lat", rounded(footprint.centroid.y, 5)}, {"lon", rounded(footprint.centroid.x, 5)}};
}

/// The landsat extension 2.0.0 demands these facts of every Item, so Items of older products cannot name it.
/// Its paths end at 233, where those of Landsat 1 to 3 go on to 251.
bool fits_landsat_extension(const Scene& scene) {
  constexpr int last_path = 233;
  const bool corrected = scene.processing_level.size() == 4 && scene.processing_level != "L1Gt";
  return !scene.scene_id.empty() && !scene.category.empty() && !scene.collection_number.empty() &&
         corrected && scene.wrs_path >= 1 && scene.wrs_path <= last_path;
}

void add_landsat(Json& properties, const Scene& scene) {
  // The extension gives -1 the meaning "not computed".
  if (scene.cloud_cover_land) {
    properties["landsat:cloud_cover_land"] = *scene.cloud_cover_land;
  } else if (fits_landsat_extension(scene)) {
    properties["landsat:cloud_cover_land"] = -1;
  }
  if (scene.wrs_path != 0) {
    properties["landsat:wrs_type"] = std::to_string(scene.wrs_type);
    properties["landsat:wrs_path"] = three_digits(scene.wrs_path);
    properties["landsat:wrs_row"] = three_digits(scene.wrs_row);
  }
  add_text(properties, "landsat:collection_category", scene.category);
  add_text(properties, "landsat:collection_number", scene.collection_number);
  add_text(properties, "landsat:correction", scene.processing_level);
  add_text(properties, "landsat:scene_id", scene.scene_id);
  properties["landsat:landsat_product_id"] = scene.product_id;
  properties["landsat:product_generated"] = format_rfc3339(scene.product_generated);
}

std::string grid_code(const Scene& scene) {
  if (!scene.tile.empty()) return scene.tile;
  return "WRS" + std::to_string(scene.wrs_type) + "-" + three_digits(scene.wrs_path) +
         three_digits(scene.wrs_row);
}

void add_processing(Json& properties, const Processing& made) {
  add_text(properties, "landsat:station_id", made.station_id);
  add_text(properties, "landsat:processing_software_version", made.software_version);
  add_text(properties, "landsat:algorithm_source_surface_reflectance", made.algorithm_surface_reflectance);
  add_text(properties, "landsat:algorithm_source_surface_temperature", made.algorithm_surface_temperature);
  add_text(properties, "landsat:ephemeris_type", made.ephemeris_type);
  add_number(properties, "landsat:ground_control_points_version", made.control_points_version);
  add_number(properties, "landsat:ground_control_points_model", made.control_points_model);
  add_number(properties, "landsat:ground_control_points_verify", made.control_points_verify);
  add_number(properties, "landsat:geometric_rmse_verify", made.rmse_verify);
  add_number(properties, "landsat:scan_gap_interpolation", made.scan_gap_interpolation);
}

/// True when the file has residuals of the geometric model, which only terrain-corrected scenes do.
bool add_accuracy(Json& properties, const Processing& made) {
  add_number(properties, "accuracy:geometric_rmse", made.rmse);
  add_number(properties, "accuracy:geometric_x_stddev", made.rmse_x);
  add_number(properties, "accuracy:geometric_y_stddev", made.rmse_y);
  add_number(properties, "landsat:geometric_rmse_model", made.rmse);
  add_number(properties, "landsat:geometric_rmse_model_x", made.rmse_x);
  add_number(properties, "landsat:geometric_rmse_model_y", made.rmse_y);
  return made.rmse || made.rmse_x || made.rmse_y;
}

Json properties_of(const Scene& scene) {
  constexpr std::size_t room = 56;
  Json properties = object_with_room(room);
  properties["datetime"] = format_rfc3339(scene.acquired);
  if (scene.acquired_last) {
    properties["start_datetime"] = format_rfc3339(scene.acquired);
    properties["end_datetime"] = format_rfc3339(*scene.acquired_last);
  }
  // The product's own time, not the clock: the same MTL makes the same bytes, whenever it is read.
  properties["created"] = format_rfc3339(scene.product_generated);
  properties["platform"] = "landsat-" + std::to_string(scene.spacecraft);
  properties["instruments"] = instruments(scene.sensor);
  properties["gsd"] = ground_sample_distance(scene.sensor);
  properties["description"] = "Landsat " + product_title(scene.generation, scene.level);
  add_number(properties, "eo:cloud_cover", scene.cloud_cover);
  properties["view:off_nadir"] = whole_or_real(scene.off_nadir.value_or(0));
  add_number(properties, "view:sun_elevation", scene.sun_elevation);
  if (scene.sun_azimuth) {
    const double azimuth = *scene.sun_azimuth;
    properties["view:sun_azimuth"] = azimuth < 0 ? rounded(azimuth + 360, 8) : azimuth;
  }
  return properties;
}

Json links_of(const Scene& scene) {
  Json links = Json::array();
  const std::string& doi = scene.processing.doi;
  if (!doi.empty()) {
    links.push_back(
        Json{{"rel", "cite-as"},
             {"href", "https://doi.org/" + doi},
             {"title", family_title(family_of(scene)) + " " + product_title(scene.generation, scene.level)}});
  }
  if (scene.generation != Generation::collection2) return links;
  const auto add_via = [&](const std::string& collection, const std::string& suffix) {
    links.push_back(Json{{"rel", "via"},
                         {"href", "https://landsatlook.usgs.gov/stac-server/collections/" + collection +
                                      "/items/" + scene.product_id + suffix},
                         {"type", "application/json"},
                         {"title", "USGS STAC Item"}});
  };
  if (scene.level == Level::l1) {
    add_via("landsat-c2l1", "");
  } else {
    add_via("landsat-c2l2-sr", "_SR");
    if (scene.processing_level == "L2SP") add_via("landsat-c2l2-st", "_ST");
  }
  return links;
}

/// Where the scene's files lie.
struct Folder {
  std::string prefix;  ///< up to and with the last slash
  Json storage;        ///< storage:* fields of a requester-pays bucket, else null
};

Folder folder_of(std::string_view mtl_href) {
  Folder folder{std::string(mtl_href.substr(0, mtl_href.rfind('/') + 1)), nullptr};
  if (folder.prefix.starts_with("s3://usgs-landsat/")) {
    folder.storage =
        Json{{"storage:platform", "AWS"}, {"storage:region", "us-west-2"}, {"storage:requester_pays", true}};
  }
  return folder;
}

std::optional<std::string> file_name(const Scene& scene, const AssetKind& kind) {
  if (!kind.file_key.empty()) {
    if (const std::string* name = scene.file(kind.file_key)) return *name;
  }
  if (kind.suffix.empty()) return std::nullopt;
  return scene.product_id + '_' + kind.suffix;
}

const Grid* own_grid(const Scene& scene, AssetKind::Raster raster) {
  if (raster == AssetKind::Raster::panchromatic && scene.panchromatic) return &*scene.panchromatic;
  if (raster == AssetKind::Raster::thermal && scene.thermal) return &*scene.thermal;
  return nullptr;
}

void fill_raster(Json& asset, const Scene& scene, const AssetKind& kind) {
  const Grid* grid = own_grid(scene, kind.raster);
  if (grid != nullptr) {
    asset["proj:shape"] = shape(*grid);
    asset["proj:transform"] = transform(*grid);
  }
  Json& band = asset["raster:bands"][0];
  band["spatial_resolution"] = whole_or_real((grid == nullptr ? scene.reflective : *grid).cell);
  if (kind.scaling.empty()) return;
  const Scene::Scaling* scaling = scene.scaling_of(kind.scaling);
  if (scaling == nullptr || !scaling->gain || !scaling->offset) {
    band.erase("unit");
    return;
  }
  band["scale"] = *scaling->gain;
  band["offset"] = *scaling->offset;
}

/// Says where else the asset is: last, after all that describes it.
void add_alternate(Json& asset, const Folder& folder) {
  if (folder.storage.is_null()) return;
  Json s3 = Json{{"href", asset["href"]}};
  s3.update(folder.storage);
  asset["alternate"] = Json{{"s3", std::move(s3)}};
}

void add_size(Json& asset, std::string_view file, const Neighbours& neighbours) {
  const auto size = neighbours.sizes.find(file);
  if (size != neighbours.sizes.end()) asset["file:size"] = size->second;
}

Json assets_of(const Scene& scene, const Folder& folder, const Neighbours& neighbours) {
  const auto& kinds = asset_kinds(scene.generation, scene.level, family_of(scene));
  constexpr std::size_t added = 4;  // proj:shape, proj:transform, file:size, alternate
  Json assets = object_with_room(kinds.size());
  for (const AssetKind& kind : kinds) {
    const std::optional<std::string> name = file_name(scene, kind);
    if (!name) continue;
    Json asset = copy_with_room(kind.body, added);
    asset["href"] = folder.prefix + *name;
    if (kind.raster != AssetKind::Raster::none) fill_raster(asset, scene, kind);
    add_size(asset, *name, neighbours);
    add_alternate(asset, folder);
    assets.emplace(kind.key, std::move(asset));
  }
  return assets;
}

/// ESPA and ARD metadata describe their rasters, each in a file beside it, and not themselves.
Json described_assets_of(const Scene& scene, const Folder& folder, std::string_view metadata_href,
                         const Neighbours& neighbours) {
  Json assets = object_with_room(scene.bands.size() + 1);
  Json metadata = described_metadata(product_title(scene.generation, scene.level));
  metadata["href"] = metadata_href;
  add_size(metadata, metadata_href.substr(folder.prefix.size()), neighbours);
  add_alternate(metadata, folder);
  assets["xml"] = std::move(metadata);
  for (const Scene::Band& band : scene.bands) {
    Json asset = described_raster(band, family_of(scene));
    asset["href"] = folder.prefix + band.file;
    if (band.grid != scene.reflective) {
      asset["proj:shape"] = shape(band.grid);
      asset["proj:transform"] = transform(band.grid);
    }
    add_size(asset, band.file, neighbours);
    add_alternate(asset, folder);
    assets[described_key(band, family_of(scene))] = std::move(asset);
  }
  return assets;
}

bool any_asset_has(const Json& assets, const char* field) {
  for (const auto& asset : assets) {
    if (asset.contains(field)) return true;
  }
  return false;
}

}  // namespace

std::string landsat_collection_id(const Scene& scene) { return collection_id(scene.generation, scene.level); }

Json landsat_item(const Scene& scene, std::string_view mtl_href, const Neighbours& neighbours) {
  const Folder folder = folder_of(mtl_href);
  auto [footprint, footprint_source] = footprint_of(scene, neighbours);

  Json properties = properties_of(scene);
  add_projection(properties, scene, footprint);
  add_landsat(properties, scene);
  properties["grid:code"] = grid_code(scene);
  add_text(properties, "sci:doi", scene.processing.doi);
  add_processing(properties, scene.processing);
  const bool has_accuracy = add_accuracy(properties, scene.processing);
  properties["hayden:footprint_source"] = footprint_source;
  Json assets = scene.bands.empty() ? assets_of(scene, folder, neighbours)
                                    : described_assets_of(scene, folder, mtl_href, neighbours);

  Json extensions = Json::array();
  const auto use = [&](bool used, std::string_view name) {
    if (used) extensions.push_back(std::string(extension_root) + std::string(name) + "/schema.json");
  };
  use(any_asset_has(assets, "raster:bands"), "raster/v1.1.0");
  use(scene.cloud_cover || any_asset_has(assets, "eo:bands"), "eo/v1.1.0");
  use(true, "view/v1.0.0");
  use(true, "projection/v1.1.0");
  use(fits_landsat_extension(scene), "landsat/v2.0.0");
  use(true, "grid/v1.1.0");
  use(any_asset_has(assets, "classification:bitfields") || any_asset_has(assets, "classification:classes"),
      "classification/v1.1.0");
  use(!scene.processing.doi.empty(), "scientific/v1.0.0");
  use(any_asset_has(assets, "file:size"), "file/v2.1.0");
  use(has_accuracy, "accuracy/v1.0.0-beta.1");
  use(!folder.storage.is_null(), "alternate-assets/v1.2.0");
  use(!folder.storage.is_null(), "storage/v1.0.0");

  const Bbox& box = footprint.bbox;
  constexpr std::size_t members = 10;
  Json item = object_with_room(members);
  item["type"] = "Feature";
  item["stac_version"] = "1.0.0";
  item["stac_extensions"] = std::move(extensions);
  item["id"] = item_id(scene.product_id);
  item["collection"] = landsat_collection_id(scene);
  item["geometry"] = std::move(footprint.geometry);
  item["bbox"] = Json::array({box.west, box.south, box.east, box.north});
  item["properties"] = std::move(properties);
  item["links"] = links_of(scene);
  item["assets"] = std::move(assets);
  return item;
}

}  // namespace hayden::mtl
