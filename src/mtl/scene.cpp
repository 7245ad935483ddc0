#include "mtl/scene.hpp"

#include <algorithm>
#include <cmath>

#include "mtl/espa_scene.hpp"
#include "mtl/layout.hpp"
#include "mtl/sensors.hpp"
#include "mtl/text.hpp"

namespace hayden::mtl {
namespace {

constexpr std::string_view contents = "PRODUCT_CONTENTS";
constexpr std::string_view file_info = "METADATA_FILE_INFO";

/// LC08_L2SP_046028_20200904_20200906_02_T1
bool is_product_id(std::string_view text) {
  constexpr std::array<std::size_t, 7> lengths{4, 4, 6, 8, 8, 2, 2};
  for (std::size_t part = 0; part < lengths.size(); ++part) {
    if (!is_code(text.substr(0, lengths[part])) || text.size() < lengths[part]) return false;
    text.remove_prefix(lengths[part]);
    if (part + 1 == lengths.size()) break;
    if (!text.starts_with('_')) return false;
    text.remove_prefix(1);
  }
  return text.empty();
}

/// The sections tell the generation, not the root: published copies of new files exist with the old root.
const Layout& layout_of(const Document& document) {
  const std::string new_root = "LANDSAT_METADATA_FILE";
  const std::string old_root = "L1_METADATA_FILE";
  if (document.root != new_root && document.root != old_root) {
    fail("the root group is " + shown(document.root) + ", not " + new_root + ": no Landsat MTL");
  }
  if (document.section(contents) != nullptr || document.root == new_root) {
    const std::string* const number = document.find(contents, "COLLECTION_NUMBER");
    if (number != nullptr && whole_number(*number) != 2) {
      fail("the product is of Collection " + shown(*number) + "; this layout is known of Collection 2 only");
    }
    const std::string* const level = document.find(contents, "PROCESSING_LEVEL");
    return level != nullptr && level->starts_with("L2") ? collection2_level2 : collection2_level1;
  }
  if (document.section("PRODUCT_METADATA") == nullptr) {
    fail(
        "neither PRODUCT_CONTENTS (Collection 2) nor PRODUCT_METADATA (before) is there: a file that another "
        "program has rewritten");
  }
  if (const std::string* const number = document.find(file_info, "COLLECTION_NUMBER")) {
    if (whole_number(*number) == 1) return collection1;
    fail("the layout of Collection 1 with collection number " + shown(*number));
  }
  return document.find("PRODUCT_METADATA", "ACQUISITION_DATE") != nullptr ? legacy : pre_collection;
}

bool is_legacy(const Layout& layout) { return &layout == &legacy; }

/// The names that files have in Collection 2, without FILE_NAME_, by those of before: nothing for files that
/// are not part of the product.
std::optional<std::string> file_key(std::string_view key) {
  constexpr std::string_view prefix = "FILE_NAME_", suffix = "_FILE_NAME";
  if (key.starts_with(prefix)) return std::string{key.substr(prefix.size())};
  if (!key.ends_with(suffix)) return {};
  const auto name = key.substr(0, key.size() - suffix.size());
  constexpr std::array<std::array<std::string_view, 2>, 7> names{
      {{"GROUND_CONTROL_POINT", "GROUND_CONTROL_POINT"},
       {"GCP", "GROUND_CONTROL_POINT"},
       {"ANGLE_COEFFICIENT", "ANGLE_COEFFICIENT"},
       {"METADATA", "METADATA_ODL"},
       {"METADATA_L1", "METADATA_ODL"},
       {"REPORT_VERIFY", "VERIFY_REPORT"},
       {"BROWSE_VERIFY", "VERIFY_BROWSE"}}};
  for (const auto& [old_name, new_name] : names) {
    if (name == old_name) return std::string{new_name};
  }
  if (name == "BAND61") return "BAND_6_VCID_1";
  if (name == "BAND62") return "BAND_6_VCID_2";
  if (name.starts_with("BAND") && whole_number(name.substr(4))) return "BAND_" + std::string{name.substr(4)};
  return {};
}

class MtlReader {
 public:
  MtlReader(const Document& document, const Layout& layout) : values_(document), at_(layout) {}

  Scene read() {
    read_identity();
    read_image();
    read_crs();
    read_grids();
    read_corners();
    read_files();
    read_scaling();
    read_processing();
    values_.throw_if_mistaken();
    return std::move(scene_);
  }

 private:
  bool is_collection2() const { return at_.generation == Generation::collection2; }

  void read_identity() {
    scene_.generation = at_.generation;
    scene_.level = &at_ == &collection2_level2 ? Level::l2 : Level::l1;
    scene_.processing_level = read_level();
    scene_.product_id = read_product_id();
    if (!at_.scene_id.name.empty()) {
      scene_.scene_id = values_.text(at_.scene_id);
      if (!scene_.scene_id.empty() && !is_code(scene_.scene_id)) {
        values_.mistake(at_.scene_id, shown(scene_.scene_id) + " is not a scene id");
      }
    }
    if (is_collection2() && !values_.text({contents, "COLLECTION_NUMBER"}).empty()) {
      scene_.collection_number = "02";
    }
    if (at_.generation == Generation::collection1) scene_.collection_number = "01";
    if (!at_.category.name.empty()) scene_.category = read_category();
    scene_.product_generated = values_.instant(at_.generated, values_.text(at_.generated));
  }

  std::string read_category() {
    const bool is_named = is_collection2() || values_.find(at_.category) != nullptr;
    if (is_named) return values_.one_of(at_.category, {"T1", "T2", "RT", "A1", "A2"});
    // The first files of Collection 1 tell the tier by their product id alone.
    return scene_.product_id.substr(std::min(scene_.product_id.size(), scene_.product_id.rfind('_') + 1));
  }

  std::string read_level() {
    switch (at_.generation) {
      case Generation::collection2:
        return values_.one_of(at_.level, {"L1TP", "L1GT", "L1GS", "L2SP", "L2SR"});
      case Generation::collection1:
        return values_.one_of(at_.level, {"L1TP", "L1GT", "L1GS"});
      case Generation::pre_collection:
        break;
    }
    return values_.one_of(at_.level, {"L1T", "L1GT", "L1Gt", "L1G", "L1R"});
  }

  std::string read_product_id() {
    std::string id = values_.text(at_.product_id);
    if (id.empty()) return id;
    if (is_legacy(at_)) return legacy_id(id);
    const bool with_tier = at_.generation != Generation::pre_collection;
    if (with_tier ? !is_product_id(id) : !is_code(id)) {
      values_.mistake(at_.product_id,
                      shown(id) + (with_tier ? " is not a product id" : " is not a scene id"));
    }
    return id;
  }

  /// Products had no id before 2012, only a common start of their file names.
  std::string legacy_id(const std::string& file) {
    constexpr std::string_view suffix = "_MTL.txt";
    if (is_file_name(file) && file.ends_with(suffix)) return file.substr(0, file.size() - suffix.size());
    values_.mistake(at_.product_id, shown(file) + " is not the name of a file …" + std::string{suffix});
    return {};
  }

  void read_image() {
    read_sensor();
    scene_.wrs_type = is_collection2() ? values_.integer(at_.wrs_type, 1, 2) : scene_.spacecraft >= 4 ? 2 : 1;
    const int last_path = scene_.wrs_type == 1 ? 251 : 233;
    scene_.wrs_path = values_.integer(at_.wrs_path, 1, last_path);
    scene_.wrs_row = values_.integer(at_.wrs_row, 1, 248);
    const std::string date = values_.text(at_.date);
    std::string time = values_.text(at_.time);
    if (!date.empty() && !time.empty()) {
      scene_.acquired = values_.instant(
          {at_.date.section,
           std::string_view(both_ = std::string{at_.date.name} + " and " + std::string{at_.time.name})},
          date + "T" + time);
    }
    scene_.cloud_cover = values_.percentage(at_.cloud);
    scene_.cloud_cover_land = values_.percentage(at_.cloud_land);
    scene_.sun_elevation = values_.optional_number(at_.sun_elevation, -90, 90);
    scene_.sun_azimuth = values_.optional_number(at_.sun_azimuth, -360, 360);
    read_off_nadir();
  }

  void read_sensor() {
    const std::string craft = values_.text(at_.spacecraft);
    scene_.spacecraft = spacecraft_number(craft);
    if (!craft.empty() && scene_.spacecraft == 0) {
      values_.mistake(at_.spacecraft, shown(craft) + " is not one of LANDSAT_1 to LANDSAT_9");
    }
    const std::string sensor = values_.text(at_.sensor);
    if (sensor.empty()) return;
    const SensorName* const known = sensor_named(sensor == "ETM+" ? "ETM" : sensor);
    if (known == nullptr) {
      values_.mistake(at_.sensor, shown(sensor) + " is not one of MSS, TM, ETM, OLI, TIRS, OLI_TIRS");
      return;
    }
    scene_.sensor = known->sensor;
    scene_.sensor_id = known->name;
    if (scene_.spacecraft != 0 && !known->flew_on(scene_.spacecraft)) {
      values_.mistake(at_.sensor, craft + " has no sensor " + sensor);
    }
  }

  void read_off_nadir() {
    const std::string* const pointing = values_.find(at_.pointing);
    if (pointing == nullptr) return;
    if (*pointing == "NADIR") {
      scene_.off_nadir = 0;
    } else if (*pointing == "OFFNADIR") {
      const auto roll = values_.optional_number(at_.roll, -90, 90);
      if (roll) scene_.off_nadir = std::abs(*roll);
    } else {
      values_.mistake(at_.pointing, shown(*pointing) + " is not one of NADIR, OFFNADIR");
    }
  }

  void read_crs() {
    const std::string kind = values_.one_of(at_.map_projection, {"UTM", "PS"});
    // The few metres between WGS 84 and GDA94, which Geoscience Australia writes, are less than a pixel.
    if (values_.find(at_.datum) != nullptr) values_.one_of(at_.datum, {"WGS84", "GDA94"});
    if (kind == "UTM") {
      const int zone = values_.integer(at_.zone, -60, 60);
      if (zone == 0 && !values_.mistaken_about(at_.zone)) values_.mistake(at_.zone, "must not be 0");
      scene_.epsg = utm_epsg(zone);
    } else if (kind == "PS") {
      scene_.epsg = read_polar_epsg();
    }
  }

  int read_polar_epsg() {
    const double latitude = values_.number(at_.true_scale_latitude, -90, 90);
    const double longitude = values_.number(at_.vertical_longitude, -360, 360);
    const double easting = values_.optional_number(at_.false_easting, -1e9, 1e9).value_or(0);
    const double northing = values_.optional_number(at_.false_northing, -1e9, 1e9).value_or(0);
    if (const auto code = polar_epsg(latitude, longitude, easting, northing)) return *code;
    if (!values_.mistaken_about(at_.true_scale_latitude) && !values_.mistaken_about(at_.vertical_longitude)) {
      values_.mistake(at_.map_projection, "polar stereographic with TRUE_SCALE_LAT " + plain(latitude) +
                                              ", VERTICAL_LON_FROM_POLE " + plain(longitude) +
                                              " and false origin " + plain(easting) + ", " + plain(northing) +
                                              " is none of EPSG 3031, 3995, 3413");
    }
    return 0;
  }

  void read_grids() {
    const bool reflective = has(at_.reflective);
    // A TIRS product has no reflective bands, so its thermal grid is the grid of the scene.
    scene_.reflective = grid(reflective || !has(at_.thermal) ? at_.reflective : at_.thermal);
    scene_.panchromatic = other_grid(at_.panchromatic);
    if (reflective) scene_.thermal = other_grid(at_.thermal);
  }

  bool has(const Layout::GridKeys& keys) const { return values_.find(keys.lines) != nullptr; }

  std::optional<Grid> other_grid(const Layout::GridKeys& keys) {
    if (!has(keys)) return {};
    Grid read = grid(keys);
    const Grid& base = scene_.reflective;
    // USGS aligns the centres of corner pixels (2n - 1 panchromatic lines); others the edges (2n lines).
    if (read.rows * read.cell == base.rows * base.cell &&
        read.columns * read.cell == base.columns * base.cell) {
      read.origin_x = base.origin_x;
      read.origin_y = base.origin_y;
    }
    if (read == base) return {};
    return read;
  }

  Grid grid(const Layout::GridKeys& keys) {
    constexpr int most = 100'000;
    constexpr double farthest = 20'000'000;
    Grid read;
    read.rows = values_.integer(keys.lines, 1, most);
    read.columns = values_.integer(keys.samples, 1, most);
    read.cell = values_.number(keys.cell, 1, 1000);
    read.origin_x = values_.number(at_.corner_x, -farthest, farthest) - read.cell / 2;
    read.origin_y = values_.number(at_.corner_y, -farthest, farthest) + read.cell / 2;
    return read;
  }

  void read_corners() {
    for (std::size_t i = 0; i < scene_.corners.size(); ++i) {
      scene_.corners[i].lon = values_.number(at_.corner_lon[i], -180, 180);
      scene_.corners[i].lat = values_.number(at_.corner_lat[i], -90, 90);
    }
  }

  void read_files() {
    const Document::Section* const section = values_.document().section(at_.files);
    if (section == nullptr) return;
    for (const auto& [key, value] : section->values) {
      auto name = file_key(key);
      if (!name || value == "NULL") continue;
      if (is_file_name(value)) {
        scene_.files.emplace_back(std::move(*name), value);
      } else {
        values_.mistake({at_.files, key}, shown(value) + " is not a file name");
      }
    }
  }

  void read_scaling() {
    if (is_legacy(at_)) return read_legacy_scaling();
    if (scene_.level == Level::l1) return read_scaling_of(at_.radiance, "RADIANCE");
    read_scaling_of("LEVEL2_SURFACE_REFLECTANCE_PARAMETERS", "REFLECTANCE");
    read_scaling_of("LEVEL2_SURFACE_TEMPERATURE_PARAMETERS", "TEMPERATURE");
  }

  void read_scaling_of(std::string_view section_name, const std::string& quantity) {
    const Document::Section* const section = values_.document().section(section_name);
    if (section == nullptr) return;
    const std::string gain_prefix = quantity + "_MULT_BAND_", offset_prefix = quantity + "_ADD_BAND_";
    for (const auto& [key, value] : section->values) {
      if (!key.starts_with(gain_prefix)) continue;
      const std::string band = key.substr(gain_prefix.size());
      const std::string offset_key = offset_prefix + band;
      scene_.scaling.push_back({band, values_.optional_number({section_name, key}),
                                values_.optional_number({section_name, offset_key})});
    }
  }

  /// Before 2012 a file tells the radiance of the least and the greatest number.
  void read_legacy_scaling() {
    constexpr std::string_view radiance = "MIN_MAX_RADIANCE", number = "MIN_MAX_PIXEL_VALUE";
    constexpr std::string_view prefix = "LMAX_BAND";
    const Document::Section* const section = values_.document().section(radiance);
    if (section == nullptr) return;
    for (const auto& [key, value] : section->values) {
      if (!key.starts_with(prefix)) continue;
      const std::string band = key.substr(prefix.size());
      const std::string least = "LMIN_BAND" + band, first = "QCALMIN_BAND" + band,
                        last = "QCALMAX_BAND" + band;
      const auto top = values_.optional_number({radiance, key}),
                 bottom = values_.optional_number({radiance, least});
      const auto high = values_.optional_number({number, last}),
                 low = values_.optional_number({number, first});
      Scene::Scaling scaling{band == "61" ? "6_VCID_1" : band == "62" ? "6_VCID_2" : band, {}, {}};
      if (top && bottom && high && low && *high > *low) {
        scaling.gain = (*top - *bottom) / (*high - *low);
        scaling.offset = *bottom - *scaling.gain * *low;
      }
      scene_.scaling.push_back(std::move(scaling));
    }
  }

  void read_processing() {
    Processing& made = scene_.processing;
    made.station_id = text_of(values_.find(at_.station));
    const Key& software = at_.software;
    made.software_version =
        text_of(software.name.empty() ? fact("PROCESSING_SOFTWARE_VERSION") : values_.find(software));
    made.algorithm_surface_reflectance = text_of(fact("ALGORITHM_SOURCE_SURFACE_REFLECTANCE"));
    made.algorithm_surface_temperature = text_of(fact("ALGORITHM_SOURCE_SURFACE_TEMPERATURE"));
    made.control_points_version = whole_fact("GROUND_CONTROL_POINTS_VERSION");
    made.control_points_model = whole_fact("GROUND_CONTROL_POINTS_MODEL");
    made.rmse = real_fact("GEOMETRIC_RMSE_MODEL");
    made.rmse_x = real_fact("GEOMETRIC_RMSE_MODEL_X");
    made.rmse_y = real_fact("GEOMETRIC_RMSE_MODEL_Y");
    made.doi = doi_in(text_of(values_.find(at_.doi)));
    if (is_collection2()) return;
    made.ephemeris_type = text_of(fact("EPHEMERIS_TYPE"));
    made.control_points_verify = whole_fact("GROUND_CONTROL_POINTS_VERIFY");
    made.rmse_verify = real_fact("GEOMETRIC_RMSE_VERIFY");
    made.scan_gap_interpolation = real_fact("SCAN_GAP_INTERPOLATION");
  }

  static std::string text_of(const std::string* value) { return value == nullptr ? std::string{} : *value; }

  static std::string doi_in(const std::string& text) {
    const std::size_t start = text.find("10.");
    return start == std::string::npos || text.find('/', start) == std::string::npos ? "" : text.substr(start);
  }

  const std::string* fact(std::string_view key) const {
    for (const auto record : at_.records) {
      if (const std::string* const value = values_.document().find(record, key)) return value;
    }
    return nullptr;
  }
  std::optional<int> whole_fact(std::string_view key) const {
    const std::string* const value = fact(key);
    return value == nullptr ? std::nullopt : whole_number(*value);
  }
  std::optional<double> real_fact(std::string_view key) const {
    const std::string* const value = fact(key);
    return value == nullptr ? std::nullopt : real_number(*value);
  }

  Values values_;
  const Layout& at_;
  std::string both_;
  Scene scene_;
};

}  // namespace

const std::string* Scene::file(std::string_view key) const {
  const auto found = std::ranges::find(files, key, &std::pair<std::string, std::string>::first);
  return found == files.end() ? nullptr : &found->second;
}

const Scene::Scaling* Scene::scaling_of(std::string_view band) const {
  const auto found = std::ranges::find(scaling, band, &Scaling::band);
  return found == scaling.end() ? nullptr : &*found;
}

Scene read_scene(const Document& document) {
  if (document.root == "espa_metadata" || document.root == "ard_metadata") return read_espa_scene(document);
  return MtlReader(document, layout_of(document)).read();
}

}  // namespace hayden::mtl
