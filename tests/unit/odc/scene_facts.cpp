#include "scene_facts.hpp"

#include <algorithm>
#include <array>

namespace hayden::odc::test {
namespace {

constexpr auto wkt =
    R"(PROJCS["Around Hayden Island",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],)"
    R"(PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Lambert_Azimuthal_Equal_Area"],)"
    R"(PARAMETER["latitude_of_center",45.6],PARAMETER["longitude_of_center",-122.7],PARAMETER["false_easting",0],)"
    R"(PARAMETER["false_northing",0],UNIT["metre",1]])";

/// A CRS with the upper left corner and the size of pixel of a scene that lies well within it.
struct Place {
  std::string crs;
  double x, y, pixel;
};

const std::vector<Place>& places() {
  static const std::vector<Place> all = {
      {"epsg:32610", 451485, 5214315, 30},   // Oregon
      {"epsg:32755", 641985, 6285415, 30},   // southern UTM
      {"epsg:32655", 641985, -3714585, 30},  // the south in a northern zone
      {"epsg:32601", 240000, 5800000, 30},   // crosses the antimeridian
      {"epsg:3031", -1500000, -300000, 30},  // Antarctica
      {"epsg:3995", 100000, -900000, 30},    // Arctic
      {"epsg:3577", -1500000, -4000000, 25}, {"epsg:6933", 1200000, 6000000, 10},
      {"epsg:4326", 147.25, -35.5, 0.00025}, {wkt, -120000, 130000, 30}};
  return all;
}

class Draw {
 public:
  explicit Draw(std::mt19937& random) : random_(random) {}

  int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }
  bool one_in(int n) { return below(n) == 0; }
  template <class Range>
  const auto& of(const Range& range) {
    return range[static_cast<std::size_t>(below(static_cast<int>(range.size())))];
  }
  template <class T, std::size_t n>
  const T& of(const T (&range)[n]) {
    return range[static_cast<std::size_t>(below(static_cast<int>(n)))];
  }
  double between(double low, double high) { return low + (high - low) * below(1 << 20) / (1 << 20); }
  std::string time(int year) {
    return std::to_string(year) + "-0" + std::to_string(1 + below(9)) + "-1" + std::to_string(below(10)) +
           "T0" + std::to_string(below(10)) + ":2" + std::to_string(below(10)) + ":30" +
           (one_in(2) ? ".250000Z" : "Z");
  }
  std::string uuid() {
    std::string out;
    for (int i = 0; i < 32; ++i) {
      if (i == 8 || i == 12 || i == 16 || i == 20) out += '-';
      out += "0123456789abcdef"[below(16)];
    }
    return out;
  }

 private:
  std::mt19937& random_;
};

Json draw_transform(Draw& draw, const Place& place) {
  const double pixel = place.pixel * draw.of({0.5, 1.0, 2.0});
  const double shear = draw.one_in(5) ? pixel / 8 : 0;
  return Json::array({pixel, shear, place.x, shear, -pixel, place.y});
}

Json draw_shape(Draw& draw) { return Json::array({500 + draw.below(7000), 500 + draw.below(7000)}); }

constexpr const char* measurement_names[] = {"red",      "nbart_green", "röd",      "波段",   "a b",
                                             "band:1",   "x/y",         "oa_fmask", "B8A",    "übersicht",
                                             "thumb-up", "😀",          "default",  "visual", "qa.pixel"};
constexpr const char* accessory_names[] = {"thumbnail:nbart", "metadata:mtl", "checksum:sha1", "thumbnail",
                                           "métadonnées"};
constexpr const char* other_properties[] = {"odc:region_code",      "eo:cloud_cover",   "fmask:clear",
                                            "dea:dataset_maturity", "gqa:abs_x",        "landsat:wrs_path",
                                            "description",          "sentinel:ünïcode", "odc:producer"};

Json draw_value(Draw& draw, const std::string& name) {
  if (name == "eo:cloud_cover") return draw.between(0, 100);
  if (name == "description" || name.starts_with("odc:") || name.starts_with("dea:")) {
    return std::string(draw.of({"final", "Überfahrt 漢", "x y", "090084"}));
  }
  switch (draw.below(5)) {
    case 0:
      return draw.below(1000);
    case 1:
      return draw.between(-1, 1);
    case 2:
      return draw.one_in(2);
    case 3:
      return Json::array({1, "zwei", nullptr});
    default:
      return Json{{"deep", {{"er", draw.below(9)}}}};
  }
}

void draw_properties(Draw& draw, Origin origin, Facts& facts) {
  facts["datetime"] = draw.time(2019);
  facts["created"] = draw.time(2021);
  facts["odc:file_format"] = std::string(draw.of({"GeoTIFF", "NetCDF"}));
  if (!draw.one_in(3)) {
    facts["start"] = draw.time(2018);
    facts["end"] = draw.time(2020);
  }
  if (!draw.one_in(4)) facts["platform"] = std::string(draw.of({"landsat-8", "sentinel-2a", "НЛО"}));
  if (draw.one_in(2)) facts["constellation"] = "sentinel-2";
  if (!draw.one_in(4)) facts["gsd"] = draw.of({0.5, 10.0, 30.0});
  if (!draw.one_in(4)) {
    facts["instruments"] = draw.one_in(2) ? Json::array({"oli", "tirs"}) : Json::array({"msi"});
    // No code of EO3 stands for these, so only an Item can have brought them.
    if (origin == Origin::stac && draw.one_in(2)) {
      facts["instruments"] = draw.one_in(2) ? Json::array({"etm+"}) : Json::array({"c-sar", "Odd_Name"});
    }
  }
  if (draw.one_in(2)) facts["off nadir"] = draw.between(0, 90);
  if (draw.one_in(2)) facts["azimuth"] = draw.between(0, 360);
  if (draw.one_in(2)) facts["sun azimuth"] = draw.between(0, 360);
  if (draw.one_in(2)) facts["sun elevation"] = draw.between(-90, 90);
  for (const std::string name : other_properties) {
    if (draw.one_in(2)) facts["property " + name] = draw_value(draw, name);
  }
}

void draw_bands(Draw& draw, const Place& place, const std::string& folder, Facts& facts) {
  facts["default shape"] = draw_shape(draw);
  facts["default transform"] = draw_transform(draw, place);
  std::vector<Json> grids;
  for (int i = draw.below(4); i > 0; --i) {
    grids.push_back({{"shape", draw_shape(draw)}, {"transform", draw_transform(draw, place)}});
  }
  for (const std::string name : measurement_names) {
    if (!draw.one_in(3)) continue;
    const std::string prefix = "measurement " + name + " ";
    facts[prefix + "href"] = (draw.one_in(6) ? "https://elsewhere.example/x/" : folder) +
                             draw.of({"B1.TIF", "Ünter/B 2.tif", "all.nc", "deep/er/raster.jp2", "odd.img"});
    const int grid = draw.below(static_cast<int>(grids.size()) + 1);
    const bool own = grid > 0;
    const auto& of_grid = own ? grids[static_cast<std::size_t>(grid - 1)] : Json();
    facts[prefix + "shape"] = own ? of_grid["shape"] : facts["default shape"];
    facts[prefix + "transform"] = own ? of_grid["transform"] : facts["default transform"];
    if (draw.one_in(4)) facts[prefix + "band"] = 1 + draw.below(9);
    if (draw.one_in(4)) facts[prefix + "layer"] = std::string(draw.of({"rot", "/group/red", "0"}));
  }
  for (const std::string name : accessory_names) {
    if (!draw.one_in(2)) continue;
    const bool thumbnail = name.starts_with("thumbnail");
    facts["accessory " + name + " href"] = folder + (thumbnail ? "thumb.jpg" : "MTL.txt");
    facts["accessory " + name + " type"] =
        draw.one_in(3) ? "application/x-odd" : (thumbnail ? "image/jpeg" : "text/plain");
  }
}

/// A polygon within the default grid, in the CRS.
Json draw_geometry(Draw& draw, const Facts& facts) {
  const Json& transform = facts.at("default transform");
  const Json& shape = facts.at("default shape");
  const auto at = [&](double across, double down) {
    const double pixel = across * shape[1].get<double>();
    const double line = down * shape[0].get<double>();
    return Json::array(
        {transform[0].get<double>() * pixel + transform[1].get<double>() * line + transform[2].get<double>(),
         transform[3].get<double>() * pixel + transform[4].get<double>() * line +
             transform[5].get<double>()});
  };
  const double off = draw.between(0.01, 0.3);
  Json rings = Json::array({{at(off, 0), at(1, off), at(1 - off, 1), at(0, 1 - off), at(off, 0)}});
  if (draw.one_in(3)) rings.push_back({at(0.4, 0.4), at(0.6, 0.4), at(0.5, 0.6), at(0.4, 0.4)});
  return {{"type", "Polygon"}, {"coordinates", std::move(rings)}};
}

const std::vector<std::pair<const char*, std::pair<const char*, const char*>>>& property_names() {
  static const std::vector<std::pair<const char*, std::pair<const char*, const char*>>> names = {
      {"datetime", {"datetime", "datetime"}},
      {"start", {"dtr:start_datetime", "start_datetime"}},
      {"end", {"dtr:end_datetime", "end_datetime"}},
      {"created", {"odc:processing_datetime", "created"}},
      {"odc:file_format", {"odc:file_format", "odc:file_format"}},
      {"platform", {"eo:platform", "platform"}},
      {"constellation", {"eo:constellation", "constellation"}},
      {"gsd", {"eo:gsd", "gsd"}},
      {"off nadir", {"eo:off_nadir", "view:off_nadir"}},
      {"azimuth", {"eo:azimuth", "view:azimuth"}},
      {"sun azimuth", {"eo:sun_azimuth", "view:sun_azimuth"}},
      {"sun elevation", {"eo:sun_elevation", "view:sun_elevation"}}};
  return names;
}

/// The names of measurements or accessories that the facts tell of.
std::vector<std::string> names_of(const Facts& facts, const std::string& kind) {
  std::vector<std::string> names;
  for (const auto& [name, value] : facts) {
    if (name.starts_with(kind + " ") && name.ends_with(" href")) {
      names.push_back(name.substr(kind.size() + 1, name.size() - kind.size() - 6));
    }
  }
  return names;
}

void copy(Json& to, const char* name, const Facts& facts, const std::string& fact) {
  if (const auto found = facts.find(fact); found != facts.end()) to[name] = found->second;
}

std::string folder_of(const std::string& location) { return location.substr(0, location.rfind('/') + 1); }

Json eo3_measurement(const Scene& scene, const std::string& name, Json& grids) {
  const std::string prefix = "measurement " + name + " ";
  const auto href = scene.facts.at(prefix + "href").get<std::string>();
  const auto folder = folder_of(scene.locations.front());
  Json out = {{"path", href.starts_with(folder) ? href.substr(folder.size()) : href}};
  const Json& shape = scene.facts.at(prefix + "shape");
  Json transform = scene.facts.at(prefix + "transform");
  for (const int each : {0, 0, 1}) transform.push_back(each);
  const Json grid = {{"shape", shape}, {"transform", transform}};
  if (grid != grids["default"]) {
    std::string known = "g" + std::to_string(grids.size());
    for (const auto& [each, value] : grids.items()) {
      if (value == grid) known = each;
    }
    grids[known] = grid;
    out["grid"] = known;
  }
  copy(out, "band", scene.facts, prefix + "band");
  copy(out, "layer", scene.facts, prefix + "layer");
  return out;
}

Json write_dataset(const Scene& scene) {
  const Facts& facts = scene.facts;
  Json document;
  document["$schema"] = "https://schemas.opendatacube.org/dataset";
  copy(document, "id", facts, "id");
  copy(document, "label", facts, "title");
  copy(document["product"], "name", facts, "product");
  copy(document["product"], "href", facts, "product href");
  copy(document, "crs", facts, "crs");
  copy(document, "geometry", facts, "geometry");
  Json transform = facts.at("default transform");
  for (const int each : {0, 0, 1}) transform.push_back(each);
  Json& grids = document["grids"];
  grids["default"] = {{"shape", facts.at("default shape")}, {"transform", transform}};
  Json& properties = document["properties"];
  for (const auto& [fact, names] : property_names()) copy(properties, names.first, facts, fact);
  if (const auto instruments = facts.find("instruments"); instruments != facts.end()) {
    properties["eo:instrument"] = instruments->second.size() == 2 ? "OLI_TIRS" : "MSI";
  }
  for (const auto& [fact, value] : facts) {
    if (fact.starts_with("property ")) properties[fact.substr(9)] = value;
  }
  document["measurements"] = Json::object();
  for (const auto& name : names_of(facts, "measurement")) {
    document["measurements"][name] = eo3_measurement(scene, name, document["grids"]);
  }
  const auto folder = folder_of(scene.locations.front());
  for (const auto& name : names_of(facts, "accessory")) {
    Json& accessory = document["accessories"][name];
    accessory["path"] = facts.at("accessory " + name + " href").get<std::string>().substr(folder.size());
    copy(accessory, "type", facts, "accessory " + name + " type");
  }
  document["lineage"] = {{"source_datasets", Json::object()}};
  return document;
}

Json write_item(const Scene& scene) {
  const Facts& facts = scene.facts;
  Json item = {{"type", "Feature"}, {"stac_version", "1.0.0"}, {"collection", "a-collection"}};
  copy(item, "id", facts, "id");
  item["geometry"] = nullptr;
  Json& properties = item["properties"];
  for (const auto& [fact, names] : property_names()) copy(properties, names.second, facts, fact);
  for (const auto& [fact, value] : facts) {
    if (fact.starts_with("property ")) properties[fact.substr(9)] = value;
  }
  copy(properties, "title", facts, "title");
  copy(properties, "instruments", facts, "instruments");
  copy(properties, "odc:product", facts, "product");
  copy(properties, "proj:shape", facts, "default shape");
  copy(properties, "proj:transform", facts, "default transform");
  copy(properties, "proj:geometry", facts, "geometry");
  const auto crs = facts.at("crs").get<std::string>();
  if (crs.starts_with("epsg:")) {
    properties["proj:epsg"] = std::stoi(crs.substr(5));
  } else {
    properties["proj:epsg"] = nullptr;
    properties["proj:wkt2"] = crs;
  }
  for (const auto& [classifier, id] : scene.sources)
    properties["odc:lineage"][classifier] = Json::array({id});
  item["links"] = Json::array({{{"rel", "canonical"}, {"href", scene.locations.front()}}});
  if (facts.contains("product href")) {
    item["links"].push_back({{"rel", "product_overview"}, {"href", facts.at("product href")}});
  }
  item["assets"] = Json::object();
  for (const auto& name : names_of(facts, "measurement")) {
    const std::string prefix = "measurement " + name + " ";
    Json& asset = item["assets"][name];
    copy(asset, "href", facts, prefix + "href");
    asset["type"] = "image/tiff; application=geotiff";
    asset["roles"] = Json::array({"data"});
    if (facts.at(prefix + "transform") != facts.at("default transform") ||
        facts.at(prefix + "shape") != facts.at("default shape")) {
      copy(asset, "proj:shape", facts, prefix + "shape");
      copy(asset, "proj:transform", facts, prefix + "transform");
    }
    copy(asset, "odc:band", facts, prefix + "band");
    copy(asset, "odc:layer", facts, prefix + "layer");
  }
  for (const auto& name : names_of(facts, "accessory")) {
    Json& asset = item["assets"][name];
    copy(asset, "href", facts, "accessory " + name + " href");
    copy(asset, "type", facts, "accessory " + name + " type");
    asset["roles"] = Json::array({name.starts_with("thumbnail") ? "thumbnail" : "metadata"});
  }
  return item;
}

/// What is left when everything that has a name of its own is taken away.
void read_others(Json properties, const std::vector<std::string>& known, Facts& facts) {
  for (const auto& name : known) properties.erase(name);
  for (const auto& [name, value] : properties.items()) {
    if (!name.starts_with("proj:")) facts["property " + name] = value;
  }
}

void copy(Facts& facts, const std::string& fact, const Json& from, const char* name) {
  if (from.contains(name) && !from[name].is_null()) facts[fact] = from[name];
}

Json first_six(const Json& transform) {
  Json out = Json::array();
  for (std::size_t i = 0; i < 6; ++i) out.push_back(transform.at(i));
  return out;
}

std::string media_type(const std::string& path) {
  return path.ends_with(".jpg") ? "image/jpeg" : path.ends_with(".txt") ? "text/plain" : "";
}

std::string href_of(const std::string& location, const std::string& path) {
  return path.find("://") == std::string::npos ? folder_of(location) + path : path;
}

}  // namespace

Scene draw_scene(std::mt19937& random, Origin origin) {
  Draw draw(random);
  Scene scene;
  Facts& facts = scene.facts;
  const Place& place = draw.of(places());
  scene.locations = {draw.of({"s3://bucket/a/b/doc.odc-metadata.yaml", "file:///data/übung/x/doc.yaml",
                              "https://host.example:8080/p/scene.json?sig=a/b"})};
  if (scene.locations.front().find('?') != std::string::npos)
    scene.locations.front() = "https://h.example/p/s.json";
  facts["id"] = draw.uuid();
  facts["title"] = std::string(draw.of({"LC08_2020", "ga_s2am_ard_3-2-1_56JKT", "Überfahrt №5"}));
  facts["product"] = std::string(draw.of({"ga_ls8c_ard_3", "s2_l2a"}));
  if (draw.one_in(2)) facts["product href"] = "https://explorer.example/product/x";
  facts["crs"] = place.crs;
  draw_properties(draw, origin, facts);
  draw_bands(draw, place, folder_of(scene.locations.front()), facts);
  if (draw.one_in(2)) facts["geometry"] = draw_geometry(draw, facts);
  for (const char* classifier : {"level1", "ard", "qualität"}) {
    if (!draw.one_in(3)) continue;
    scene.sources[classifier] = draw.uuid();
    facts[std::string("source ") + classifier] = scene.sources[classifier];
  }
  scene.document = origin == Origin::eo3 ? write_dataset(scene) : write_item(scene);
  return scene;
}

Facts facts_of_dataset(const Json& document, const std::vector<std::string>& locations,
                       const std::map<std::string, std::string>& sources) {
  Facts facts;
  copy(facts, "id", document, "id");
  copy(facts, "title", document, "label");
  copy(facts, "product", document.at("product"), "name");
  copy(facts, "product href", document.at("product"), "href");
  copy(facts, "crs", document, "crs");
  copy(facts, "geometry", document, "geometry");
  const Json& grids = document.at("grids");
  facts["default shape"] = grids.at("default").at("shape");
  facts["default transform"] = first_six(grids.at("default").at("transform"));
  const Json& properties = document.at("properties");
  std::vector<std::string> known = {"eo:instrument", "instruments"};
  for (const auto& [fact, names] : property_names()) {
    copy(facts, fact, properties, names.first);
    known.emplace_back(names.first);
  }
  const auto code = properties.value("eo:instrument", std::string());
  if (code == "OLI_TIRS") facts["instruments"] = Json::array({"oli", "tirs"});
  if (code == "MSI") facts["instruments"] = Json::array({"msi"});
  copy(facts, "instruments", properties, "instruments");
  read_others(properties, known, facts);
  for (const auto& [name, measurement] : document.at("measurements").items()) {
    const std::string prefix = "measurement " + name + " ";
    facts[prefix + "href"] = href_of(locations.front(), measurement.at("path").get<std::string>());
    const Json& grid = grids.at(measurement.value("grid", "default"));
    facts[prefix + "shape"] = grid.at("shape");
    facts[prefix + "transform"] = first_six(grid.at("transform"));
    copy(facts, prefix + "band", measurement, "band");
    copy(facts, prefix + "layer", measurement, "layer");
  }
  const Json accessories = document.value("accessories", Json::object());
  for (const auto& [name, accessory] : accessories.items()) {
    const auto href = href_of(locations.front(), accessory.at("path").get<std::string>());
    facts["accessory " + name + " href"] = href;
    facts["accessory " + name + " type"] = accessory.value("type", media_type(href));
  }
  for (const auto& [classifier, id] : sources) facts["source " + classifier] = id;
  return facts;
}

Facts facts_of_item(const Json& item) {
  Facts facts;
  copy(facts, "id", item, "id");
  const Json& properties = item.at("properties");
  copy(facts, "title", properties, "title");
  copy(facts, "product", properties, "odc:product");
  for (const auto& link : item.at("links")) {
    if (link.at("rel") == "product_overview") facts["product href"] = link.at("href");
  }
  facts["crs"] = properties.at("proj:epsg").is_null() ? properties.at("proj:wkt2")
                                                      : Json("epsg:" + properties.at("proj:epsg").dump());
  copy(facts, "geometry", properties, "proj:geometry");
  copy(facts, "default shape", properties, "proj:shape");
  facts["default transform"] = first_six(properties.at("proj:transform"));
  copy(facts, "instruments", properties, "instruments");
  std::vector<std::string> known = {"instruments", "title", "odc:product", "odc:lineage"};
  for (const auto& [fact, names] : property_names()) {
    copy(facts, fact, properties, names.second);
    known.emplace_back(names.second);
  }
  read_others(properties, known, facts);
  for (const auto& [name, asset] : item.at("assets").items()) {
    const bool is_data = asset.at("roles") == Json::array({"data"});
    const std::string prefix = (is_data ? "measurement " : "accessory ") + name + " ";
    copy(facts, prefix + "href", asset, "href");
    if (!is_data) {
      copy(facts, prefix + "type", asset, "type");
      continue;
    }
    facts[prefix + "shape"] = asset.value("proj:shape", properties.at("proj:shape"));
    facts[prefix + "transform"] = first_six(asset.value("proj:transform", properties.at("proj:transform")));
    copy(facts, prefix + "band", asset, "odc:band");
    copy(facts, prefix + "layer", asset, "odc:layer");
  }
  if (properties.contains("odc:lineage")) {
    for (const auto& [classifier, ids] : properties.at("odc:lineage").items())
      facts["source " + classifier] = ids.at(0);
  }
  return facts;
}

}  // namespace hayden::odc::test
