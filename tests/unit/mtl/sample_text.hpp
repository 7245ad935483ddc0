#pragma once
#include <string>
#include <string_view>

/// Small invented MTL texts, and edits of them.
namespace hayden::mtl {

inline const std::string level2_sample = R"(GROUP = LANDSAT_METADATA_FILE
  GROUP = PRODUCT_CONTENTS
    LANDSAT_PRODUCT_ID = "LC08_L2SP_046028_20200904_20200906_02_T1"
    PROCESSING_LEVEL = "L2SP"
    COLLECTION_NUMBER = 02
    COLLECTION_CATEGORY = "T1"
    FILE_NAME_BAND_4 = "LC08_L2SP_046028_20200904_20200906_02_T1_SR_B4.TIF"
    FILE_NAME_BAND_ST_B10 = "LC08_L2SP_046028_20200904_20200906_02_T1_ST_B10.TIF"
    FILE_NAME_METADATA_ODL = "LC08_L2SP_046028_20200904_20200906_02_T1_MTL.txt"
  END_GROUP = PRODUCT_CONTENTS
  GROUP = IMAGE_ATTRIBUTES
    SPACECRAFT_ID = "LANDSAT_8"
    SENSOR_ID = "OLI_TIRS"
    WRS_TYPE = 2
    WRS_PATH = 46
    WRS_ROW = 28
    NADIR_OFFNADIR = "NADIR"
    DATE_ACQUIRED = 2020-09-04
    SCENE_CENTER_TIME = "18:55:41.1234567Z"
    CLOUD_COVER = 3.25
    CLOUD_COVER_LAND = 3.5
    ROLL_ANGLE = -0.001
    SUN_AZIMUTH = 150.5
    SUN_ELEVATION = 48.25
  END_GROUP = IMAGE_ATTRIBUTES
  GROUP = PROJECTION_ATTRIBUTES
    MAP_PROJECTION = "UTM"
    UTM_ZONE = 10
    GRID_CELL_SIZE_REFLECTIVE = 30.00
    GRID_CELL_SIZE_THERMAL = 30.00
    REFLECTIVE_LINES = 7881
    REFLECTIVE_SAMPLES = 7761
    THERMAL_LINES = 7881
    THERMAL_SAMPLES = 7761
    CORNER_UL_LAT_PRODUCT = 46.89973
    CORNER_UL_LON_PRODUCT = -123.36104
    CORNER_UR_LAT_PRODUCT = 46.86153
    CORNER_UR_LON_PRODUCT = -120.30671
    CORNER_LL_LAT_PRODUCT = 44.76496
    CORNER_LL_LON_PRODUCT = -123.34749
    CORNER_LR_LAT_PRODUCT = 44.72948
    CORNER_LR_LON_PRODUCT = -120.40672
    CORNER_UL_PROJECTION_X_PRODUCT = 472500.000
    CORNER_UL_PROJECTION_Y_PRODUCT = 5193300.000
  END_GROUP = PROJECTION_ATTRIBUTES
  GROUP = LEVEL2_PROCESSING_RECORD
    DATE_PRODUCT_GENERATED = 2020-09-06T10:11:12Z
  END_GROUP = LEVEL2_PROCESSING_RECORD
  GROUP = LEVEL2_SURFACE_REFLECTANCE_PARAMETERS
    REFLECTANCE_MULT_BAND_4 = 2.75e-05
    REFLECTANCE_ADD_BAND_4 = -0.2
  END_GROUP = LEVEL2_SURFACE_REFLECTANCE_PARAMETERS
  GROUP = LEVEL2_SURFACE_TEMPERATURE_PARAMETERS
    TEMPERATURE_MULT_BAND_ST_B10 = 0.00341802
    TEMPERATURE_ADD_BAND_ST_B10 = 149.0
  END_GROUP = LEVEL2_SURFACE_TEMPERATURE_PARAMETERS
  GROUP = LEVEL1_PROCESSING_RECORD
    LANDSAT_SCENE_ID = "LC80460282020248LGN00"
    LANDSAT_PRODUCT_ID = "LC08_L1TP_046028_20200904_20200905_02_T1"
    PROCESSING_LEVEL = "L1TP"
    DATE_PRODUCT_GENERATED = 2020-09-05T01:02:03Z
    FILE_NAME_BAND_4 = "LC08_L1TP_046028_20200904_20200905_02_T1_B4.TIF"
  END_GROUP = LEVEL1_PROCESSING_RECORD
  GROUP = LEVEL1_RADIOMETRIC_RESCALING
    RADIANCE_MULT_BAND_4 = 1.0140E-02
    RADIANCE_ADD_BAND_4 = -50.70246
    REFLECTANCE_MULT_BAND_4 = 2.0000E-05
    REFLECTANCE_ADD_BAND_4 = -0.100000
  END_GROUP = LEVEL1_RADIOMETRIC_RESCALING
END_GROUP = LANDSAT_METADATA_FILE
END
)";

/// The text with every line of that key given another value.
inline std::string with(std::string text, std::string_view key, std::string_view value) {
  const std::string start = "    " + std::string{key} + " = ";
  for (auto at = text.find(start); at != std::string::npos; at = text.find(start, at + 1)) {
    const auto from = at + start.size();
    text.replace(from, text.find('\n', from) - from, value);
  }
  return text;
}

/// The text without any line of that key.
inline std::string without(std::string text, std::string_view key) {
  const std::string start = "    " + std::string{key} + " = ";
  for (auto at = text.find(start); at != std::string::npos; at = text.find(start)) {
    text.erase(at, text.find('\n', at) + 1 - at);
  }
  return text;
}

/// The text with lines added at the start of a section.
inline std::string with_lines(std::string text, std::string_view section, std::string_view lines) {
  const std::string start = "  GROUP = " + std::string{section} + "\n";
  return text.insert(text.find(start) + start.size(), lines);
}

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

}  // namespace hayden::mtl
