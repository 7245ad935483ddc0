#include "samples/mtl_text.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <initializer_list>
#include <numbers>
#include <string_view>
#include <utility>

namespace hayden::samples {
namespace {

using std::string;
using std::string_view;

constexpr string_view origin = "Synthetic sample made by hayden-samples";

string number(double value, int decimals, std::chars_format format = std::chars_format::fixed) {
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, format, decimals).ptr;
  string result(text.data(), end);
  if (const auto e = result.find('e'); e != string::npos) result[e] = 'E';
  return result;
}

string scientific(double value) { return number(value, 4, std::chars_format::scientific); }

string padded(int value, int width) {
  string text = std::to_string(value);
  return string(static_cast<std::size_t>(width) - std::min(text.size(), static_cast<std::size_t>(width)),
                '0') +
         text;
}

/// Groups and values, as ODL text or as the JSON that USGS derives from it (all values strings).
class Writer {
 public:
  explicit Writer(Form form) : json_(form == Form::json) {
    text_.reserve(16'384);
    text_ += json_ ? "{\n    \"LANDSAT_METADATA_FILE\": {\n" : "GROUP = LANDSAT_METADATA_FILE\n";
  }

  template <typename Body>
  void group(string_view name, Body body) {
    if (json_) {
      if (groups_++ > 0) text_ += ",\n";
      add({"        \"", name, "\": {"});
      values_ = 0;
      body();
      text_ += "\n        }";
    } else {
      add({"  GROUP = ", name, "\n"});
      body();
      add({"  END_GROUP = ", name, "\n"});
    }
  }

  /// A number, date or bare word.
  void plain(string_view key, string_view value) { put({key}, value, ""); }
  void quoted(string_view key, string_view value) { put({key}, value, "\""); }
  /// Keys in two parts: RADIANCE_MULT_BAND_ and 4.
  void plain(string_view key, string_view band, string_view value) { put({key, band}, value, ""); }
  void quoted(string_view key, string_view band, string_view value) { put({key, band}, value, "\""); }

  string finish() {
    text_ += json_ ? "\n    }\n}\n" : "END_GROUP = LANDSAT_METADATA_FILE\nEND\n";
    return std::move(text_);
  }

 private:
  void add(std::initializer_list<string_view> parts) {
    for (const auto part : parts) text_ += part;
  }

  void put(std::initializer_list<string_view> key, string_view value, string_view quote) {
    if (json_) {
      text_ += values_++ > 0 ? ",\n            \"" : "\n            \"";
      add(key);
      add({"\": \"", value, "\""});
    } else {
      text_ += "    ";
      add(key);
      add({" = ", quote, value, quote, "\n"});
    }
  }

  string text_;
  bool json_;
  int groups_ = 0, values_ = 0;
};

/// A file of a product: the key behind FILE_NAME_ and DATA_TYPE_, the end of its name, its type ("" for text
/// files).
struct File {
  string key, suffix;
  string_view type;
};

bool is_early_scanner(const Facts& facts) { return facts.mission->instrument->letter != 'C'; }
bool is_mss(const Facts& facts) { return facts.mission->instrument->letter == 'M'; }
bool is_precise(const Facts& facts) { return facts.level1 == "L1TP"; }
bool has_temperature(const Facts& facts) { return facts.level2 == "L2SP"; }

void add_common_files(std::vector<File>& files) {
  files.push_back({"QUALITY_L1_PIXEL", "QA_PIXEL.TIF", "UINT16"});
  files.push_back({"QUALITY_L1_RADIOMETRIC_SATURATION", "QA_RADSAT.TIF", "UINT16"});
}

void add_metadata_files(std::vector<File>& files) {
  files.push_back({"METADATA_ODL", "MTL.txt", ""});
  files.push_back({"METADATA_XML", "MTL.xml", ""});
}

std::vector<File> level1_files(const Facts& facts) {
  const Instrument& instrument = *facts.mission->instrument;
  std::vector<File> files;
  for (const Band& band : instrument.bands) {
    files.push_back({"BAND_" + string(band.name), "B" + string(band.name) + ".TIF",
                     instrument.pixel_max > 255 ? "UINT16" : "UINT8"});
  }
  add_common_files(files);
  if (is_early_scanner(facts) && is_precise(facts)) files.push_back({"GROUND_CONTROL_POINT", "GCP.txt", ""});
  if (instrument.angles) {
    files.push_back({"ANGLE_COEFFICIENT", "ANG.txt", ""});
    files.push_back({"ANGLE_SENSOR_AZIMUTH_BAND_4", "VAA.TIF", "INT16"});
    files.push_back({"ANGLE_SENSOR_ZENITH_BAND_4", "VZA.TIF", "INT16"});
    files.push_back({"ANGLE_SOLAR_AZIMUTH_BAND_4", "SAA.TIF", "INT16"});
    files.push_back({"ANGLE_SOLAR_ZENITH_BAND_4", "SZA.TIF", "INT16"});
  }
  add_metadata_files(files);
  return files;
}

bool is_reflective(const Band& band) { return band.sun > 0 && !band.panchromatic && band.name != "9"; }

string_view temperature_band(const Facts& facts) { return is_early_scanner(facts) ? "ST_B6" : "ST_B10"; }

std::vector<File> level2_files(const Facts& facts) {
  std::vector<File> files;
  const auto add_temperature_band = [&] {
    if (!has_temperature(facts)) return;
    const string band(temperature_band(facts));
    files.push_back({"BAND_" + band, band + ".TIF", "UINT16"});
  };
  for (const Band& band : facts.mission->instrument->bands) {
    if (!is_reflective(band)) continue;
    if (is_early_scanner(facts) && band.name == "7") add_temperature_band();
    files.push_back({"BAND_" + string(band.name), "SR_B" + string(band.name) + ".TIF", "UINT16"});
  }
  if (!is_early_scanner(facts)) add_temperature_band();
  if (has_temperature(facts)) {
    constexpr std::array<std::pair<string_view, string_view>, 7> layers = {
        {{"THERMAL_RADIANCE", "ST_TRAD"},
         {"UPWELL_RADIANCE", "ST_URAD"},
         {"DOWNWELL_RADIANCE", "ST_DRAD"},
         {"ATMOSPHERIC_TRANSMITTANCE", "ST_ATRAN"},
         {"EMISSIVITY", "ST_EMIS"},
         {"EMISSIVITY_STDEV", "ST_EMSD"},
         {"CLOUD_DISTANCE", "ST_CDIST"}}};
    for (const auto& [key, suffix] : layers) files.push_back({string(key), string(suffix) + ".TIF", "INT16"});
  }
  if (is_early_scanner(facts)) {
    files.push_back({"ATMOSPHERIC_OPACITY", "SR_ATMOS_OPACITY.TIF", "INT16"});
    files.push_back({"QUALITY_L2_SURFACE_REFLECTANCE_CLOUD", "SR_CLOUD_QA.TIF", "UINT8"});
  } else {
    files.push_back({"QUALITY_L2_AEROSOL", "SR_QA_AEROSOL.TIF", "UINT8"});
  }
  if (has_temperature(facts)) files.push_back({"QUALITY_L2_SURFACE_TEMPERATURE", "ST_QA.TIF", "INT16"});
  add_common_files(files);
  files.push_back({"ANGLE_COEFFICIENT", "ANG.txt", ""});
  add_metadata_files(files);
  return files;
}

void write_file_names(Writer& out, const std::vector<File>& files, string_view product) {
  for (const File& file : files) out.quoted("FILE_NAME_", file.key, string(product) + '_' + file.suffix);
}

void product_contents(Writer& out, const Facts& facts, int level) {
  const Instrument& instrument = *facts.mission->instrument;
  const auto files = level == 1 ? level1_files(facts) : level2_files(facts);
  out.group("PRODUCT_CONTENTS", [&] {
    out.quoted("ORIGIN", origin);
    out.quoted(
        "DIGITAL_OBJECT_IDENTIFIER",
        "https://doi.org/10.5066/" + string(level == 1 ? instrument.level1_doi : instrument.level2_doi));
    out.quoted("LANDSAT_PRODUCT_ID", level == 1 ? facts.level1_id : facts.level2_id);
    out.quoted("PROCESSING_LEVEL", level == 1 ? facts.level1 : facts.level2);
    out.plain("COLLECTION_NUMBER", "02");
    out.quoted("COLLECTION_CATEGORY", facts.category);
    out.quoted("OUTPUT_FORMAT", "GEOTIFF");
    write_file_names(out, files, level == 1 ? facts.level1_id : facts.level2_id);
    for (const File& file : files) {
      if (!file.type.empty()) out.quoted("DATA_TYPE_", file.key, file.type);
    }
    if (is_mss(facts)) {
      for (const Band& band : instrument.bands) out.quoted("PRESENT_BAND_", band.name, "Y");
    }
  });
}

string time_of_day(Ticks when) {
  const auto ticks = (when - std::chrono::floor<std::chrono::days>(when)).count();
  const auto seconds = ticks / 10'000'000;
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d:%02d.%07dZ", static_cast<int>(seconds / 3600),
                static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60),
                static_cast<int>(ticks % 10'000'000));
  return text.data();
}

string date_text(std::chrono::sys_days day) {
  const std::chrono::year_month_day date{day};
  return padded(static_cast<int>(date.year()), 4) + '-' +
         padded(static_cast<int>(static_cast<unsigned>(date.month())), 2) + '-' +
         padded(static_cast<int>(static_cast<unsigned>(date.day())), 2);
}

string generated_text(std::chrono::sys_seconds when) {
  return date_text(std::chrono::floor<std::chrono::days>(when)) + 'T' + time_of_day(when).substr(0, 8) + 'Z';
}

string cloud_text(double percent) { return number(percent, percent < 0 ? 0 : 2); }

void image_attributes(Writer& out, const Facts& facts) {
  const Mission& mission = *facts.mission;
  const Instrument& instrument = *mission.instrument;
  const bool modern = !is_early_scanner(facts);
  const auto track = [&](int value) { return modern ? std::to_string(value) : padded(value, 3); };
  out.group("IMAGE_ATTRIBUTES", [&] {
    out.quoted("SPACECRAFT_ID", "LANDSAT_" + std::to_string(mission.spacecraft));
    out.quoted("SENSOR_ID", instrument.sensor_id);
    out.plain("WRS_TYPE", std::to_string(mission.system->type));
    out.plain("WRS_PATH", track(facts.at.path));
    out.plain("WRS_ROW", track(facts.at.row));
    if (modern) {
      out.quoted("NADIR_OFFNADIR", std::abs(facts.roll) > 1 ? "OFFNADIR" : "NADIR");
      out.plain("TARGET_WRS_PATH", track(facts.at.path));
      out.plain("TARGET_WRS_ROW", track(facts.at.row));
    }
    out.plain("DATE_ACQUIRED", date_text(std::chrono::floor<std::chrono::days>(facts.acquired)));
    out.quoted("SCENE_CENTER_TIME", time_of_day(facts.acquired));
    out.quoted("STATION_ID", mission.station);
    out.plain("CLOUD_COVER", cloud_text(facts.cloud_cover));
    out.plain("CLOUD_COVER_LAND", cloud_text(facts.cloud_cover_land));
    if (modern) {
      out.plain("IMAGE_QUALITY_OLI", "9");
      out.plain("IMAGE_QUALITY_TIRS", "9");
    } else {
      out.plain("IMAGE_QUALITY", is_mss(facts) ? "-1" : "9");
    }
    for (const Band& band : instrument.bands) {
      if (!modern || band.sun > 0) out.quoted("SATURATION_BAND_", band.name, band.sun > 0 ? "Y" : "N");
    }
    if (modern) out.plain("ROLL_ANGLE", number(facts.roll, 3));
    out.plain("SUN_AZIMUTH", number(facts.sun.azimuth, 8));
    out.plain("SUN_ELEVATION", number(facts.sun.elevation, 8));
    out.plain("EARTH_SUN_DISTANCE", number(facts.sun.distance, 7));
    if (modern && mission.spacecraft == 8) {
      out.quoted("TRUNCATION_OLI", "UPPER");
      out.quoted("TIRS_SSM_MODEL", "FINAL");
      out.quoted("TIRS_SSM_POSITION_STATUS", "ESTIMATED");
    }
    if (!modern && !is_mss(facts)) {
      const bool slc_off = facts.acquired >= std::chrono::sys_days{std::chrono::year{2003} / 5 / 31};
      out.quoted("SENSOR_MODE", "SAM");
      out.quoted("SENSOR_MODE_SLC", mission.spacecraft == 7 && slc_off ? "OFF" : "ON");
      out.quoted("SENSOR_ANOMALIES", "NONE");
    }
  });
}

void map_projection(Writer& out, const Facts& facts) {
  out.quoted("MAP_PROJECTION", facts.utm_zone > 0 ? "UTM" : "PS");
  out.quoted("DATUM", "WGS84");
  out.quoted("ELLIPSOID", "WGS84");
  if (facts.utm_zone > 0) {
    out.plain("UTM_ZONE", std::to_string(facts.utm_zone));
  } else {
    out.plain("VERTICAL_LON_FROM_POLE", "0.00000");
    out.plain("TRUE_SCALE_LAT", "-71.00000");
    out.plain("FALSE_EASTING", "0");
    out.plain("FALSE_NORTHING", "0");
  }
}

void cell_sizes(Writer& out, const Facts& facts, bool panchromatic, bool thermal) {
  const string cell = number(facts.mission->instrument->cell, 2);
  if (panchromatic) out.plain("GRID_CELL_SIZE_PANCHROMATIC", "15.00");
  out.plain("GRID_CELL_SIZE_REFLECTIVE", cell);
  if (thermal) out.plain("GRID_CELL_SIZE_THERMAL", cell);
}

void projection_attributes(Writer& out, const Facts& facts, int level) {
  const Instrument& instrument = *facts.mission->instrument;
  const bool panchromatic = instrument.panchromatic && level == 1;
  const bool thermal = instrument.thermal && (level == 1 || has_temperature(facts));
  const auto shape = [&](string_view grid, int lines, int samples) {
    out.plain(grid, "_LINES", std::to_string(lines));
    out.plain(grid, "_SAMPLES", std::to_string(samples));
  };
  out.group("PROJECTION_ATTRIBUTES", [&] {
    map_projection(out, facts);
    cell_sizes(out, facts, panchromatic, thermal);
    if (panchromatic) shape("PANCHROMATIC", 2 * facts.lines - 1, 2 * facts.samples - 1);
    shape("REFLECTIVE", facts.lines, facts.samples);
    if (thermal) shape("THERMAL", facts.lines, facts.samples);
    out.quoted("ORIENTATION", "NORTH_UP");
    constexpr std::array<string_view, 4> names = {"CORNER_UL", "CORNER_UR", "CORNER_LL", "CORNER_LR"};
    for (std::size_t i = 0; i < names.size(); ++i) {
      out.plain(names[i], "_LAT_PRODUCT", number(facts.corners[i].lat, 5));
      out.plain(names[i], "_LON_PRODUCT", number(facts.corners[i].lon, 5));
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
      out.plain(names[i], "_PROJECTION_X_PRODUCT", number(facts.x[i], 3));
      out.plain(names[i], "_PROJECTION_Y_PRODUCT", number(facts.y[i], 3));
    }
  });
}

void level2_record(Writer& out, const Facts& facts) {
  const bool modern = !is_early_scanner(facts);
  out.group("LEVEL2_PROCESSING_RECORD", [&] {
    out.quoted("ORIGIN", origin);
    out.quoted("DIGITAL_OBJECT_IDENTIFIER",
               "https://doi.org/10.5066/" + string(facts.mission->instrument->level2_doi));
    out.quoted("REQUEST_ID", "S" + padded(facts.request, 8));
    out.quoted("LANDSAT_PRODUCT_ID", facts.level2_id);
    out.quoted("PROCESSING_LEVEL", facts.level2);
    out.quoted("OUTPUT_FORMAT", "GEOTIFF");
    out.plain("DATE_PRODUCT_GENERATED", generated_text(facts.generated2));
    out.quoted("PROCESSING_SOFTWARE_VERSION", "LPGS_15.4.0");
    out.quoted("ALGORITHM_SOURCE_SURFACE_REFLECTANCE", modern ? "LaSRC_1.5.0" : "LEDAPS_3.4.0");
    out.quoted("DATA_SOURCE_OZONE", modern ? "MODIS" : "TOMS");
    out.quoted("DATA_SOURCE_PRESSURE", modern ? "Calculated" : "NCEP");
    out.quoted("DATA_SOURCE_WATER_VAPOR", modern ? "MODIS" : "NCEP");
    out.quoted("DATA_SOURCE_AIR_TEMPERATURE", modern ? "MODIS" : "NCEP");
    if (has_temperature(facts)) {
      out.quoted("ALGORITHM_SOURCE_SURFACE_TEMPERATURE", "st_1.3.0");
      out.quoted("DATA_SOURCE_REANALYSIS", modern ? "GEOS-5 FP-IT" : "MERRA-2");
    }
  });
}

void level2_scaling(Writer& out, const Facts& facts) {
  const auto bands = facts.mission->instrument->bands;
  out.group("LEVEL2_SURFACE_REFLECTANCE_PARAMETERS", [&] {
    const auto pair = [&](string_view first, string_view first_value, string_view second,
                          string_view second_value) {
      for (const Band& band : bands) {
        if (!is_reflective(band)) continue;
        out.plain(first, band.name, first_value);
        out.plain(second, band.name, second_value);
      }
    };
    const auto single = [&](string_view key, string_view value) {
      for (const Band& band : bands) {
        if (is_reflective(band)) out.plain(key, band.name, value);
      }
    };
    pair("REFLECTANCE_MAXIMUM_BAND_", "1.602213", "REFLECTANCE_MINIMUM_BAND_", "-0.199972");
    pair("QUANTIZE_CAL_MAX_BAND_", "65535", "QUANTIZE_CAL_MIN_BAND_", "1");
    single("REFLECTANCE_MULT_BAND_", "2.75e-05");
    single("REFLECTANCE_ADD_BAND_", "-0.2");
  });
  if (!has_temperature(facts)) return;
  out.group("LEVEL2_SURFACE_TEMPERATURE_PARAMETERS", [&] {
    const string_view band = temperature_band(facts);
    out.plain("TEMPERATURE_MAXIMUM_BAND_", band, "372.999941");
    out.plain("TEMPERATURE_MINIMUM_BAND_", band, "149.003418");
    out.plain("QUANTIZE_CAL_MAXIMUM_BAND_", band, "65535");
    out.plain("QUANTIZE_CAL_MINIMUM_BAND_", band, "1");
    out.plain("TEMPERATURE_MULT_BAND_", band, "0.00341802");
    out.plain("TEMPERATURE_ADD_BAND_", band, "149.0");
  });
}

void level1_record(Writer& out, const Facts& facts) {
  const Mission& mission = *facts.mission;
  const string spacecraft = string("L") + mission.instrument->letter + padded(mission.spacecraft, 2);
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(facts.acquired)};
  out.group("LEVEL1_PROCESSING_RECORD", [&] {
    out.quoted("ORIGIN", origin);
    out.quoted("DIGITAL_OBJECT_IDENTIFIER",
               "https://doi.org/10.5066/" + string(mission.instrument->level1_doi));
    out.quoted("REQUEST_ID", "S" + padded(facts.request, 8));
    out.quoted("LANDSAT_SCENE_ID", facts.scene_id);
    out.quoted("LANDSAT_PRODUCT_ID", facts.level1_id);
    out.quoted("PROCESSING_LEVEL", facts.level1);
    out.quoted("COLLECTION_CATEGORY", facts.category);
    out.quoted("OUTPUT_FORMAT", "GEOTIFF");
    out.plain("DATE_PRODUCT_GENERATED", generated_text(facts.generated1));
    out.quoted("PROCESSING_SOFTWARE_VERSION", "LPGS_15.4.0");
    write_file_names(out, level1_files(facts), facts.level1_id);
    out.quoted("FILE_NAME_CPF", spacecraft + "CPF_" + std::to_string(static_cast<int>(date.year())) +
                                    "0101_" + std::to_string(static_cast<int>(date.year())) + "1231_02.01");
    if (is_precise(facts)) {
      out.quoted("DATA_SOURCE_ELEVATION", "GLS2000");
      out.plain("GROUND_CONTROL_POINTS_VERSION", "5");
      out.plain("GROUND_CONTROL_POINTS_MODEL", std::to_string(facts.control_points));
      out.plain("GEOMETRIC_RMSE_MODEL", number(std::hypot(facts.rmse_x, facts.rmse_y), 3));
      out.plain("GEOMETRIC_RMSE_MODEL_Y", number(facts.rmse_y, 3));
      out.plain("GEOMETRIC_RMSE_MODEL_X", number(facts.rmse_x, 3));
    }
    if (is_early_scanner(facts)) out.quoted("EPHEMERIS_TYPE", is_mss(facts) ? "PREDICTIVE" : "DEFINITIVE");
  });
}

/// The ends of a band's range: radiance, and reflectance where the band sees the sun.
struct Range {
  double radiance_max, radiance_min, reflectance_max, reflectance_min;
};

Range range(const Band& band, double sun_distance) {
  if (band.sun == 0) return {band.radiance_max, band.radiance_min, 0, 0};
  const double radiance_per_reflectance = band.sun / (std::numbers::pi * sun_distance * sun_distance);
  if (band.radiance_max == 0) {  // OLI is calibrated in reflectance, the older scanners in radiance
    return {1.2107 * radiance_per_reflectance, -0.09998 * radiance_per_reflectance, 1.2107, -0.09998};
  }
  return {band.radiance_max, band.radiance_min, band.radiance_max / radiance_per_reflectance,
          band.radiance_min / radiance_per_reflectance};
}

void level1_scaling(Writer& out, const Facts& facts) {
  const Instrument& instrument = *facts.mission->instrument;
  const int radiance_decimals = instrument.pixel_max > 255 ? 5 : 3;
  const auto each = [&](auto&& visit, bool only_reflective) {
    for (const Band& band : instrument.bands) {
      if (!only_reflective || band.sun > 0) visit(band, range(band, facts.sun.distance));
    }
  };
  const auto gain = [&](double high, double low) { return (high - low) / (instrument.pixel_max - 1); };

  out.group("LEVEL1_MIN_MAX_RADIANCE", [&] {
    each(
        [&](const Band& band, const Range& r) {
          out.plain("RADIANCE_MAXIMUM_BAND_", band.name, number(r.radiance_max, radiance_decimals));
          out.plain("RADIANCE_MINIMUM_BAND_", band.name, number(r.radiance_min, radiance_decimals));
        },
        false);
  });
  out.group("LEVEL1_MIN_MAX_REFLECTANCE", [&] {
    each(
        [&](const Band& band, const Range& r) {
          out.plain("REFLECTANCE_MAXIMUM_BAND_", band.name, number(r.reflectance_max, 6));
          out.plain("REFLECTANCE_MINIMUM_BAND_", band.name, number(r.reflectance_min, 6));
        },
        true);
  });
  out.group("LEVEL1_MIN_MAX_PIXEL_VALUE", [&] {
    each(
        [&](const Band& band, const Range&) {
          out.plain("QUANTIZE_CAL_MAX_BAND_", band.name, std::to_string(instrument.pixel_max));
          out.plain("QUANTIZE_CAL_MIN_BAND_", band.name, "1");
        },
        false);
  });
  out.group("LEVEL1_RADIOMETRIC_RESCALING", [&] {
    each(
        [&](const Band& band, const Range& r) {
          out.plain("RADIANCE_MULT_BAND_", band.name, scientific(gain(r.radiance_max, r.radiance_min)));
        },
        false);
    each(
        [&](const Band& band, const Range& r) {
          out.plain("RADIANCE_ADD_BAND_", band.name,
                    number(r.radiance_min - gain(r.radiance_max, r.radiance_min), 5));
        },
        false);
    each(
        [&](const Band& band, const Range& r) {
          out.plain("REFLECTANCE_MULT_BAND_", band.name,
                    scientific(gain(r.reflectance_max, r.reflectance_min)));
        },
        true);
    each(
        [&](const Band& band, const Range& r) {
          out.plain("REFLECTANCE_ADD_BAND_", band.name,
                    number(r.reflectance_min - gain(r.reflectance_max, r.reflectance_min), 6));
        },
        true);
  });
  if (!instrument.thermal) return;
  out.group("LEVEL1_THERMAL_CONSTANTS", [&] {
    const int decimals = instrument.pixel_max > 255 ? 4 : 2;
    for (const Band& band : instrument.bands) {
      if (band.sun > 0) continue;
      out.plain("K1_CONSTANT_BAND_", band.name, number(band.k1, decimals));
      out.plain("K2_CONSTANT_BAND_", band.name, number(band.k2, decimals));
    }
  });
}

void level1_projection(Writer& out, const Facts& facts) {
  const Instrument& instrument = *facts.mission->instrument;
  out.group("LEVEL1_PROJECTION_PARAMETERS", [&] {
    map_projection(out, facts);
    cell_sizes(out, facts, instrument.panchromatic, instrument.thermal);
    out.quoted("ORIENTATION", "NORTH_UP");
    out.quoted("RESAMPLING_OPTION", "CUBIC_CONVOLUTION");
    if (facts.mission->spacecraft == 7) out.plain("SCAN_GAP_INTERPOLATION", "2.0");
  });
}

void product_parameters(Writer& out, const Facts& facts) {
  out.group("PRODUCT_PARAMETERS", [&] {
    const auto bands = facts.mission->instrument->bands;
    for (const Band& band : bands) out.quoted("CORRECTION_GAIN_BAND_", band.name, "CPF");
    for (const Band& band : bands) out.quoted("GAIN_BAND_", band.name, string_view(&band.gain, 1));
  });
}

}  // namespace

string mtl_text(const Facts& facts, int level, Form form) {
  Writer out(form);
  product_contents(out, facts, level);
  image_attributes(out, facts);
  projection_attributes(out, facts, level);
  if (level == 2) {
    level2_record(out, facts);
    level2_scaling(out, facts);
  }
  level1_record(out, facts);
  level1_scaling(out, facts);
  level1_projection(out, facts);
  if (is_early_scanner(facts)) product_parameters(out, facts);
  return out.finish();
}

}  // namespace hayden::samples
