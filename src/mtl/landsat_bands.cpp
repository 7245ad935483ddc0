#include "mtl/landsat_bands.hpp"

#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "mtl/landsat_bitfields.hpp"

namespace hayden::mtl {
namespace {

using Raster = AssetKind::Raster;

constexpr auto cog = "image/tiff; application=geotiff; profile=cloud-optimized";
constexpr auto geotiff = "image/tiff; application=geotiff";
constexpr auto radiance_unit = "watt/steradian/square_meter/micrometer";

/// A spectral band as its instrument defines it; wavelengths in micrometres (USGS, stactools-landsat, band
/// edges where neither has them).
struct Band {
  std::string number;  ///< as in FILE_NAME_BAND_<number> of level 1
  std::string key;     ///< asset key
  std::string name;    ///< in eo:bands
  double centre, width;
  int gsd = 0;  ///< metres, where it is not the gsd of the Item
};

const std::vector<Band>& bands_of(Family family) {
  static const std::vector<Band> oli = {
      {"1", "coastal", "OLI_B1", 0.44, 0.02},        {"2", "blue", "OLI_B2", 0.48, 0.06},
      {"3", "green", "OLI_B3", 0.56, 0.06},          {"4", "red", "OLI_B4", 0.65, 0.04},
      {"5", "nir08", "OLI_B5", 0.87, 0.03},          {"6", "swir16", "OLI_B6", 1.61, 0.09},
      {"7", "swir22", "OLI_B7", 2.2, 0.19},          {"8", "pan", "OLI_B8", 0.59, 0.17, 15},
      {"9", "cirrus", "OLI_B9", 1.37, 0.02},         {"10", "lwir11", "TIRS_B10", 10.9, 0.59, 100},
      {"11", "lwir12", "TIRS_B11", 12.01, 1.01, 100}};
  static const std::vector<Band> etm = {{"1", "blue", "ETM_B1", 0.48, 0.07},
                                        {"2", "green", "ETM_B2", 0.56, 0.08},
                                        {"3", "red", "ETM_B3", 0.66, 0.06},
                                        {"4", "nir08", "ETM_B4", 0.84, 0.13},
                                        {"5", "swir16", "ETM_B5", 1.65, 0.2},
                                        {"7", "swir22", "ETM_B7", 2.2, 0.28},
                                        {"8", "pan", "ETM_B8", 0.71, 0.38, 15},
                                        {"6_VCID_1", "lwir", "ETM_B6", 11.34, 2.05, 60},
                                        {"6_VCID_2", "lwir_high", "ETM_B6_VCID_2", 11.34, 2.05, 60}};
  static const std::vector<Band> tm = {
      {"1", "blue", "TM_B1", 0.49, 0.07},     {"2", "green", "TM_B2", 0.56, 0.08},
      {"3", "red", "TM_B3", 0.66, 0.06},      {"4", "nir08", "TM_B4", 0.83, 0.14},
      {"5", "swir16", "TM_B5", 1.65, 0.2},    {"7", "swir22", "TM_B7", 2.22, 0.27},
      {"6", "lwir", "TM_B6", 11.45, 2.1, 120}};
  static const std::vector<Band> mss_early = {{"4", "green", "B4", 0.55, 0.1},
                                              {"5", "red", "B5", 0.65, 0.1},
                                              {"6", "nir08", "B6", 0.75, 0.1},
                                              {"7", "nir09", "B7", 0.95, 0.3}};
  static const std::vector<Band> mss_late = {{"1", "green", "B1", 0.55, 0.1},
                                             {"2", "red", "B2", 0.65, 0.1},
                                             {"3", "nir08", "B3", 0.75, 0.1},
                                             {"4", "nir09", "B4", 0.95, 0.3}};
  switch (family) {
    case Family::mss_early:
      return mss_early;
    case Family::mss_late:
      return mss_late;
    case Family::tm:
      return tm;
    case Family::etm:
      return etm;
    case Family::oli:
      break;
  }
  return oli;
}

/// The words for a band of that key: eo:common_name, what eo:bands says of it, the asset's title at level 1.
struct BandWords {
  std::string common_name, description, title;
};

const BandWords& words_of(const std::string& key) {
  static const std::map<std::string, BandWords> words = {
      {"coastal", {"coastal", "Coastal/Aerosol", "Coastal/Aerosol Band"}},
      {"blue", {"blue", "Visible blue", "Blue Band"}},
      {"green", {"green", "Visible green", "Green Band"}},
      {"red", {"red", "Visible red", "Red Band"}},
      {"nir08", {"nir08", "Near infrared", "Near Infrared Band 0.8"}},
      {"nir09", {"nir09", "Near infrared", "Near Infrared Band 0.9"}},
      {"swir16", {"swir16", "Short-wave infrared", "Short-wave Infrared Band 1.6"}},
      {"swir22", {"swir22", "Short-wave infrared", "Short-wave Infrared Band 2.2"}},
      {"pan", {"pan", "Panchromatic", "Panchromatic Band"}},
      {"cirrus", {"cirrus", "Cirrus", "Cirrus Band"}},
      {"lwir", {"lwir", "Long-wave infrared", "Thermal Infrared Band 11.4"}},
      {"lwir_high", {"lwir", "Long-wave infrared, high gain", "Thermal Infrared Band (B6) high gain"}},
      {"lwir11", {"lwir11", "Long-wave infrared", "Thermal Infrared Band 10.9"}},
      {"lwir12", {"lwir12", "Long-wave infrared", "Thermal Infrared Band 12.0"}}};
  return words.at(key);
}

bool is_thermal(const Band& band) { return band.key.starts_with("lwir"); }

Json asset(const char* type, const std::string& title, const std::optional<std::string>& description) {
  Json body = {{"href", ""}, {"type", type}, {"title", title}};
  if (description) body["description"] = *description;
  return body;
}

Json eo_bands(const Band& band) {
  const BandWords& words = words_of(band.key);
  return Json::array({Json{{"name", band.name},
                           {"common_name", words.common_name},
                           {"description", words.description},
                           {"center_wavelength", band.centre},
                           {"full_width_half_max", band.width}}});
}

/// Only from Collection 2 on are the files cloud-optimized.
const char* raster_type(Generation generation) {
  return generation == Generation::collection2 ? cog : geotiff;
}

AssetKind level1_band(const Band& band, Generation generation, Family family) {
  const std::string& title = words_of(band.key).title;
  const bool numbered = title.find("(B") != std::string::npos;
  Json body = asset(raster_type(generation), title,
                    product_title(generation, Level::l1) + " " + title +
                        (numbered ? "" : " (B" + band.number + ")") + " Top of Atmosphere Radiance");
  body["eo:bands"] = eo_bands(band);
  body["raster:bands"] = Json::array({Json{{"nodata", 0},
                                           {"data_type", family == Family::oli ? "uint16" : "uint8"},
                                           {"spatial_resolution", 30},
                                           {"unit", radiance_unit}}});
  if (band.gsd != 0) body["gsd"] = band.gsd;
  body["roles"] = is_thermal(band) ? Json::array({"data", "temperature"}) : Json::array({"data"});
  const Raster raster = band.key == "pan"  ? Raster::panchromatic
                        : is_thermal(band) ? Raster::thermal
                                           : Raster::reflective;
  return {band.key, "BAND_" + band.number, "", band.number, raster, std::move(body)};
}

AssetKind reflectance_band(const Band& band) {
  const std::string& title = words_of(band.key).title;
  Json body =
      asset(cog, title, "Collection 2 Level-2 " + title + " (SR_B" + band.number + ") Surface Reflectance");
  body["eo:bands"] = eo_bands(band);
  body["raster:bands"] =
      Json::array({Json{{"nodata", 0}, {"data_type", "uint16"}, {"spatial_resolution", 30}}});
  body["roles"] = Json::array({"data", "reflectance"});
  return {band.key, "BAND_" + band.number, "", band.number, Raster::reflective, std::move(body)};
}

AssetKind temperature_band(const Band& band) {
  const std::string number = band.number.substr(0, band.number.find('_'));
  Json body = asset(cog, "Surface Temperature Band",
                    "Collection 2 Level-2 Thermal Infrared Band (ST_B" + number + ") Surface Temperature");
  body["eo:bands"] = eo_bands(band);
  body["raster:bands"] = Json::array(
      {Json{{"nodata", 0}, {"data_type", "uint16"}, {"spatial_resolution", 30}, {"unit", "kelvin"}}});
  body["gsd"] = band.gsd;
  body["roles"] = Json::array({"data", "temperature"});
  return {band.key, "BAND_ST_B" + number, "", "ST_B" + number, Raster::thermal, std::move(body)};
}

/// A raster whose scale, if any, is a constant of the product. `raster_band` gets its resolution here.
AssetKind constant_raster(const std::string& key, const std::string& file_key, const std::string& title,
                          const std::string& description, Raster raster, Json raster_band, Json roles,
                          Json bitfields = nullptr) {
  Json body = asset(cog, title, description);
  if (!bitfields.is_null()) body["classification:bitfields"] = std::move(bitfields);
  raster_band["spatial_resolution"] = 30;
  body["raster:bands"] = Json::array({std::move(raster_band)});
  body["roles"] = std::move(roles);
  return {key, file_key, "", "", raster, std::move(body)};
}

Json bits(const char* data_type) { return Json{{"data_type", data_type}, {"unit", "bit index"}}; }

Json bits(const char* data_type, int nodata) {
  Json band = Json{{"nodata", nodata}};
  band.update(bits(data_type));
  return band;
}

Json scaled(double scale, const char* unit = nullptr) {
  Json band = Json{{"nodata", -9999}, {"data_type", "int16"}};
  if (unit != nullptr) band["unit"] = unit;
  band["scale"] = scale;
  return band;
}

void add_files(std::vector<AssetKind>& kinds, Generation generation, Level level) {
  const auto add = [&](const char* key, const char* file_key, const char* suffix, const char* type,
                       const std::string& title, const std::optional<std::string>& description,
                       const char* role) {
    Json body = asset(type, title, description);
    body["roles"] = Json::array({role});
    kinds.push_back({key, file_key, suffix, "", Raster::none, std::move(body)});
  };
  const std::string name = product_title(generation, level);
  const std::string level1 = product_title(generation, Level::l1);
  const bool has_siblings = generation == Generation::collection2;
  const auto metadata = [&](const char* form) { return "Product Metadata File (" + std::string(form) + ")"; };
  if (has_siblings) {
    add("thumbnail", "", "thumb_small.jpeg", "image/jpeg", "Thumbnail image", {}, "thumbnail");
    add("reduced_resolution_browse", "", "thumb_large.jpeg", "image/jpeg", "Reduced resolution browse image",
        {}, "overview");
    add("mtl.json", "", "MTL.json", "application/json", metadata("json"), name + " " + metadata("json"),
        "metadata");
  }
  add("mtl.txt", "METADATA_ODL", has_siblings ? "MTL.txt" : "", "text/plain", metadata("txt"),
      name + " " + metadata("txt"), "metadata");
  if (has_siblings) {
    add("mtl.xml", "METADATA_XML", "MTL.xml", "application/xml", metadata("xml"),
        name + " " + metadata("xml"), "metadata");
  }
  add("ang", "ANGLE_COEFFICIENT", "", "text/plain", "Angle Coefficients File",
      level1 + " Angle Coefficients File", "metadata");
  if (level == Level::l2) return;
  add("GCP", "GROUND_CONTROL_POINT", "", "text/plain", "Ground Control Point Residual Report",
      level1 + " Ground Control Point Residual Report", "metadata");
  add("verify_report", "VERIFY_REPORT", "", "text/plain", "Geometric Verification Report",
      level1 + " Geometric Verification Report", "metadata");
  add("verify_browse", "VERIFY_BROWSE", "", "image/jpeg", "Geometric Verification Browse Image",
      level1 + " Geometric Verification Browse Image", "metadata");
}

/// The one quality band of before Collection 2; MSS products have none.
void add_old_quality(std::vector<AssetKind>& kinds, Generation generation, Family family) {
  if (is_mss(family) || (generation == Generation::pre_collection && family != Family::oli)) return;
  kinds.push_back(constant_raster("qa_pixel", "BAND_QUALITY", "Quality Assessment Band",
                                  product_title(generation, Level::l1) + " Quality Assessment Band (BQA)",
                                  Raster::reflective, bits("uint16", 1),
                                  Json::array({"cloud", "cloud-shadow", "snow-ice", "water-mask"}),
                                  generation == Generation::collection1 ? bqa_collection1_bitfields(family)
                                                                        : bqa_pre_collection_bitfields()));
  kinds.back().body["type"] = geotiff;
}

void add_level1_quality(std::vector<AssetKind>& kinds, Family family) {
  kinds.push_back(constant_raster(
      "qa_pixel", "QUALITY_L1_PIXEL", "Pixel Quality Assessment Band",
      "Collection 2 Level-1 Pixel Quality Assessment Band (QA_PIXEL)", Raster::reflective, bits("uint16", 1),
      is_mss(family) ? Json::array({"cloud"})
                     : Json::array({"cloud", "cloud-shadow", "snow-ice", "water-mask"}),
      qa_pixel_bitfields(family)));
  const std::string radsat = family == Family::oli
                                 ? "Radiometric Saturation and Terrain Occlusion Quality Assessment Band"
                                 : "Radiometric Saturation and Dropped Pixel Quality Assessment Band";
  kinds.push_back(constant_raster("qa_radsat", "QUALITY_L1_RADIOMETRIC_SATURATION", radsat,
                                  "Collection 2 Level-1 " + radsat + " (QA_RADSAT)", Raster::reflective,
                                  bits("uint16"), Json::array({"saturation"}), qa_radsat_bitfields(family)));
}

void add_angles(std::vector<AssetKind>& kinds) {
  const auto add = [&](const char* key, const std::string& file_key, const std::string& title,
                       const char* role) {
    const Json hundredths = {{"data_type", "int16"}, {"unit", "degree"}, {"scale", 0.01}};
    kinds.push_back(constant_raster(key, "ANGLE_" + file_key + "_BAND_4", title,
                                    "Collection 2 Level-1 " + title, Raster::reflective, hundredths,
                                    Json::array({role})));
  };
  add("VAA", "SENSOR_AZIMUTH", "Sensor Azimuth Angle Band", "azimuth");
  add("VZA", "SENSOR_ZENITH", "Sensor Zenith Angle Band", "data");
  add("SAA", "SOLAR_AZIMUTH", "Solar Azimuth Angle Band", "sun-azimuth");
  add("SZA", "SOLAR_ZENITH", "Solar Zenith Angle Band", "data");
}

void add_reflectance_quality(std::vector<AssetKind>& kinds, Family family) {
  const auto add = [&](const char* key, const char* file_key, const std::string& title, const char* suffix,
                       Json band, Json roles, Json bitfields = nullptr) {
    kinds.push_back(
        constant_raster(key, file_key, title,
                        "Collection 2 Level-2 " + title + " (" + suffix + ") Surface Reflectance Product",
                        Raster::reflective, std::move(band), std::move(roles), std::move(bitfields)));
  };
  if (family == Family::oli) {
    add("qa_aerosol", "QUALITY_L2_AEROSOL", "Aerosol Quality Assessment Band", "SR_QA_AEROSOL",
        bits("uint8", 1), Json::array({"data-mask", "water-mask"}), qa_aerosol_bitfields());
    return;
  }
  add("atmos_opacity", "ATMOSPHERIC_OPACITY", "Atmospheric Opacity Band", "SR_ATMOS_OPACITY", scaled(0.001),
      Json::array({"data"}));
  add("cloud_qa", "QUALITY_L2_SURFACE_REFLECTANCE_CLOUD", "Cloud Quality Assessment Band", "SR_CLOUD_QA",
      bits("uint8"), Json::array({"cloud", "cloud-shadow", "snow-ice", "water-mask"}), cloud_qa_bitfields());
}

void add_temperature_inputs(std::vector<AssetKind>& kinds) {
  const auto add = [&](const char* key, const char* file_key, const std::string& title, const char* words,
                       const char* suffix, Json band, Json roles) {
    kinds.push_back(constant_raster(
        key, file_key, title,
        std::string("Collection 2 Level-2 ") + words + " (" + suffix + ") Surface Temperature Product",
        Raster::thermal, std::move(band), std::move(roles)));
  };
  const Json data = Json::array({"data"});
  const Json emissivity = Json::array({"data", "emissivity"});
  add("atran", "ATMOSPHERIC_TRANSMITTANCE", "Atmospheric Transmittance Band",
      "Atmospheric Transmittance Band", "ST_ATRAN", scaled(0.0001), data);
  add("cdist", "CLOUD_DISTANCE", "Cloud Distance Band", "Cloud Distance Band", "ST_CDIST",
      scaled(0.01, "kilometer"), data);
  add("drad", "DOWNWELL_RADIANCE", "Downwelled Radiance Band", "Downwelled Radiance Band", "ST_DRAD",
      scaled(0.001, radiance_unit), data);
  add("urad", "UPWELL_RADIANCE", "Upwelled Radiance Band", "Upwelled Radiance Band", "ST_URAD",
      scaled(0.001, radiance_unit), data);
  add("trad", "THERMAL_RADIANCE", "Thermal Radiance Band", "Thermal Radiance Band", "ST_TRAD",
      scaled(0.001, radiance_unit), data);
  add("emis", "EMISSIVITY", "Emissivity Band", "Emissivity Band", "ST_EMIS", scaled(0.0001), emissivity);
  add("emsd", "EMISSIVITY_STDEV", "Emissivity Standard Deviation Band", "Emissivity Standard Deviation Band",
      "ST_EMSD", scaled(0.0001), emissivity);
  add("qa", "QUALITY_L2_SURFACE_TEMPERATURE", "Surface Temperature Quality Assessment Band",
      "Quality Assessment Band", "ST_QA", scaled(0.01, "kelvin"), data);
}

std::vector<AssetKind> build_level1(Generation generation, Family family) {
  const bool is_collection2 = generation == Generation::collection2;
  std::vector<AssetKind> kinds;
  add_files(kinds, generation, Level::l1);
  if (is_collection2) {
    add_level1_quality(kinds, family);
  } else {
    add_old_quality(kinds, generation, family);
  }
  for (const Band& band : bands_of(family)) kinds.push_back(level1_band(band, generation, family));
  if (is_collection2 && !is_mss(family)) add_angles(kinds);
  return kinds;
}

std::vector<AssetKind> build_level2(Family family) {
  std::vector<AssetKind> kinds;
  add_files(kinds, Generation::collection2, Level::l2);
  add_level1_quality(kinds, family);
  for (const Band& band : bands_of(family)) {
    const bool level1_only = band.key == "pan" || band.key == "cirrus";
    if (!is_thermal(band) && !level1_only) kinds.push_back(reflectance_band(band));
  }
  add_reflectance_quality(kinds, family);
  for (const Band& band : bands_of(family)) {
    if (band.key == "lwir" || band.key == "lwir11") kinds.push_back(temperature_band(band));
  }
  add_temperature_inputs(kinds);
  return kinds;
}

}  // namespace

const std::vector<AssetKind>& asset_kinds(Generation generation, Level level, Family family) {
  using Product = std::tuple<Generation, Level, Family>;
  static const std::map<Product, std::vector<AssetKind>> all = [] {
    std::map<Product, std::vector<AssetKind>> kinds;
    for (const Family every : all_families) {
      for (const auto each : {Generation::collection2, Generation::collection1, Generation::pre_collection}) {
        kinds[{each, Level::l1, every}] = build_level1(each, every);
      }
      kinds[{Generation::collection2, Level::l2, every}] = build_level2(every);
    }
    return kinds;
  }();
  static const std::vector<AssetKind> none;
  const auto found = all.find({generation, level, family});
  return found == all.end() ? none : found->second;
}

std::optional<NumberedBand> numbered_band(Family family, std::string_view number) {
  if (family == Family::etm && (number == "6" || number == "61")) number = "6_VCID_1";
  if (family == Family::etm && number == "62") number = "6_VCID_2";
  for (const Band& band : bands_of(family)) {
    if (band.number == number) return NumberedBand{band.key, eo_bands(band), band.gsd};
  }
  return {};
}

}  // namespace hayden::mtl
