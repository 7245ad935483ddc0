#include "odc/dataset.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "core/problem.hpp"
#include "core/time.hpp"
#include "geo/geometry.hpp"

namespace hayden::odc {
namespace {

constexpr auto eo3_schema = "https://schemas.opendatacube.org/dataset";

/// Every reason why an Item has no EO3 form.
class Reasons {
 public:
  void add(const std::string& reason) { text_ += (text_.empty() ? "" : "; ") + reason; }
  void throw_if_any() const {
    if (!text_.empty()) throw Problem(422, "NoEo3Form", "the Item has no EO3 form: " + text_);
  }

 private:
  std::string text_;
};

struct Grid {
  std::array<std::int64_t, 2> shape{};  ///< rows, columns
  std::array<double, 6> transform{};    ///< pixel and line to the CRS, row by row

  geo::Point at(double pixel, double line) const {
    return {transform[0] * pixel + transform[1] * line + transform[2],
            transform[3] * pixel + transform[4] * line + transform[5]};
  }
  /// Upper left, upper right, lower right, lower left, as the grid lies.
  std::array<geo::Point, 4> corners() const {
    const auto lines = static_cast<double>(shape[0]);
    const auto pixels = static_cast<double>(shape[1]);
    return {at(0, 0), at(pixels, 0), at(pixels, lines), at(0, lines)};
  }
  bool operator==(const Grid&) const = default;
};

const Json* find(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto member = object.find(name);
  return member == object.end() || member->is_null() ? nullptr : &*member;
}

std::string text(const Json& object, const char* name) {
  const Json* member = find(object, name);
  return member != nullptr && member->is_string() ? member->get<std::string>() : "";
}

bool all_numbers(const Json& json) {
  return json.is_array() && std::ranges::all_of(json, [](const Json& each) { return each.is_number(); });
}

/// proj:epsg of projection v1 or `EPSG:n` as proj:code of v2; nothing when there is none.
std::optional<int> epsg_of(const Json& object) {
  if (const Json* epsg = find(object, "proj:epsg"); epsg != nullptr && epsg->is_number_integer()) {
    return epsg->get<int>();
  }
  const std::string code = text(object, "proj:code");
  constexpr std::string_view authority = "EPSG:";
  if (!code.starts_with(authority) || code.size() > authority.size() + 6) return {};
  const std::string digits = code.substr(authority.size());
  const bool is_number =
      !digits.empty() && std::ranges::all_of(digits, [](unsigned char c) { return std::isdigit(c); });
  return is_number ? std::optional(std::stoi(digits)) : std::nullopt;
}

/// The grid of `object`; what it does not say is taken from `inherited`.
std::optional<Grid> grid_of(const Json& object, const std::optional<Grid>& inherited,
                            const std::string& where, Reasons& reasons) {
  const Json* shape = find(object, "proj:shape");
  const Json* transform = find(object, "proj:transform");
  if ((shape == nullptr || transform == nullptr) && !inherited) {
    reasons.add(where + " has no " + (shape == nullptr ? "proj:shape" : "proj:transform"));
    return {};
  }
  Grid grid = inherited.value_or(Grid{});
  if (shape != nullptr) {
    const bool is_shape = all_numbers(*shape) && shape->size() == 2 && (*shape)[0] > 0 && (*shape)[1] > 0;
    if (!is_shape) reasons.add("proj:shape of " + where + " must be two positive numbers");
    for (std::size_t i = 0; is_shape && i < grid.shape.size(); ++i)
      grid.shape.at(i) = (*shape)[i].get<std::int64_t>();
  }
  if (transform != nullptr) {
    const bool is_transform = all_numbers(*transform) && (transform->size() == 6 || transform->size() == 9);
    if (!is_transform) reasons.add("proj:transform of " + where + " must be 6 or 9 numbers");
    for (std::size_t i = 0; is_transform && i < grid.transform.size(); ++i) {
      grid.transform.at(i) = (*transform)[i].get<double>();
    }
  }
  return grid;
}

bool has_role(const Json& asset, std::string_view role) {
  const Json* roles = find(asset, "roles");
  return roles != nullptr && roles->is_array() &&
         std::ranges::any_of(*roles, [role](const Json& each) { return each == role; });
}

bool is_measurement(const Json& asset) {
  const std::string type = text(asset, "type");
  const bool raster =
      type.find("geotiff") != std::string::npos || type.find("image/jp2") != std::string::npos;
  return raster && !has_role(asset, "thumbnail") && !has_role(asset, "overview") &&
         !has_role(asset, "metadata");
}

std::string folder_of(const std::string& href) { return href.substr(0, href.rfind('/') + 1); }

/// Of the first MTL among the assets; empty without one.
std::string location_folder(const Json& assets) {
  for (const char* key : {"mtl.json", "mtl.txt", "mtl.xml"}) {
    if (const Json* asset = find(assets, key)) return folder_of(text(*asset, "href"));
  }
  return "";
}

std::string relative_path(const std::string& href, const std::string& folder) {
  return !folder.empty() && href.starts_with(folder) ? href.substr(folder.size()) : href;
}

struct Bands {
  Json grids = Json::object();
  Json measurements = Json::object();
  Json accessories = Json::object();
};

Json grid_document(const Grid& grid) {
  Json transform = grid.transform;
  for (const int last_row : {0, 0, 1}) transform.push_back(last_row);
  return {{"shape", grid.shape}, {"transform", std::move(transform)}};
}

Bands bands_of(const Json& item, const std::optional<Grid>& item_grid, std::optional<int> epsg,
               Reasons& reasons) {
  Bands bands;
  std::vector<std::pair<std::string, Grid>> grids;
  if (item_grid) grids.emplace_back("default", *item_grid);
  const Json* assets = find(item, "assets");
  if (assets == nullptr || !assets->is_object()) return bands;
  const std::string folder = location_folder(*assets);
  for (const auto& [key, asset] : assets->items()) {
    Json entry = {{"path", relative_path(text(asset, "href"), folder)}};
    if (!is_measurement(asset)) {
      bands.accessories[key] = std::move(entry);
      continue;
    }
    if (const auto own = epsg_of(asset); own && epsg && *own != *epsg) {
      reasons.add("asset " + key + " lies in another CRS than the Item");
    }
    if (const auto grid = grid_of(asset, item_grid, "asset " + key, reasons)) {
      auto known = std::ranges::find(grids, *grid, &std::pair<std::string, Grid>::second);
      if (known == grids.end()) known = grids.insert(known, {grids.empty() ? "default" : key, *grid});
      if (known->first != "default") entry["grid"] = known->first;
    }
    bands.measurements[key] = std::move(entry);
  }
  for (const auto& [name, grid] : grids) bands.grids[name] = grid_document(grid);
  return bands;
}

void demand_measurements(const Json& measurements, std::string_view product_name, Reasons& reasons) {
  const auto names = landsat_product_names();
  if (std::ranges::find(names, product_name) == names.end()) return;
  const Json product = landsat_product(product_name);
  std::string missing;
  for (const auto& measurement : product["measurements"]) {
    const auto name = measurement["name"].get<std::string>();
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
  static constexpr std::array mapped = {"datetime",
                                        "start_datetime",
                                        "end_datetime",
                                        "created",
                                        "platform",
                                        "constellation",
                                        "gsd",
                                        "instruments",
                                        "title",
                                        "view:off_nadir",
                                        "view:azimuth",
                                        "view:sun_azimuth",
                                        "view:sun_elevation"};
  return name.starts_with("proj:") || std::ranges::find(mapped, name) != mapped.end();
}

std::string instrument_code(const Json& instruments) {
  std::string code;
  for (const auto& instrument : instruments) {
    if (!instrument.is_string()) continue;
    if (!code.empty()) code += '_';
    for (const char c : instrument.get<std::string>()) {
      if (c != '+' && c != '-') code += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
  }
  return code;
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
  static constexpr std::pair<const char*, const char*> renamed[] = {
      {"platform", "eo:platform"},
      {"constellation", "eo:constellation"},
      {"gsd", "eo:gsd"},
      {"view:off_nadir", "eo:off_nadir"},
      {"view:azimuth", "eo:azimuth"},
      {"view:sun_azimuth", "eo:sun_azimuth"},
      {"view:sun_elevation", "eo:sun_elevation"}};
  for (const auto& [stac, eo3] : renamed) {
    if (const Json* value = find(properties, stac)) out[eo3] = *value;
  }
  if (const Json* instruments = find(properties, "instruments");
      instruments != nullptr && instruments->is_array()) {
    out["eo:instrument"] = instrument_code(*instruments);
  }
}

std::string three_digits(const Json& properties, const char* name) {
  const Json* value = find(properties, name);
  if (value == nullptr || !(value->is_string() || value->is_number_unsigned())) return "";
  const std::string digits = value->is_string() ? value->get<std::string>() : value->dump();
  return std::string(digits.size() < 3 ? 3 - digits.size() : 0, '0') + digits;
}

void add_landsat(Json& out, const Json& properties) {
  const auto path = three_digits(properties, "landsat:wrs_path");
  const auto row = three_digits(properties, "landsat:wrs_row");
  if (!out.contains("odc:region_code") && !path.empty() && !row.empty()) out["odc:region_code"] = path + row;
  const auto correction = text(properties, "landsat:correction");
  if (correction.size() < 2) return;
  out["odc:producer"] = "usgs.gov";
  out["odc:product_family"] = std::string("level") + correction[1];
  out["dea:dataset_maturity"] = text(properties, "landsat:collection_category") == "RT" ? "nrt" : "final";
}

Json properties_of(const Json& item, Reasons& reasons) {
  Json out = Json::object();
  const Json* given = find(item, "properties");
  const Json properties = given == nullptr ? Json::object() : *given;
  add_times(out, properties, reasons);
  out["odc:file_format"] = "GeoTIFF";
  add_renamed(out, properties);
  for (const auto& [name, value] : properties.items()) {
    if (!is_mapped(name)) out[name] = value;
  }
  add_landsat(out, properties);
  return out;
}

Json point(const geo::Point& at) { return {{"x", at.x}, {"y", at.y}}; }

Json rectangle(const std::array<geo::Point, 4>& corners) {
  Json ring = Json::array();
  for (const auto& corner : corners) ring.push_back({corner.x, corner.y});
  ring.push_back({corners[0].x, corners[0].y});
  return {{"type", "Polygon"}, {"coordinates", Json::array({std::move(ring)})}};
}

Json extent(int epsg, const std::array<geo::Point, 4>& corners) {
  const auto [west, east] = std::ranges::minmax(corners, {}, &geo::Point::x);
  const auto [south, north] = std::ranges::minmax(corners, {}, &geo::Point::y);
  Bbox bounds = geo::footprint_from_rectangle(epsg, west.x, south.y, east.x, north.y).bbox;
  if (bounds.crosses_antimeridian()) {
    bounds.west = -180;
    bounds.east = 180;
  }
  return {{"lat", {{"begin", bounds.south}, {"end", bounds.north}}},
          {"lon", {{"begin", bounds.west}, {"end", bounds.east}}}};
}

std::string label_of(const Json& item) {
  const Json* properties = find(item, "properties");
  const auto title = properties == nullptr ? "" : text(*properties, "title");
  return title.empty() ? text(item, "id") : title;
}

}  // namespace

Json dataset_from_item(const Json& item, std::string_view dataset_id, std::string_view product_name) {
  Reasons reasons;
  const Json* properties = find(item, "properties");
  const Json nothing = Json::object();
  const auto epsg = epsg_of(properties == nullptr ? nothing : *properties);
  if (!epsg) reasons.add("the Item has no proj:epsg");
  const auto grid = grid_of(properties == nullptr ? nothing : *properties, {}, "the Item", reasons);
  const Bands bands = bands_of(item, grid, epsg, reasons);
  Json eo3_properties = properties_of(item, reasons);
  demand_measurements(bands.measurements, product_name, reasons);
  reasons.throw_if_any();

  const std::string crs = "epsg:" + std::to_string(*epsg);
  const auto corners = grid->corners();
  const Json geometry = rectangle(corners);
  Json dataset;
  dataset["$schema"] = eo3_schema;
  dataset["id"] = std::string(dataset_id);
  dataset["label"] = label_of(item);
  dataset["product"]["name"] = std::string(product_name);
  dataset["crs"] = crs;
  dataset["geometry"] = geometry;
  dataset["grids"] = bands.grids;
  dataset["properties"] = std::move(eo3_properties);
  dataset["measurements"] = bands.measurements;
  dataset["accessories"] = bands.accessories;
  dataset["extent"] = extent(*epsg, corners);
  dataset["grid_spatial"]["projection"] = {{"spatial_reference", crs},
                                           {"geo_ref_points",
                                            {{"ul", point(corners[0])},
                                             {"ur", point(corners[1])},
                                             {"lr", point(corners[2])},
                                             {"ll", point(corners[3])}}},
                                           {"valid_data", geometry}};
  dataset["lineage"]["source_datasets"] = Json::object();
  return dataset;
}

}  // namespace hayden::odc
