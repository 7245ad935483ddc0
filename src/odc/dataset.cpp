#include "odc/dataset.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/json_room.hpp"
#include "core/problem.hpp"
#include "core/time.hpp"
#include "geo/bounds.hpp"
#include "odc/asset.hpp"
#include "odc/eo3.hpp"

namespace hayden::odc {
namespace {

/// `epsg:n` of proj:epsg (projection v1) or proj:code (v2), else the text of proj:wkt2; empty without a CRS.
std::string crs_of(const Json& object) {
  const Json* epsg = find(object, "proj:epsg");
  if (epsg != nullptr && epsg->is_number_integer()) return "epsg:" + epsg->dump();
  constexpr std::string_view authority = "EPSG:";
  const auto code = text(object, "proj:code");
  if (code.starts_with(authority)) return "epsg:" + code.substr(authority.size());
  return text(object, "proj:wkt2");
}

/// A grid of which an object may say only a part.
struct PartialGrid {
  std::optional<std::array<std::int64_t, 2>> shape;
  std::optional<std::array<double, 6>> transform;

  std::optional<Grid> whole() const {
    return shape && transform ? std::optional(Grid{*shape, *transform}) : std::nullopt;
  }
};

/// What `object` does not say is taken from `inherited`.
PartialGrid grid_of(const Json& object, PartialGrid inherited, const std::string& where, Reasons& reasons) {
  if (const Json* shape = find(object, "proj:shape")) {
    inherited.shape = shape_of(*shape);
    if (!inherited.shape) reasons.add("proj:shape of " + where + " must be two positive numbers");
  }
  if (const Json* transform = find(object, "proj:transform")) {
    inherited.transform = transform_of(*transform);
    if (!inherited.transform) {
      reasons.add("proj:transform of " + where + " must be 6 numbers, or 9 that end in 0, 0, 1");
    }
  }
  return inherited;
}

/// The grids of a dataset by their names, in the order they came.
class Grids {
 public:
  void set_default(const Grid& grid) { grids_.emplace_back("default", grid); }
  const Grid* first() const { return grids_.empty() ? nullptr : &grids_.front().second; }

  /// The name that a measurement has to give for its grid. `wanted` is used when it is free or means the
  /// same.
  std::string name_of(const Grid& grid, const std::string& wanted, const std::string& asset) {
    if (!wanted.empty()) {
      const auto named = std::ranges::find(grids_, wanted, &Named::first);
      if (named == grids_.end()) return add(wanted, grid);
      if (named->second == grid) return wanted;
    }
    const auto known = std::ranges::find(grids_, grid, &Named::second);
    if (known != grids_.end()) return known->first;
    if (grids_.empty()) return add("default", grid);
    std::string name = asset;
    while (std::ranges::find(grids_, name, &Named::first) != grids_.end()) name += '_';
    return add(name, grid);
  }

  Json document() const {
    Json out = Json::object();
    for (const auto& [name, grid] : grids_) {
      Json transform = grid.transform;
      for (const int last_row : {0, 0, 1}) transform.push_back(last_row);
      out[name] = {{"shape", grid.shape}, {"transform", std::move(transform)}};
    }
    return out;
  }

 private:
  using Named = std::pair<std::string, Grid>;

  std::string add(const std::string& name, const Grid& grid) {
    grids_.emplace_back(name, grid);
    return name;
  }

  std::vector<Named> grids_;
};

struct Bands {
  std::string crs;
  Grids grids;
  Json measurements = object_with_room(32);
  Json accessories = object_with_room(16);
};

std::string relative_path(const std::string& href, const std::string& folder) {
  return !folder.empty() && href.starts_with(folder) && href != folder ? href.substr(folder.size()) : href;
}

Json measurement_of(const Json& asset, const std::string& path) {
  Json measurement = object_with_room(4);
  measurement["path"] = path;
  const Json* band = find(asset, "odc:band");
  if (band == nullptr) band = find(asset, "band");  // the name that odc-tools reads
  if (band != nullptr && band->is_number_integer()) measurement["band"] = *band;
  if (const Json* layer = find(asset, "odc:layer")) measurement["layer"] = *layer;
  return measurement;
}

Json accessory_of(const Json& asset, const std::string& path) {
  Json accessory = object_with_room(2);
  accessory["path"] = path;
  const auto type = text(asset, "type");
  if (!type.empty() && type != media_type_of(text(asset, "href"))) accessory["type"] = type;
  return accessory;
}

/// Reads the assets of an Item one by one.
class BandReader {
 public:
  BandReader(const Json& item, Reasons& reasons)
      : reasons_(reasons), folder_(folder_of(base_location(item))) {
    const Json* properties = find(item, "properties");
    const Json nothing = Json::object();
    const Json& given = properties == nullptr ? nothing : *properties;
    bands_.crs = crs_of(given);
    item_grid_ = grid_of(given, {}, "the Item", reasons);
    if (const auto grid = item_grid_.whole()) bands_.grids.set_default(*grid);
  }

  void read(const std::string& key, const Json& asset) {
    const auto path = relative_path(text(asset, "href"), folder_);
    if (!is_measurement(asset)) {
      bands_.accessories[accessory_name(key)] = accessory_of(asset, path);
      return;
    }
    const auto crs = crs_of(asset);
    if (bands_.crs.empty()) bands_.crs = crs;
    if (!crs.empty() && crs != bands_.crs)
      reasons_.add("asset " + key + " lies in another CRS than the Item");
    Json measurement = measurement_of(asset, path);
    const auto partial = grid_of(asset, item_grid_, "asset " + key, reasons_);
    if (const auto grid = partial.whole()) {
      const auto name = bands_.grids.name_of(*grid, text(asset, "odc:grid"), key);
      if (name != "default") measurement["grid"] = name;
    } else {
      without_shape_ = without_shape_ || !partial.shape;
      without_transform_ = without_transform_ || !partial.transform;
      without_grid_ += (without_grid_.empty() ? "" : ", ") + key;
    }
    bands_.measurements[key] = std::move(measurement);
  }

  Bands finish() {
    const bool none = bands_.grids.first() == nullptr;
    if (without_shape_ || (none && !item_grid_.shape)) add_missing("proj:shape");
    if (without_transform_ || (none && !item_grid_.transform)) add_missing("proj:transform");
    if (bands_.crs.empty()) {
      reasons_.add("the Item has no proj:epsg, nor proj:code of EPSG or proj:wkt2");
    } else if (!geo::is_known_crs(bands_.crs)) {
      reasons_.add("PROJ does not know the CRS of the Item");
    }
    return std::move(bands_);
  }

 private:
  /// item_from_dataset() writes `accessory:x` where a measurement is called x too.
  std::string accessory_name(const std::string& key) const {
    constexpr std::string_view prefix = "accessory:";
    const bool stripped = key.starts_with(prefix) && bands_.measurements.contains(key.substr(prefix.size()));
    return stripped ? key.substr(prefix.size()) : key;
  }

  void add_missing(const std::string& what) {
    reasons_.add("the Item has no " + what +
                 (without_grid_.empty() ? "" : ", nor have its assets " + without_grid_));
  }

  Reasons& reasons_;
  std::string folder_;
  PartialGrid item_grid_;
  Bands bands_;
  bool without_shape_ = false, without_transform_ = false;
  std::string without_grid_;
};

Bands bands_of(const Json& item, Reasons& reasons) {
  BandReader reader(item, reasons);
  const Json* assets = find(item, "assets");
  if (assets != nullptr && assets->is_object()) {
    for (const auto& [key, asset] : assets->get_ref<const Json::object_t&>()) reader.read(key, asset);
  }
  return reader.finish();
}

/// By product. Made once: to make a product takes as long as to make a dataset.
const std::map<std::string, std::vector<std::string>, std::less<>>& landsat_measurements() {
  static const auto made = [] {
    std::map<std::string, std::vector<std::string>, std::less<>> names;
    for (const auto& product_name : landsat_product_names()) {
      const Json product = landsat_product(product_name);
      auto& of_product = names[std::string{product_name}];
      for (const auto& measurement : product["measurements"])
        of_product.push_back(measurement["name"].get<std::string>());
    }
    return names;
  }();
  return made;
}

void demand_measurements(const Json& measurements, std::string_view product_name, Reasons& reasons) {
  const auto demanded = landsat_measurements().find(product_name);
  if (demanded == landsat_measurements().end()) return;
  std::string missing;
  for (const auto& name : demanded->second) {
    if (!measurements.contains(name)) missing += (missing.empty() ? "" : ", ") + name;
  }
  if (!missing.empty()) {
    reasons.add("it lacks assets that product " + std::string(product_name) + " demands: " + missing);
  }
}

std::string utc(const std::string& time, const char* name, Reasons& reasons) {
  const auto instant = parse_rfc3339(time);
  if (instant) return format_rfc3339(*instant);
  reasons.add(std::string(name) + " is no time with a zone (RFC 3339)");
  return "";
}

/// Properties that EO3 says elsewhere or by another name.
bool is_mapped(const std::string& name) {
  static const std::set<std::string> mapped = {"datetime", "start_datetime", "end_datetime", "created",
                                               "title",    "instruments",    "odc:product",  "odc:lineage"};
  return name.starts_with("proj:") || mapped.contains(name) ||
         std::ranges::any_of(renamed_properties,
                             [&name](const Renamed& renamed) { return name == renamed.stac; });
}

void add_times(Json& out, const Json& properties, Reasons& reasons) {
  const auto start = text(properties, "start_datetime");
  const auto end = text(properties, "end_datetime");
  const auto datetime = text(properties, "datetime");
  out["datetime"] = utc(datetime.empty() ? start : datetime, "datetime", reasons);
  if (!start.empty()) out["dtr:start_datetime"] = utc(start, "start_datetime", reasons);
  if (!end.empty()) out["dtr:end_datetime"] = utc(end, "end_datetime", reasons);
  const auto created = text(properties, "created");
  out["odc:processing_datetime"] = created.empty() ? out["datetime"] : Json(utc(created, "created", reasons));
}

void add_renamed(Json& out, const Json& properties) {
  for (const auto& [eo3, stac] : renamed_properties) {
    if (const Json* value = find(properties, stac)) out[eo3] = *value;
  }
  const Json* instruments = find(properties, "instruments");
  if (instruments == nullptr || !instruments->is_array()) return;
  const auto code = instrument_code(*instruments);
  if (!code.empty()) out["eo:instrument"] = code;
  // EO3's code holds no `+`, `-` or `_` within a name.
  if (instruments_of(code) != *instruments) out["instruments"] = *instruments;
}

std::string three_digits(const Json& properties, const char* name) {
  const Json* value = find(properties, name);
  if (value == nullptr || !(value->is_string() || value->is_number_unsigned())) return "";
  const std::string digits = value->is_string() ? value->get<std::string>() : value->dump();
  return std::string(digits.size() < 3 ? 3 - digits.size() : 0, '0') + digits;
}

std::string region_code(const Json& properties) {
  for (const char* name : {"odc:region_code", "s2:mgrs_tile", "io:supercell_id"}) {
    if (auto code = text(properties, name); !code.empty()) return code;
  }
  const auto path = three_digits(properties, "landsat:wrs_path");
  const auto row = three_digits(properties, "landsat:wrs_row");
  return path.empty() || row.empty() ? "" : path + row;
}

void add_landsat(Json& out, const Json& properties) {
  const auto correction = text(properties, "landsat:correction");
  if (correction.size() < 2) return;
  const auto add = [&out](const char* name, const std::string& value) {
    if (!out.contains(name)) out[name] = value;
  };
  add("odc:producer", "usgs.gov");
  add("odc:product_family", std::string("level") + correction[1]);
  add("dea:dataset_maturity", text(properties, "landsat:collection_category") == "RT" ? "nrt" : "final");
}

Json properties_of(const Json& item, Reasons& reasons) {
  static const Json nothing = Json::object();
  const Json* given = find(item, "properties");
  const Json& properties = given == nullptr || !given->is_object() ? nothing : *given;
  Json out = object_with_room(properties.size() + 16);
  add_times(out, properties, reasons);
  out["odc:file_format"] = "GeoTIFF";
  add_renamed(out, properties);
  for (const auto& [name, value] : properties.get_ref<const Json::object_t&>()) {
    const bool taken = out.contains(name) && name != "odc:file_format";
    if (!taken && !is_mapped(name)) out[name] = value;
  }
  if (const auto code = region_code(properties); !out.contains("odc:region_code") && !code.empty()) {
    out["odc:region_code"] = code;
  }
  add_landsat(out, properties);
  return out;
}

/// Whether the Item's geometry says no more than the rectangle of its grid.
bool is_rectangle(const Json& item, const std::string& crs, const std::array<geo::Point, 4>& corners) {
  const Json* properties = find(item, "properties");
  const Json* geometry = find(item, "geometry");
  if (geometry == nullptr) return true;
  if (properties != nullptr && text(*properties, "hayden:footprint_source") == "product_rectangle")
    return true;
  const geo::Polygon polygon{{corners.begin(), corners.end()}};
  return *geometry == geo::footprint_from_polygons(crs, std::span(&polygon, 1)).geometry;
}

Json geometry_of(const Json& item, const std::string& crs, const std::array<geo::Point, 4>& corners) {
  const Json* properties = find(item, "properties");
  const Json* projected = properties == nullptr ? nullptr : find(*properties, "proj:geometry");
  if (projected != nullptr && text(*projected, "type") == "Polygon" && polygons_of(*projected)) {
    return *projected;
  }
  if (is_rectangle(item, crs, corners)) return rectangle(corners);
  const auto polygons = polygons_of(*find(item, "geometry"));
  if (!polygons) return rectangle(corners);
  try {
    return polygon_document(geo::polygon_from_lonlat(crs, *polygons));
  } catch (const Problem&) {  // a footprint beyond what the CRS can show
    return rectangle(corners);
  }
}

double rounded(double degrees) {
  constexpr double decimals = 1e6;
  return std::round(degrees * decimals) / decimals;
}

/// As the client indexes it: of the positions of the exterior ring alone.
Json extent(const std::string& crs, const Json& geometry) {
  const auto polygons = polygons_of(geometry);
  const auto bounds = geo::lonlat_bounds(crs, std::span(&polygons->front().front(), 1));
  return {{"lat", {{"begin", rounded(bounds.south)}, {"end", rounded(bounds.north)}}},
          {"lon", {{"begin", rounded(bounds.west)}, {"end", rounded(bounds.east)}}}};
}

bool is_number(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// The title, else the Item's id where it tells people something.
std::string label_of(const Json& item) {
  const Json* properties = find(item, "properties");
  auto title = properties == nullptr ? "" : text(*properties, "title");
  if (!title.empty()) return title;
  const auto id = text(item, "id");
  return is_uuid(id) || is_number(id) ? "" : id;
}

Json product_of(const Json& item, std::string_view name) {
  Json product = {{"name", std::string(name)}};
  if (const auto href = link_href(item, "product_overview"); !href.empty()) product["href"] = href;
  return product;
}

Json point(const geo::Point& at) { return {{"x", at.x}, {"y", at.y}}; }

/// geometry, extent and grid_spatial; reasons when PROJ cannot follow the grid.
void add_space(Json& dataset, const Json& item, const std::string& crs, const Grid& grid, Reasons& reasons) {
  const auto corners = grid.corners();
  try {
    const Json geometry = geometry_of(item, crs, corners);
    dataset["geometry"] = geometry;
    dataset["extent"] = extent(crs, geometry);
  } catch (const Problem& problem) {
    return reasons.add(problem.what());
  }
  dataset["grid_spatial"]["projection"] = {{"spatial_reference", crs},
                                           {"geo_ref_points",
                                            {{"ul", point(corners[0])},
                                             {"ur", point(corners[1])},
                                             {"lr", point(corners[2])},
                                             {"ll", point(corners[3])}}},
                                           {"valid_data", dataset["geometry"]}};
}

}  // namespace

Json dataset_from_item(const Json& item, std::string_view dataset_id, std::string_view product_name) {
  Reasons reasons("NoEo3Form", "the Item has no EO3 form: ");
  refuse_wide(item, {"properties", "assets"}, reasons);
  reasons.throw_if_any();
  Bands bands = bands_of(item, reasons);
  Json properties = properties_of(item, reasons);
  demand_measurements(bands.measurements, product_name, reasons);
  Json space = Json::object();
  const Grid* grid = bands.grids.first();
  if (grid != nullptr && geo::is_known_crs(bands.crs)) add_space(space, item, bands.crs, *grid, reasons);
  reasons.throw_if_any();

  Json dataset = object_with_room(16);
  dataset["$schema"] = eo3_schema;
  dataset["id"] = std::string(dataset_id);
  if (const auto label = label_of(item); !label.empty()) dataset["label"] = label;
  dataset["product"] = product_of(item, product_name);
  dataset["crs"] = bands.crs;
  dataset["geometry"] = std::move(space["geometry"]);
  dataset["grids"] = bands.grids.document();
  dataset["properties"] = std::move(properties);
  dataset["measurements"] = std::move(bands.measurements);
  dataset["accessories"] = std::move(bands.accessories);
  dataset["extent"] = std::move(space["extent"]);
  dataset["grid_spatial"] = std::move(space["grid_spatial"]);
  dataset["lineage"]["source_datasets"] = Json::object();
  return dataset;
}

}  // namespace hayden::odc
