#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "core/problem.hpp"
#include "odc/dataset.hpp"

namespace hayden::odc {
namespace {

using Names = std::vector<std::string>;

enum class Sensor { oli_tirs, oli, tirs, etm, tm, mss };

/// What tells one product from another.
struct Kind {
  std::string name;
  int level;
  Sensor sensor;
  bool temperature;  ///< level 2 with surface temperature
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {{"landsat_c2_l1_oli_tirs", 1, Sensor::oli_tirs, false},
                                        {"landsat_c2_l1_oli", 1, Sensor::oli, false},
                                        {"landsat_c2_l1_tirs", 1, Sensor::tirs, false},
                                        {"landsat_c2_l1_etm", 1, Sensor::etm, false},
                                        {"landsat_c2_l1_tm", 1, Sensor::tm, false},
                                        {"landsat_c2_l1_mss", 1, Sensor::mss, false},
                                        {"landsat_c2_l2_oli_tirs", 2, Sensor::oli_tirs, true},
                                        {"landsat_c2_l2_oli_tirs_sr", 2, Sensor::oli_tirs, false},
                                        {"landsat_c2_l2_oli", 2, Sensor::oli, false},
                                        {"landsat_c2_l2_etm", 2, Sensor::etm, true},
                                        {"landsat_c2_l2_etm_sr", 2, Sensor::etm, false},
                                        {"landsat_c2_l2_tm", 2, Sensor::tm, true},
                                        {"landsat_c2_l2_tm_sr", 2, Sensor::tm, false}};
  return all;
}

std::string sensor_title(Sensor sensor) {
  switch (sensor) {
    case Sensor::oli_tirs:
      return "Landsat 8-9 OLI/TIRS";
    case Sensor::oli:
      return "Landsat 8-9 OLI without TIRS";
    case Sensor::tirs:
      return "Landsat 8-9 TIRS without OLI";
    case Sensor::etm:
      return "Landsat 7 ETM+";
    case Sensor::tm:
      return "Landsat 4-5 TM";
    case Sensor::mss:
      break;
  }
  return "Landsat 1-5 MSS";
}

std::string product_description(const Kind& kind) {
  const std::string title =
      sensor_title(kind.sensor) + ", USGS Collection 2 Level-" + std::to_string(kind.level);
  if (kind.level == 1) return title + ": digital numbers";
  return title + (kind.temperature ? ": surface reflectance and temperature" : ": surface reflectance only");
}

struct Scale {
  double factor = 1, offset = 0;
};

Json measurement(const std::string& name, const char* dtype, int nodata, const char* units,
                 const Names& aliases, std::optional<Scale> scale = {}) {
  Json out = {{"name", name}, {"dtype", dtype}, {"nodata", nodata}, {"units", units}};
  if (!aliases.empty()) out["aliases"] = aliases;
  if (scale) {
    out["scale_factor"] = scale->factor;
    if (scale->offset != 0) out["add_offset"] = scale->offset;
  }
  return out;
}

struct Band {
  std::string number;
  std::string name;
  Names aliases;
};

/// Reflective bands that level 2 has too.
std::vector<Band> reflective_bands(Sensor sensor) {
  switch (sensor) {
    case Sensor::oli_tirs:
    case Sensor::oli:
      return {{"1", "coastal", {"coastal_aerosol"}},
              {"2", "blue", {}},
              {"3", "green", {}},
              {"4", "red", {}},
              {"5", "nir08", {"nir"}},
              {"6", "swir16", {"swir_1"}},
              {"7", "swir22", {"swir_2"}}};
    case Sensor::etm:
    case Sensor::tm:
      return {{"1", "blue", {}},       {"2", "green", {}},          {"3", "red", {}},
              {"4", "nir08", {"nir"}}, {"5", "swir16", {"swir_1"}}, {"7", "swir22", {"swir_2"}}};
    case Sensor::mss:  // numbered 1 to 4 or 4 to 7, so no aliases by number
      return {{"", "green", {}}, {"", "red", {}}, {"", "nir08", {"nir_1"}}, {"", "nir09", {"nir_2"}}};
    case Sensor::tirs:
      break;
  }
  return {};
}

std::vector<Band> level1_only_bands(Sensor sensor) {
  std::vector<Band> oli = {{"8", "pan", {"panchromatic"}}, {"9", "cirrus", {}}};
  std::vector<Band> tirs = {{"10", "lwir11", {"lwir_1"}}, {"11", "lwir12", {"lwir_2"}}};
  switch (sensor) {
    case Sensor::oli_tirs:
      return {oli[0], oli[1], tirs[0], tirs[1]};
    case Sensor::oli:
      return oli;
    case Sensor::tirs:
      return tirs;
    case Sensor::etm:
      return {{"6_vcid_1", "lwir", {"tir_1"}},
              {"6_vcid_2", "lwir_high", {"tir_2"}},
              {"8", "pan", {"panchromatic"}}};
    case Sensor::tm:
      return {{"6", "lwir", {"tir"}}};
    case Sensor::mss:
      break;
  }
  return {};
}

bool is_oli_or_tirs(Sensor sensor) {
  return sensor == Sensor::oli_tirs || sensor == Sensor::oli || sensor == Sensor::tirs;
}

Json flag(Json bits, Json values, const char* description) {
  return {{"bits", std::move(bits)}, {"values", std::move(values)}, {"description", description}};
}

Json yes_or_no(int bit, const char* description) {
  return flag(bit, {{"0", false}, {"1", true}}, description);
}

/// The USGS calls the value 2 of all but the cloud's confidence reserved.
Json confidence(int first_bit, const char* second, const char* description) {
  return flag(Json::array({first_bit, first_bit + 1}),
              {{"0", "none"}, {"1", "low"}, {"2", second}, {"3", "high"}}, description);
}

Json pixel_flags(Sensor sensor) {
  Json flags;
  flags["fill"] = yes_or_no(0, "No data");
  if (sensor == Sensor::mss) {
    flags["cloud"] = yes_or_no(3, "Cloud, with high confidence");
    flags["cloud_confidence"] = confidence(8, "reserved", "Confidence in cloud");
    return flags;
  }
  flags["dilated_cloud"] = yes_or_no(1, "Next to a cloud");
  if (is_oli_or_tirs(sensor)) flags["cirrus"] = yes_or_no(2, "Cirrus, with high confidence");
  flags["cloud"] = yes_or_no(3, "Cloud, with high confidence");
  flags["cloud_shadow"] = yes_or_no(4, "Cloud shadow, with high confidence");
  flags["snow"] = yes_or_no(5, "Snow or ice, with high confidence");
  flags["clear"] = yes_or_no(6, "Neither cloud nor dilated cloud");
  flags["water"] = yes_or_no(7, "Water");
  flags["cloud_confidence"] = confidence(8, "medium", "Confidence in cloud");
  flags["cloud_shadow_confidence"] = confidence(10, "reserved", "Confidence in cloud shadow");
  flags["snow_confidence"] = confidence(12, "reserved", "Confidence in snow or ice");
  if (is_oli_or_tirs(sensor)) flags["cirrus_confidence"] = confidence(14, "reserved", "Confidence in cirrus");
  return flags;
}

void add_pixel_quality(Json& out, Sensor sensor) {
  Json pixel = measurement("qa_pixel", "uint16", 1, "bit_index", {"pixel_quality", "quality"});
  pixel["flags_definition"] = pixel_flags(sensor);
  out.push_back(std::move(pixel));
  out.push_back(measurement("qa_radsat", "uint16", 0, "bit_index", {"radiometric_saturation"}));
}

/// Digital numbers: their scale to radiance differs from scene to scene.
void add_level1_bands(Json& out, Sensor sensor) {
  const char* dtype = is_oli_or_tirs(sensor) ? "uint16" : "uint8";
  for (const auto& bands : {reflective_bands(sensor), level1_only_bands(sensor)}) {
    for (const Band& band : bands) {
      Names aliases = band.aliases;
      if (!band.number.empty()) aliases.push_back("band_" + band.number);
      out.push_back(measurement(band.name, dtype, 0, "1", aliases));
    }
  }
}

void add_angles(Json& out) {
  const std::pair<const char*, const char*> angles[] = {
      {"VAA", "view_azimuth"}, {"VZA", "view_zenith"}, {"SAA", "solar_azimuth"}, {"SZA", "solar_zenith"}};
  for (const auto& [name, alias] : angles) {
    out.push_back(measurement(name, "int16", 0, "degree", {alias}, Scale{.factor = 0.01}));
  }
}

void add_reflectance(Json& out, Sensor sensor) {
  for (const Band& band : reflective_bands(sensor)) {
    Names aliases = band.aliases;
    aliases.push_back("band_" + band.number);
    aliases.push_back("sr_b" + band.number);
    out.push_back(
        measurement(band.name, "uint16", 0, "1", aliases, Scale{.factor = 2.75e-05, .offset = -0.2}));
  }
  if (is_oli_or_tirs(sensor)) {
    out.push_back(measurement("qa_aerosol", "uint8", 1, "bit_index", {}));
    return;
  }
  out.push_back(measurement("atmos_opacity", "int16", -9999, "1", {}, Scale{.factor = 0.001}));
  out.push_back(measurement("cloud_qa", "uint8", 0, "bit_index", {"qa_cloud"}));
}

void add_temperature(Json& out, Sensor sensor) {
  const bool tirs = sensor == Sensor::oli_tirs;
  const auto add = [&out](const char* name, double factor, const char* units, const char* alias) {
    out.push_back(measurement(name, "int16", -9999, units, {alias}, Scale{.factor = factor}));
  };
  constexpr auto radiance = "W/(m2.sr.um)";
  out.push_back(measurement(tirs ? "lwir11" : "lwir", "uint16", 0, "kelvin",
                            {"surface_temperature", tirs ? "band_10" : "band_6", tirs ? "st_b10" : "st_b6"},
                            Scale{.factor = 0.00341802, .offset = 149.0}));
  add("atran", 0.0001, "1", "atmos_transmittance");
  add("cdist", 0.01, "kilometer", "cloud_distance");
  add("drad", 0.001, radiance, "downwell_radiance");
  add("urad", 0.001, radiance, "upwell_radiance");
  add("trad", 0.001, radiance, "thermal_radiance");
  add("emis", 0.0001, "1", "emissivity");
  add("emsd", 0.0001, "1", "emissivity_stdev");
  add("qa", 0.01, "kelvin", "qa_temperature");
}

Json measurements_of(const Kind& kind) {
  Json out = Json::array();
  if (kind.level == 1) {
    add_level1_bands(out, kind.sensor);
  } else {
    add_reflectance(out, kind.sensor);
    if (kind.temperature) add_temperature(out, kind.sensor);
  }
  add_pixel_quality(out, kind.sensor);
  if (kind.level == 1 && kind.sensor != Sensor::mss && kind.sensor != Sensor::tirs) add_angles(out);
  return out;
}

std::string text_property(const Json& item, const char* name) {
  const auto properties = item.find("properties");
  if (properties == item.end() || !properties->is_object()) return "";
  return properties->is_object() && properties->contains(name) && (*properties)[name].is_string()
             ? (*properties)[name].get<std::string>()
             : "";
}

bool has_instrument(const Json& item, const std::string& wanted) {
  const auto properties = item.find("properties");
  if (properties == item.end() || !properties->is_object() || !properties->contains("instruments"))
    return false;
  const Json& instruments = (*properties)["instruments"];
  return instruments.is_array() && std::ranges::any_of(instruments, [&wanted](const Json& instrument) {
           if (!instrument.is_string()) return false;
           std::string name = instrument.get<std::string>();
           std::ranges::transform(name, name.begin(),
                                  [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
           if (name.ends_with('+')) name.pop_back();
           return name == wanted;
         });
}

std::optional<Sensor> sensor_of(const Json& item) {
  if (has_instrument(item, "oli")) return has_instrument(item, "tirs") ? Sensor::oli_tirs : Sensor::oli;
  if (has_instrument(item, "tirs")) return Sensor::tirs;
  if (has_instrument(item, "etm")) return Sensor::etm;
  if (has_instrument(item, "tm")) return Sensor::tm;
  if (has_instrument(item, "mss")) return Sensor::mss;
  return {};
}

/// Scenes lie in many UTM zones, so the default is one CRS for all: EASE-Grid 2.0, equal in area.
Json load_hints(Sensor sensor) {
  const int pixel = sensor == Sensor::mss ? 60 : 30;
  return {
      {"crs", "EPSG:6933"}, {"resolution", {{"y", -pixel}, {"x", pixel}}}, {"align", {{"y", 0}, {"x", 0}}}};
}

}  // namespace

std::vector<std::string> landsat_product_names() {
  std::vector<std::string> names;
  for (const Kind& kind : kinds()) names.push_back(kind.name);
  return names;
}

std::string landsat_product_name(const Json& item) {
  const auto correction = text_property(item, "landsat:correction");
  const auto sensor = sensor_of(item);
  const int level = correction.starts_with("L1") ? 1 : correction.starts_with("L2") ? 2 : 0;
  const auto& all = kinds();
  const auto kind = std::ranges::find_if(all, [&](const Kind& each) {
    return each.level == level && sensor == each.sensor && each.temperature == (correction == "L2SP");
  });
  if (text_property(item, "landsat:collection_number") != "02" || kind == all.end()) {
    throw Problem(422, "NoEo3Form",
                  "the Item is no Landsat Collection 2 scene of a known kind: landsat:collection_number must "
                  "be 02, and "
                  "landsat:correction and instruments those of a product of level 1 or 2");
  }
  return kind->name;
}

Json landsat_product(std::string_view name) {
  const auto& all = kinds();
  const auto kind = std::ranges::find(all, name, &Kind::name);
  if (kind == all.end()) throw Problem(404, "NotFound", "there is no Landsat product " + std::string(name));
  Json product;
  product["name"] = kind->name;
  product["description"] = product_description(*kind);
  product["metadata_type"] = "eo3";
  product["metadata"]["product"]["name"] = kind->name;
  product["load"] = load_hints(kind->sensor);
  product["measurements"] = measurements_of(*kind);
  return product;
}

}  // namespace hayden::odc
