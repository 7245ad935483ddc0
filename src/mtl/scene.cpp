#include "mtl/scene.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <limits>

#include "mtl/text.hpp"

namespace hayden::mtl {
namespace {

constexpr std::string_view contents = "PRODUCT_CONTENTS";
constexpr std::string_view image = "IMAGE_ATTRIBUTES";
constexpr std::string_view projection = "PROJECTION_ATTRIBUTES";
constexpr std::string_view level1_record = "LEVEL1_PROCESSING_RECORD";
constexpr std::string_view level2_record = "LEVEL2_PROCESSING_RECORD";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_code_character(char c) { return is_digit(c) || (c >= 'A' && c <= 'Z'); }
bool is_file_character(char c) {
  return is_code_character(c) || (c >= 'a' && c <= 'z') || c == '_' || c == '-' || c == '.';
}

bool is_code(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_code_character); }

/// A name that is safe to put behind a `/`.
bool is_file_name(std::string_view text) {
  return !text.empty() && text.front() != '.' && std::ranges::all_of(text, is_file_character);
}

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

template <typename Number>
std::optional<Number> number_from(std::string_view text) {
  Number number{};
  if (text.starts_with('+')) text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) return {};
  return number;
}

std::string plain(double number) {
  std::array<char, 32> text{};
  const auto [end, error] =
      std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  return error == std::errc{} ? std::string(text.data(), end) : "?";
}

std::string joined(std::initializer_list<std::string_view> names) {
  std::string out;
  for (const auto name : names) {
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out;
}

/// Why a file that is no Collection 2 metadata cannot be read, naming what it is; nothing for Collection 2.
std::optional<std::string> foreign_generation(const Document& document) {
  const std::string readable = "; only Collection 2 is read";
  const std::string new_root = "LANDSAT_METADATA_FILE";
  const std::string old_root = "L1_METADATA_FILE";
  if (document.root != new_root && document.root != old_root) {
    return "the root group is " + shown(document.root) + ", not " + new_root + ": no Landsat MTL";
  }
  // The sections tell the generation, not the root: published copies of new files exist with the old root.
  if (document.section(contents) != nullptr || document.root == new_root) {
    const std::string* const number = document.find(contents, "COLLECTION_NUMBER");
    if (number == nullptr || number_from<int>(*number) == 2) return {};
    return "the product is of Collection " + shown(*number) + readable;
  }
  if (const std::string* const number = document.find("METADATA_FILE_INFO", "COLLECTION_NUMBER")) {
    if (number_from<int>(*number) == 1) return "a Collection 1 product" + readable;
    return "the layout of Collection 1 with collection number " + shown(*number) + readable;
  }
  if (document.find("PRODUCT_METADATA", "ACQUISITION_DATE") != nullptr) {
    return "a legacy product from before 2012" + readable;
  }
  return "a product from before the collections" + readable;
}

struct SensorName {
  std::string_view name;
  Sensor sensor;
  int first_spacecraft, last_spacecraft;
};
constexpr std::array<SensorName, 6> sensors{{{"MSS", Sensor::mss, 1, 5},
                                             {"TM", Sensor::tm, 4, 5},
                                             {"ETM", Sensor::etm, 7, 7},
                                             {"OLI", Sensor::oli, 8, 9},
                                             {"TIRS", Sensor::tirs, 8, 9},
                                             {"OLI_TIRS", Sensor::oli_tirs, 8, 9}}};

struct PolarGrid {
  double true_scale_latitude, vertical_longitude;
  int epsg;
};
constexpr std::array<PolarGrid, 3> polar_grids{{{-71, 0, 3031}, {71, 0, 3995}, {70, -45, 3413}}};

/// Reads typed values out of a document and notes every mistake, so that one pass names them all.
class SceneReader {
 public:
  explicit SceneReader(Document document) : document_(std::move(document)) {}

  Scene read() {
    read_identity();
    read_image();
    read_crs();
    read_grids();
    read_corners();
    read_files();
    read_scaling();
    throw_if_mistaken();
    scene_.document = std::move(document_);
    return std::move(scene_);
  }

 private:
  void read_identity() {
    scene_.processing_level = one_of(contents, "PROCESSING_LEVEL", {"L1TP", "L1GT", "L1GS", "L2SP", "L2SR"});
    scene_.level = scene_.processing_level.starts_with("L2") ? Level::l2 : Level::l1;
    scene_.product_id = text(contents, "LANDSAT_PRODUCT_ID");
    if (!scene_.product_id.empty() && !is_product_id(scene_.product_id)) {
      mistake(contents, "LANDSAT_PRODUCT_ID", shown(scene_.product_id) + " is not a product id");
    }
    scene_.scene_id = text(level1_record, "LANDSAT_SCENE_ID");
    if (!scene_.scene_id.empty() && !is_code(scene_.scene_id)) {
      mistake(level1_record, "LANDSAT_SCENE_ID", shown(scene_.scene_id) + " is not a scene id");
    }
    if (!text(contents, "COLLECTION_NUMBER").empty()) scene_.collection_number = "02";
    scene_.category = one_of(contents, "COLLECTION_CATEGORY", {"T1", "T2", "RT", "A1", "A2"});
    const auto record = scene_.level == Level::l2 ? level2_record : level1_record;
    const std::string generated = text(record, "DATE_PRODUCT_GENERATED");
    scene_.product_generated = instant(record, "DATE_PRODUCT_GENERATED", generated);
  }

  void read_image() {
    read_sensor();
    scene_.wrs_type = integer(image, "WRS_TYPE", 1, 2);
    const int last_path = scene_.wrs_type == 1 ? 251 : 233;
    scene_.wrs_path = integer(image, "WRS_PATH", 1, last_path);
    scene_.wrs_row = integer(image, "WRS_ROW", 1, 248);
    const std::string date = text(image, "DATE_ACQUIRED");
    const std::string time = text(image, "SCENE_CENTER_TIME");
    if (!date.empty() && !time.empty()) {
      scene_.acquired = instant(image, "DATE_ACQUIRED and SCENE_CENTER_TIME", date + "T" + time);
    }
    scene_.cloud_cover = percentage("CLOUD_COVER");
    scene_.cloud_cover_land = percentage("CLOUD_COVER_LAND");
    scene_.sun_elevation = optional_number(image, "SUN_ELEVATION", -90, 90);
    scene_.sun_azimuth = optional_number(image, "SUN_AZIMUTH", -360, 360);
    read_off_nadir();
  }

  void read_sensor() {
    const std::string craft = text(image, "SPACECRAFT_ID");
    constexpr std::string_view prefix = "LANDSAT_";
    const int number = craft.starts_with(prefix)
                           ? number_from<int>(std::string_view(craft).substr(prefix.size())).value_or(0)
                           : 0;
    const bool known_craft = number >= 1 && number <= 9 && number != 6;
    if (known_craft) scene_.spacecraft = number;
    if (!craft.empty() && !known_craft) {
      mistake(image, "SPACECRAFT_ID", shown(craft) + " is not one of LANDSAT_1 to LANDSAT_9");
    }

    scene_.sensor_id = text(image, "SENSOR_ID");
    if (scene_.sensor_id.empty()) return;
    const auto known = std::ranges::find(sensors, std::string_view{scene_.sensor_id}, &SensorName::name);
    if (known == sensors.end()) {
      mistake(image, "SENSOR_ID",
              shown(scene_.sensor_id) + " is not one of MSS, TM, ETM, OLI, TIRS, OLI_TIRS");
      return;
    }
    scene_.sensor = known->sensor;
    if (known_craft && (number < known->first_spacecraft || number > known->last_spacecraft)) {
      mistake(image, "SENSOR_ID", craft + " has no sensor " + scene_.sensor_id);
    }
  }

  void read_off_nadir() {
    const std::string* const pointing = document_.find(image, "NADIR_OFFNADIR");
    if (pointing == nullptr) return;
    if (*pointing == "NADIR") {
      scene_.off_nadir = 0;
    } else if (*pointing == "OFFNADIR") {
      const auto roll = optional_number(image, "ROLL_ANGLE", -90, 90);
      if (roll) scene_.off_nadir = std::abs(*roll);
    } else {
      mistake(image, "NADIR_OFFNADIR", shown(*pointing) + " is not one of NADIR, OFFNADIR");
    }
  }

  void read_crs() {
    const std::string kind = one_of(projection, "MAP_PROJECTION", {"UTM", "PS"});
    if (kind == "UTM") {
      // USGS writes the northern zone everywhere, with negative northings in the south: still the northern
      // CRS. A negative zone is the southern one.
      const int zone = integer(projection, "UTM_ZONE", -60, 60);
      if (zone == 0 && !mistaken_about(projection, "UTM_ZONE")) {
        mistake(projection, "UTM_ZONE", "must not be 0");
      }
      scene_.epsg = zone < 0 ? 32700 - zone : 32600 + zone;
    } else if (kind == "PS") {
      scene_.epsg = polar_epsg();
    }
  }

  int polar_epsg() {
    const double latitude = number(projection, "TRUE_SCALE_LAT", -90, 90);
    const double longitude = number(projection, "VERTICAL_LON_FROM_POLE", -360, 360);
    const double easting = optional_number(projection, "FALSE_EASTING", -1e9, 1e9).value_or(0);
    const double northing = optional_number(projection, "FALSE_NORTHING", -1e9, 1e9).value_or(0);
    constexpr double tolerance = 1e-6;
    for (const auto& grid : polar_grids) {
      if (std::abs(grid.true_scale_latitude - latitude) < tolerance &&
          std::abs(grid.vertical_longitude - longitude) < tolerance && std::abs(easting) < tolerance &&
          std::abs(northing) < tolerance) {
        return grid.epsg;
      }
    }
    if (!mistaken_about(projection, "TRUE_SCALE_LAT") &&
        !mistaken_about(projection, "VERTICAL_LON_FROM_POLE")) {
      mistake(projection, "MAP_PROJECTION",
              "polar stereographic with TRUE_SCALE_LAT " + plain(latitude) + ", VERTICAL_LON_FROM_POLE " +
                  plain(longitude) + " and false origin " + plain(easting) + ", " + plain(northing) +
                  " is none of EPSG 3031, 3995, 3413");
    }
    return 0;
  }

  void read_grids() {
    const bool reflective = has_grid("REFLECTIVE");
    // A TIRS product has no reflective bands, so its thermal grid is the grid of the scene.
    scene_.reflective = grid(reflective || !has_grid("THERMAL") ? "REFLECTIVE" : "THERMAL");
    scene_.panchromatic = other_grid("PANCHROMATIC");
    if (reflective) scene_.thermal = other_grid("THERMAL");
  }

  bool has_grid(const std::string& name) const {
    return document_.find(projection, name + "_LINES") != nullptr;
  }

  std::optional<Grid> other_grid(const std::string& name) {
    if (!has_grid(name)) return {};
    const Grid read = grid(name);
    if (read == scene_.reflective) return {};
    return read;
  }

  Grid grid(const std::string& name) {
    constexpr int most = 100'000;
    constexpr double farthest = 20'000'000;
    Grid read;
    read.rows = integer(projection, name + "_LINES", 1, most);
    read.columns = integer(projection, name + "_SAMPLES", 1, most);
    read.cell = number(projection, "GRID_CELL_SIZE_" + name, 1, 1000);
    read.origin_x = number(projection, "CORNER_UL_PROJECTION_X_PRODUCT", -farthest, farthest) - read.cell / 2;
    read.origin_y = number(projection, "CORNER_UL_PROJECTION_Y_PRODUCT", -farthest, farthest) + read.cell / 2;
    return read;
  }

  void read_corners() {
    constexpr std::array<std::string_view, 4> names{"UL", "UR", "LR", "LL"};
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string corner = "CORNER_" + std::string{names[i]};
      scene_.corners[i].lon = number(projection, corner + "_LON_PRODUCT", -180, 180);
      scene_.corners[i].lat = number(projection, corner + "_LAT_PRODUCT", -90, 90);
    }
  }

  void read_files() {
    constexpr std::string_view prefix = "FILE_NAME_";
    const Document::Section* const section = document_.section(contents);
    if (section == nullptr) return;
    for (const auto& [key, value] : section->values) {
      if (!key.starts_with(prefix) || value == "NULL") continue;
      if (is_file_name(value)) {
        scene_.files.emplace_back(key.substr(prefix.size()), value);
      } else {
        mistake(contents, key, shown(value) + " is not a file name");
      }
    }
  }

  void read_scaling() {
    if (scene_.level == Level::l1) {
      read_scaling_of("LEVEL1_RADIOMETRIC_RESCALING", "RADIANCE");
    } else {
      read_scaling_of("LEVEL2_SURFACE_REFLECTANCE_PARAMETERS", "REFLECTANCE");
      read_scaling_of("LEVEL2_SURFACE_TEMPERATURE_PARAMETERS", "TEMPERATURE");
    }
  }

  void read_scaling_of(std::string_view section_name, const std::string& quantity) {
    const Document::Section* const section = document_.section(section_name);
    if (section == nullptr) return;
    const std::string gain_prefix = quantity + "_MULT_BAND_", offset_prefix = quantity + "_ADD_BAND_";
    for (const auto& [key, value] : section->values) {
      if (!key.starts_with(gain_prefix)) continue;
      const std::string band = key.substr(gain_prefix.size());
      scene_.scaling.push_back(
          {band, optional_number(section_name, key), optional_number(section_name, offset_prefix + band)});
    }
  }

  std::string text(std::string_view section, std::string_view key) {
    const std::string* const value = document_.find(section, key);
    if (value != nullptr && !value->empty()) return *value;
    mistake(section, key, "missing");
    return {};
  }

  std::string one_of(std::string_view section, std::string_view key,
                     std::initializer_list<std::string_view> allowed) {
    std::string value = text(section, key);
    if (value.empty() || std::ranges::find(allowed, value) != allowed.end()) return value;
    mistake(section, key, shown(value) + " is not one of " + joined(allowed));
    return {};
  }

  int integer(std::string_view section, std::string_view key, int least, int most) {
    const std::string value = text(section, key);
    if (value.empty()) return 0;
    const auto number = number_from<int>(value);
    if (number && *number >= least && *number <= most) return *number;
    mistake(section, key,
            shown(value) + " is not a whole number from " + std::to_string(least) + " to " +
                std::to_string(most));
    return 0;
  }

  double number(std::string_view section, std::string_view key, double least, double most) {
    if (document_.find(section, key) == nullptr) mistake(section, key, "missing");
    return optional_number(section, key, least, most).value_or(0);
  }

  std::optional<double> optional_number(std::string_view section, std::string_view key,
                                        double least = -std::numeric_limits<double>::max(),
                                        double most = std::numeric_limits<double>::max()) {
    const std::string* const value = document_.find(section, key);
    if (value == nullptr) return {};
    const auto number = number_from<double>(*value);
    if (!number) {
      mistake(section, key, shown(*value) + " is not a number");
    } else if (!(*number >= least && *number <= most)) {
      mistake(section, key, shown(*value) + " is not between " + plain(least) + " and " + plain(most));
    } else {
      return number;
    }
    return {};
  }

  /// -1 stands for "not computed".
  std::optional<double> percentage(std::string_view key) {
    const auto value = optional_number(image, key, -1, 100);
    if (value == -1.0) return {};
    if (value && *value < 0) mistake(image, key, plain(*value) + " is neither -1 nor between 0 and 100");
    return value;
  }

  Instant instant(std::string_view section, std::string_view key, const std::string& value) {
    if (value.empty()) return {};
    if (const auto instant = parse_rfc3339(value)) return *instant;
    mistake(section, key, shown(value) + " is not a date and time in UTC");
    return {};
  }

  void mistake(std::string_view section, std::string_view key, const std::string& what) {
    constexpr std::size_t most = 50;
    std::string where = std::string{section} + "." + std::string{key};
    if (mistaken_.size() == most) return;
    if (std::ranges::find(mistaken_, where) != mistaken_.end()) return;
    mistakes_.add(where, what);
    mistaken_.push_back(std::move(where));
  }

  bool mistaken_about(std::string_view section, std::string_view key) const {
    return std::ranges::find(mistaken_, std::string{section} + "." + std::string{key}) != mistaken_.end();
  }

  void throw_if_mistaken() const {
    if (mistakes_.empty()) return;
    std::string all;
    for (const auto& mistake : mistakes_.all()) {
      if (!all.empty()) all += "; ";
      all += mistake;
    }
    fail(all);
  }

  Document document_;
  Scene scene_;
  Mistakes mistakes_;
  std::vector<std::string> mistaken_;
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

Scene read_scene(Document document) {
  if (const auto why = foreign_generation(document)) fail(*why);
  return SceneReader(std::move(document)).read();
}

}  // namespace hayden::mtl
