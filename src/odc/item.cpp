#include "odc/item.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <regex>
#include <set>

#include "core/time.hpp"
#include "odc/eo3.hpp"
#include "odc/timestamp.hpp"

namespace hayden::odc {
namespace {

constexpr std::string_view extension_root = "https://stac-extensions.github.io/";

std::string extension_url(std::string_view name) {
  return std::string(extension_root) + std::string(name) + "/schema.json";
}

std::optional<std::string> utc(const Json* time) {
  if (time == nullptr || !time->is_string()) return {};
  const auto read = parse_timestamp(time->get_ref<const std::string&>());
  return read ? std::optional(format_rfc3339(read->instant)) : std::nullopt;
}

bool is_between(const Json& value, double least, double most) {
  return value.is_number() && value.get<double>() >= least && value.get<double>() <= most;
}

/// Whether a value is what STAC wants under its name; one that is not keeps EO3's name.
bool is_stac_value(std::string_view name, const Json& value) {
  if (name == "platform" || name == "constellation") return value.is_string();
  if (name == "gsd") return value.is_number() && value.get<double>() > 0;
  if (name == "view:off_nadir") return is_between(value, 0, 90);
  if (name == "view:sun_elevation") return is_between(value, -90, 90);
  return is_between(value, 0, 360);
}

class Properties {
 public:
  Properties(const Json& document, Reasons& reasons) {
    const Json* given = find(document, "properties");
    if (given == nullptr || !given->is_object()) {
      reasons.add("it has no properties");
      return;
    }
    given_ = given;
    if (const auto label = text(document, "label"); !label.empty()) set("title", nullptr, label);
    add_times(reasons);
    add_instruments();
    for (const auto& [eo3, stac] : renamed_properties) {
      if (const Json* value = find(*given, eo3); value != nullptr && is_stac_value(stac, *value)) {
        set(stac, eo3, *value);
      }
    }
    for (const auto& [name, value] : given->items()) {
      const bool elsewhere = name.starts_with("proj:") || name == "odc:product" || name == "odc:lineage";
      if (!value.is_null() && !elsewhere && !used_.contains(name) && !out_.contains(name)) out_[name] = value;
    }
  }

  Json& out() { return out_; }

 private:
  void set(const char* stac, const char* eo3, Json value) {
    out_[stac] = std::move(value);
    if (eo3 != nullptr) used_.insert(eo3);
  }

  void add_times(Reasons& reasons) {
    const auto datetime = utc(find(*given_, "datetime"));
    const auto start = utc(find(*given_, "dtr:start_datetime"));
    const auto end = utc(find(*given_, "dtr:end_datetime"));
    if (datetime) {
      set("datetime", "datetime", *datetime);
    } else if (start && end) {
      set("datetime", "datetime", nullptr);
    } else {
      reasons.add("properties.datetime is not a time, and dtr:start_datetime with dtr:end_datetime neither");
    }
    if (start && end) {  // STAC wants both or none
      set("start_datetime", "dtr:start_datetime", *start);
      set("end_datetime", "dtr:end_datetime", *end);
    }
    if (const auto created = utc(find(*given_, "odc:processing_datetime"))) {
      set("created", "odc:processing_datetime", *created);
    }
  }

  void add_instruments() {
    const auto code = text(*given_, "eo:instrument");
    if (code.empty()) return;
    // dataset_from_item() keeps the list where its code cannot give it back.
    const Json* kept = find(*given_, "instruments");
    const bool agree = kept != nullptr && kept->is_array() && instrument_code(*kept) == code;
    Json instruments = agree ? *kept : instruments_of(code);
    if (!instruments.empty()) set("instruments", "eo:instrument", std::move(instruments));
  }

  const Json* given_ = nullptr;
  Json out_ = Json::object();
  std::set<std::string> used_;
};

using Grids = std::map<std::string, Grid>;

Grids grids_of(const Json& document, Reasons& reasons) {
  Grids grids;
  const Json* given = find(document, "grids");
  if (given == nullptr || !given->is_object()) return grids;
  for (const auto& [name, grid] : given->items()) {
    const Json* shape = find(grid, "shape");
    const Json* transform = find(grid, "transform");
    const auto shape_read = shape == nullptr ? std::nullopt : shape_of(*shape);
    const auto transform_read = transform == nullptr ? std::nullopt : transform_of(*transform);
    if (!shape_read) reasons.add("grids." + name + ".shape must be two positive numbers");
    if (!transform_read)
      reasons.add("grids." + name + ".transform must be 6 numbers, or 9 that end in 0, 0, 1");
    if (shape_read && transform_read) grids[name] = {*shape_read, *transform_read};
  }
  return grids;
}

geo::Polygon polygon_of(const Grid& grid) {
  const auto corners = grid.corners();
  return {{corners.begin(), corners.end()}};
}

/// One polygon around all grids: their box where they all lie upright.
std::vector<geo::Polygon> outline_of(const Grids& grids) {
  std::vector<geo::Polygon> polygons;
  std::vector<geo::Point> corners;
  bool upright = true;
  for (const auto& [name, grid] : grids) {
    polygons.push_back(polygon_of(grid));
    upright = upright && grid.is_upright();
    corners.insert(corners.end(), polygons.back().front().begin(), polygons.back().front().end());
  }
  if (!upright || polygons.size() < 2) return polygons;
  const auto [west, east] = std::ranges::minmax(corners, {}, &geo::Point::x);
  const auto [south, north] = std::ranges::minmax(corners, {}, &geo::Point::y);
  return {{geo::rectangle_ring(west.x, south.y, east.x, north.y, 1)}};
}

std::optional<geo::Footprint> footprint_of_extent(const Json& document) {
  const Json* extent = find(document, "extent");
  const auto end_of = [extent](const char* axis, const char* end) -> std::optional<double> {
    const Json* range = extent == nullptr ? nullptr : find(*extent, axis);
    const Json* value = range == nullptr ? nullptr : find(*range, end);
    return value != nullptr && value->is_number() ? std::optional(value->get<double>()) : std::nullopt;
  };
  const auto west = end_of("lon", "begin");
  auto east = end_of("lon", "end");
  const auto south = end_of("lat", "begin");
  const auto north = end_of("lat", "end");
  if (!west || !east || !south || !north) return {};
  if (*east < *west) *east += 360;
  // No edge may span half the world, or it would be taken to go round the other way.
  constexpr int steps = 4;
  return geo::footprint_from_ring(geo::rectangle_ring(*west, *south, *east, *north, steps));
}

/// The first of geometry, grids and extent that gives a footprint.
std::optional<geo::Footprint> footprint_of(const Json& document, const std::string& crs, const Grids& grids,
                                           Reasons& reasons) {
  std::string why;
  const auto attempt =
      [&why](const char* what,
             const std::function<std::optional<geo::Footprint>()>& make) -> std::optional<geo::Footprint> {
    try {
      return make();
    } catch (const Problem& problem) {
      why += std::string(" (") + what + ": " + problem.what() + ")";
      return {};
    }
  };
  const Json* geometry = find(document, "geometry");
  if (const auto polygons = geometry == nullptr ? std::nullopt : polygons_of(*geometry)) {
    if (auto out = attempt("geometry", [&] { return geo::footprint_from_polygons(crs, *polygons); }))
      return out;
  }
  if (!grids.empty()) {
    if (auto out = attempt("grids", [&] { return geo::footprint_from_polygons(crs, outline_of(grids)); }))
      return out;
  }
  auto out = attempt("extent", [&] { return footprint_of_extent(document); });
  if (!out) reasons.add("no geometry, grids or extent to take a footprint from" + why);
  return out;
}

/// Whether every ring has the four positions that GeoJSON asks for.
bool is_geojson(const Json& geometry) {
  constexpr std::size_t least = 4;
  const auto polygons = polygons_of(geometry);
  return polygons && std::ranges::all_of(*polygons, [](const geo::Polygon& polygon) {
           return std::ranges::all_of(polygon, [](const auto& ring) { return ring.size() >= least; });
         });
}

void add_projection(Json& properties, const Json& document, const std::string& crs, const Grids& grids,
                    const geo::Footprint& footprint) {
  const auto epsg = epsg_of(crs);
  properties["proj:epsg"] = epsg ? Json(*epsg) : Json(nullptr);
  if (!epsg) properties["proj:wkt2"] = crs;
  const auto rounded = [](double degrees) { return std::round(degrees * 1e5) / 1e5; };
  const auto grid = grids.find("default");
  if (grid != grids.end()) {
    const auto corners = grid->second.corners();
    const auto [west, east] = std::ranges::minmax(corners, {}, &geo::Point::x);
    const auto [south, north] = std::ranges::minmax(corners, {}, &geo::Point::y);
    properties["proj:shape"] = grid->second.shape;
    properties["proj:transform"] = grid->second.transform;
    properties["proj:bbox"] = {west.x, south.y, east.x, north.y};
  }
  properties["proj:centroid"] = {{"lat", rounded(footprint.centroid.y)},
                                 {"lon", rounded(footprint.centroid.x)}};
  const Json* geometry = find(document, "geometry");
  const bool is_raster =
      geometry != nullptr && grid != grids.end() && *geometry == rectangle(grid->second.corners());
  if (geometry != nullptr && !is_raster && is_geojson(*geometry)) properties["proj:geometry"] = *geometry;
}

/// The path of a measurement or accessory as an href; nothing without one.
std::optional<std::string> href_of(const Json& entry, const std::string& location) {
  std::string href = resolved(location, text(entry, "path"));
  return href.empty() ? std::nullopt : std::optional(std::move(href));
}

Json measurement_asset(const std::string& name, const Json& measurement, const std::string& href,
                       const Grids& grids, std::optional<int> epsg, Reasons& reasons) {
  Json asset = {{"title", name},
                {"href", href},
                {"type", media_type_of(href)},
                {"roles", {"data"}},
                {"eo:bands", Json::array({{{"name", name}}})}};
  const auto grid_name = text(measurement, "grid");
  if (!grid_name.empty() && grid_name != "default") {
    const auto grid = grids.find(grid_name);
    if (grid == grids.end()) {
      reasons.add("measurement " + name + " names the grid " + grid_name + ", which is not there");
    } else {
      asset["proj:shape"] = grid->second.shape;
      asset["proj:transform"] = grid->second.transform;
      if (epsg) asset["proj:epsg"] = *epsg;
    }
    asset["odc:grid"] = grid_name;
  }
  if (const Json* band = find(measurement, "band")) asset["odc:band"] = *band;
  if (const Json* layer = find(measurement, "layer")) asset["odc:layer"] = *layer;
  return asset;
}

Json accessory_asset(const std::string& name, const Json& accessory, const std::string& href) {
  const bool thumbnail = name.starts_with("thumbnail");
  const auto type = text(accessory, "type");
  Json asset = {{"href", href}, {"type", type.empty() ? media_type_of(href) : type}};
  if (thumbnail) asset["title"] = "Thumbnail image";
  asset["roles"] = Json::array({thumbnail ? "thumbnail" : "metadata"});
  return asset;
}

Json assets_of(const DatasetRecord& record, const Grids& grids, Reasons& reasons) {
  Json assets = Json::object();
  const std::string location = record.locations.empty() ? "" : record.locations.front();
  const auto epsg = epsg_of(text(record.document, "crs"));
  const auto each = [&](const char* kind, const auto& make) {
    const Json* entries = find(record.document, kind);
    if (entries == nullptr) return;
    if (!entries->is_object()) return reasons.add(std::string(kind) + " must be an object");
    for (const auto& [name, entry] : entries->items()) {
      if (!entry.is_object()) {
        reasons.add(std::string(kind) + "." + name + " must be an object with a path");
      } else if (const auto href = href_of(entry, location)) {
        assets[assets.contains(name) ? "accessory:" + name : name] = make(name, entry, *href);
      }
    }
  };
  each("measurements", [&](const std::string& name, const Json& entry, const std::string& href) {
    return measurement_asset(name, entry, href, grids, epsg, reasons);
  });
  each("accessories", accessory_asset);
  return assets;
}

Json links_of(const DatasetRecord& record) {
  Json links = Json::array();
  for (const auto& location : record.locations) {
    links.push_back({{"rel", links.empty() ? "canonical" : "duplicate"},
                     {"href", location},
                     {"type", media_type_of(location)},
                     {"title", "Location of the Open Data Cube dataset"}});
  }
  const Json* product = find(record.document, "product");
  const auto href = product == nullptr ? "" : text(*product, "href");
  if (!href.empty()) {
    links.push_back({{"rel", "product_overview"}, {"href", href}, {"title", "ODC Product Overview"}});
  }
  return links;
}

/// Whether a text of moderate length matches: std::regex recurses with every character.
bool is_like(const Json& value, const std::regex& pattern) {
  constexpr std::size_t longest = 200;
  const auto* const given = value.get_ptr<const std::string*>();
  return given != nullptr && given->size() <= longest && std::regex_match(*given, pattern);
}

/// An extension is declared when a property has its prefix and all that have it pass its schema.
struct Extension {
  std::string_view name, prefix;
  std::vector<std::string> required;
  bool (*passes)(const std::string& name, const Json& value);
};

bool passes_eo(const std::string& name, const Json& value) {
  return (name == "eo:cloud_cover" || name == "eo:snow_cover") && is_between(value, 0, 100);
}

bool passes_view(const std::string& name, const Json& value) {
  if (name == "view:sun_elevation") return is_between(value, -90, 90);
  if (name == "view:off_nadir" || name == "view:incidence_angle") return is_between(value, 0, 90);
  return (name == "view:azimuth" || name == "view:sun_azimuth") && is_between(value, 0, 360);
}

bool passes_landsat(const std::string& name, const Json& value) {
  static const std::map<std::string, std::regex> patterns = {
      {"landsat:scene_id", std::regex(R"(L[CEMOT][1-9]\d{3}\d{3}\d{7}[A-Z]{3}\d\d)")},
      {"landsat:collection_category", std::regex("A1|A2|T1|T2|RT")},
      {"landsat:collection_number", std::regex("01|02")},
      {"landsat:wrs_type", std::regex("1|2")},
      {"landsat:wrs_path", std::regex(R"(00[1-9]|0[1-9]\d|1\d\d|2[0-2]\d|23[0-3])")},
      {"landsat:wrs_row", std::regex(R"(00[1-9]|0[1-9]\d|1\d\d|2[0-3]\d|24[0-8])")},
      {"landsat:correction", std::regex("L1TP|L1GT|L1GS|L2SR|L2SP")}};
  if (name == "landsat:cloud_cover_land") return is_between(value, -1, 100);
  if (name == "landsat:product_generated")
    return value.is_string() && parse_rfc3339(value.get<std::string>());
  const auto pattern = patterns.find(name);
  return pattern == patterns.end() || is_like(value, pattern->second);
}

bool passes_grid(const std::string& name, const Json& value) {
  static const std::regex code("[A-Z0-9]+-[-_.A-Za-z0-9]+");
  return name == "grid:code" && is_like(value, code);
}

bool passes_scientific(const std::string& name, const Json& value) {
  static const std::regex doi(R"(10\.[0-9a-zA-Z]{4,}/[^\s]+)");
  if (name == "sci:doi") return is_like(value, doi);
  return name == "sci:citation" && value.is_string();
}

bool passes_accuracy(const std::string& name, const Json& value) {
  static const std::set<std::string> known = {
      "accuracy:geometric_x_bias",   "accuracy:geometric_y_bias",     "accuracy:geometric_x_stddev",
      "accuracy:geometric_y_stddev", "accuracy:measurement_relative", "accuracy:measurement_absolute",
      "accuracy:geometric_rmse"};
  const bool is_rmse = name == "accuracy:geometric_rmse";
  return known.contains(name) && value.is_number() && (!is_rmse || value.get<double>() >= 0);
}

Json extensions_of(const Json& properties, bool has_bands) {
  static const std::vector<Extension> known = {
      {"eo/v1.1.0", "eo:", {}, passes_eo},
      {"view/v1.0.0", "view:", {}, passes_view},
      {"landsat/v2.0.0",
       "landsat:",
       {"landsat:scene_id", "landsat:collection_category", "landsat:collection_number", "landsat:wrs_type",
        "landsat:wrs_path", "landsat:wrs_row", "landsat:cloud_cover_land", "landsat:correction"},
       passes_landsat},
      {"grid/v1.1.0", "grid:", {}, passes_grid},
      {"scientific/v1.0.0", "sci:", {}, passes_scientific},
      {"accuracy/v1.0.0-beta.1", "accuracy:", {}, passes_accuracy}};
  Json extensions = Json::array({extension_url("projection/v1.1.0")});
  for (const auto& extension : known) {
    bool used = extension.prefix == "eo:" && has_bands;
    bool passes = std::ranges::all_of(
        extension.required, [&properties](const std::string& name) { return properties.contains(name); });
    for (const auto& [name, value] : properties.items()) {
      if (!name.starts_with(extension.prefix)) continue;
      used = true;
      passes = passes && extension.passes(name, value);
    }
    if (used && passes) extensions.push_back(extension_url(extension.name));
  }
  return extensions;
}

void check_crs(const std::string& crs, Reasons& reasons) {
  if (crs.empty()) return reasons.add("it has no crs");
  if (!geo::is_known_crs(crs)) reasons.add("its crs is neither a known EPSG code nor WKT that PROJ reads");
}

}  // namespace

Json item_from_dataset(const DatasetRecord& record) {
  Reasons reasons("NoItemForm", "the dataset has no STAC form: ");
  const Json& document = record.document;
  refuse_wide(document, {"properties", "grids", "measurements", "accessories"}, reasons);
  reasons.throw_if_any();
  if (text(document, "$schema") != eo3_schema) reasons.add(std::string("its $schema is not ") + eo3_schema);
  const auto crs = text(document, "crs");
  check_crs(crs, reasons);
  const auto grids = grids_of(document, reasons);
  Properties properties(document, reasons);
  Json assets = assets_of(record, grids, reasons);
  auto footprint = footprint_of(document, crs, grids, reasons);
  reasons.throw_if_any();

  Json& out = properties.out();
  const Json* product = find(document, "product");
  const auto product_name = product == nullptr ? "" : text(*product, "name");
  if (!product_name.empty()) out["odc:product"] = product_name;
  for (const auto& [classifier, source] : record.sources) {
    out["odc:lineage"][classifier] = Json::array({source});
  }
  add_projection(out, document, crs, grids, *footprint);

  const Bbox& box = footprint->bbox;
  const Json* measurements = find(document, "measurements");
  Json item;
  item["type"] = "Feature";
  item["stac_version"] = "1.0.0";
  item["stac_extensions"] = extensions_of(out, measurements != nullptr && !measurements->empty());
  item["id"] = record.item_id;
  item["collection"] = record.collection;
  item["geometry"] = std::move(footprint->geometry);
  item["bbox"] = {box.west, box.south, box.east, box.north};
  item["properties"] = std::move(out);
  item["links"] = links_of(record);
  item["assets"] = std::move(assets);
  return item;
}

}  // namespace hayden::odc
