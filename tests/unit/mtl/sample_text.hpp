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

inline const std::string collection1_sample = R"(GROUP = L1_METADATA_FILE
  GROUP = METADATA_FILE_INFO
    LANDSAT_SCENE_ID = "LE71040782013119ASA00"
    LANDSAT_PRODUCT_ID = "LE07_L1TP_104078_20130429_20161124_01_T1"
    COLLECTION_NUMBER = 01
    FILE_DATE = 2016-11-24T08:26:33Z
    STATION_ID = "ASA"
    PROCESSING_SOFTWARE_VERSION = "LPGS_12.8.2"
  END_GROUP = METADATA_FILE_INFO
  GROUP = PRODUCT_METADATA
    DATA_TYPE = "L1TP"
    COLLECTION_CATEGORY = "T1"
    EPHEMERIS_TYPE = "DEFINITIVE"
    SPACECRAFT_ID = "LANDSAT_7"
    SENSOR_ID = "ETM"
    WRS_PATH = 104
    WRS_ROW = 078
    DATE_ACQUIRED = 2013-04-29
    SCENE_CENTER_TIME = "01:10:20.3361043Z"
    CORNER_UL_LAT_PRODUCT = -25.03638
    CORNER_UL_LON_PRODUCT = 129.25079
    CORNER_UR_LAT_PRODUCT = -25.01250
    CORNER_UR_LON_PRODUCT = 131.67629
    CORNER_LL_LAT_PRODUCT = -26.95702
    CORNER_LL_LON_PRODUCT = 129.25490
    CORNER_LR_LAT_PRODUCT = -26.93102
    CORNER_LR_LON_PRODUCT = 131.72010
    CORNER_UL_PROJECTION_X_PRODUCT = 525300.000
    CORNER_UL_PROJECTION_Y_PRODUCT = -2769000.000
    PANCHROMATIC_LINES = 14181
    PANCHROMATIC_SAMPLES = 16321
    REFLECTIVE_LINES = 7091
    REFLECTIVE_SAMPLES = 8161
    THERMAL_LINES = 7091
    THERMAL_SAMPLES = 8161
    FILE_NAME_BAND_6_VCID_1 = "x_B6_VCID_1.TIF"
    FILE_NAME_BAND_QUALITY = "x_BQA.TIF"
    GROUND_CONTROL_POINT_FILE_NAME = "x_GCP.txt"
    ANGLE_COEFFICIENT_FILE_NAME = "x_ANG.txt"
    METADATA_FILE_NAME = "x_MTL.txt"
    RLUT_FILE_NAME = "L8RLUT20130211_20431231v09.h5"
  END_GROUP = PRODUCT_METADATA
  GROUP = IMAGE_ATTRIBUTES
    CLOUD_COVER = 0.00
    CLOUD_COVER_LAND = 0.00
    SUN_AZIMUTH = 40.56298198
    SUN_ELEVATION = 39.37440872
    GEOMETRIC_RMSE_MODEL = 4.157
  END_GROUP = IMAGE_ATTRIBUTES
  GROUP = RADIOMETRIC_RESCALING
    RADIANCE_MULT_BAND_6_VCID_1 = 6.7087E-02
    RADIANCE_ADD_BAND_6_VCID_1 = -0.06709
  END_GROUP = RADIOMETRIC_RESCALING
  GROUP = PROJECTION_PARAMETERS
    MAP_PROJECTION = "UTM"
    DATUM = "WGS84"
    UTM_ZONE = 52
    GRID_CELL_SIZE_PANCHROMATIC = 15.00
    GRID_CELL_SIZE_REFLECTIVE = 30.00
    GRID_CELL_SIZE_THERMAL = 30.00
    SCAN_GAP_INTERPOLATION = 2.0
  END_GROUP = PROJECTION_PARAMETERS
END_GROUP = L1_METADATA_FILE
END
)";

/// As LPGS wrote until 2012, of a station that aligns the edges of pixels.
inline const std::string legacy_sample = R"(GROUP = L1_METADATA_FILE
  GROUP = METADATA_FILE_INFO
    PRODUCT_CREATION_TIME = 2012-05-27T13:25:15Z
    STATION_ID = "EDC"
    GROUND_STATION = "ASA"
  END_GROUP = METADATA_FILE_INFO
  GROUP = PRODUCT_METADATA
    PRODUCT_TYPE = "L1T"
    PROCESSING_SOFTWARE = "LPGS_11.6.0"
    SPACECRAFT_ID = "Landsat7"
    SENSOR_ID = "ETM+"
    ACQUISITION_DATE = 2009-04-15
    SCENE_CENTER_SCAN_TIME = 23:39:26.9314625Z
    WRS_PATH = 90
    STARTING_ROW = 81
    ENDING_ROW = 81
    PRODUCT_UL_CORNER_LAT = -29.3300991
    PRODUCT_UL_CORNER_LON = 149.7257080
    PRODUCT_UR_CORNER_LAT = -29.3679390
    PRODUCT_UR_CORNER_LON = 152.2067566
    PRODUCT_LL_CORNER_LAT = -31.2220230
    PRODUCT_LL_CORNER_LON = 149.6622162
    PRODUCT_LR_CORNER_LAT = -31.2628288
    PRODUCT_LR_CORNER_LON = 152.1913452
    PRODUCT_UL_CORNER_MAPX = 182012.500
    PRODUCT_UL_CORNER_MAPY = 6750987.500
    PRODUCT_SAMPLES_PAN = 19282
    PRODUCT_LINES_PAN = 16802
    PRODUCT_SAMPLES_REF = 9641
    PRODUCT_LINES_REF = 8401
    PRODUCT_SAMPLES_THM = 9641
    PRODUCT_LINES_THM = 8401
    BAND1_FILE_NAME = "L71090081_08120090415_B10.TIF"
    BAND62_FILE_NAME = "L72090081_08120090415_B62.TIF"
    METADATA_L1_FILE_NAME = "L71090081_08120090415_MTL.txt"
    CPF_FILE_NAME = "L7CPF20090401_20090630_09"
  END_GROUP = PRODUCT_METADATA
  GROUP = MIN_MAX_RADIANCE
    LMAX_BAND62 = 12.650
    LMIN_BAND62 = 3.200
  END_GROUP = MIN_MAX_RADIANCE
  GROUP = MIN_MAX_PIXEL_VALUE
    QCALMAX_BAND62 = 255.0
    QCALMIN_BAND62 = 1.0
  END_GROUP = MIN_MAX_PIXEL_VALUE
  GROUP = PRODUCT_PARAMETERS
    SUN_AZIMUTH = 44.5023798
    SUN_ELEVATION = 37.9491813
  END_GROUP = PRODUCT_PARAMETERS
  GROUP = PROJECTION_PARAMETERS
    REFERENCE_DATUM = "GDA94"
    GRID_CELL_SIZE_PAN = 12.5000000
    GRID_CELL_SIZE_THM = 25.0000000
    GRID_CELL_SIZE_REF = 25.0000000
    MAP_PROJECTION = "UTM"
  END_GROUP = PROJECTION_PARAMETERS
  GROUP = UTM_PARAMETERS
    ZONE_NUMBER = -56
  END_GROUP = UTM_PARAMETERS
END_GROUP = L1_METADATA_FILE
END
)";

inline const std::string espa_sample = R"(<?xml version="1.0" encoding="UTF-8"?>
<espa_metadata version="2.0" xmlns="http://espa.cr.usgs.gov/v2">
  <global_metadata>
    <satellite>LANDSAT_8</satellite>
    <instrument>OLI_TIRS</instrument>
    <acquisition_date>2018-03-01</acquisition_date>
    <scene_center_time>18:55:36.1234560Z</scene_center_time>
    <solar_angles zenith="54.5" azimuth="152.25" units="degrees"/>
    <wrs system="2" path="46" row="28"/>
    <product_id>LC08_L1TP_046028_20180301_20180308_01_A1</product_id>
    <projection_information projection="UTM" datum="WGS84" units="meters">
      <corner_point location="UL" x="472500.0" y="5193300.0"/>
      <corner_point location="LR" x="705300.0" y="4956900.0"/>
      <grid_origin>CENTER</grid_origin>
      <utm_proj_params><zone_code>10</zone_code></utm_proj_params>
    </projection_information>
  </global_metadata>
  <bands>
    <band product="sr_refl" name="sr_band4" category="image" data_type="INT16" nlines="7881" nsamps="7761"
          fill_value="-9999" scale_factor="0.000100">
      <long_name>band 4 surface reflectance</long_name>
      <file_name>x_sr_band4.tif</file_name>
      <pixel_size x="30" y="30" units="meters"/>
      <data_units>reflectance</data_units>
      <production_date>2018-03-09T01:02:03Z</production_date>
    </band>
    <band product="level2_qa" name="pixel_qa" category="qa" data_type="UINT16" nlines="7881" nsamps="7761"
          fill_value="1">
      <file_name>x_pixel_qa.tif</file_name>
      <pixel_size x="30" y="30" units="meters"/>
      <data_units>quality/feature classification</data_units>
      <bitmap_description><bit num="0">fill</bit><bit num="6">cloud confidence</bit>
        <bit num="7">cloud confidence</bit></bitmap_description>
      <production_date>2018-03-08T01:02:03Z</production_date>
    </band>
  </bands>
</espa_metadata>
)";

inline const std::string ard_sample = R"(<?xml version="1.0" encoding="utf-8"?>
<ard_metadata version="1.0" xmlns="https://landsat.usgs.gov/ard/v1">
  <tile_metadata>
    <global_metadata>
      <satellite>LANDSAT_8</satellite>
      <instrument>OLI/TIRS_Combined</instrument>
      <level1_collection>01</level1_collection>
      <acquisition_date>2013-07-01</acquisition_date>
      <product_id>LC08_CU_027009_20130701_20170729_C01_V01</product_id>
      <production_date>2017-07-29T08:17:17Z</production_date>
      <projection_information datum="WGS84" projection="AEA" units="meters">
        <corner_point location="UL" x="1484415.0" y="1964805.0"/>
        <corner_point location="LR" x="1634415.0" y="1814805.0"/>
        <grid_origin>UL</grid_origin>
        <albers_proj_params>
          <standard_parallel1>29.5</standard_parallel1><standard_parallel2>45.5</standard_parallel2>
          <central_meridian>-96.0</central_meridian><origin_latitude>23.0</origin_latitude>
          <false_easting>0.0</false_easting><false_northing>0.0</false_northing>
        </albers_proj_params>
      </projection_information>
      <cloud_cover>99.0968</cloud_cover>
    </global_metadata>
    <bands>
      <band category="image" data_type="INT16" fill_value="-9999" name="SRB4" nlines="5000" nsamps="5000"
            product="sr_refl" scale_factor="0.000100">
        <file_name>x_SRB4.tif</file_name>
        <pixel_size units="meters" x="30" y="30"/>
      </band>
    </bands>
  </tile_metadata>
  <scene_metadata>
    <index>1</index>
    <global_metadata>
      <acquisition_date>2013-07-01</acquisition_date>
      <scene_center_time>15:55:00.1114060Z</scene_center_time>
    </global_metadata>
    <bands>
      <band name="sr_band4"><file_name>y_sr_band4.tif</file_name></band>
    </bands>
  </scene_metadata>
  <scene_metadata>
    <index>2</index>
    <global_metadata>
      <acquisition_date>2013-07-01</acquisition_date>
      <scene_center_time>15:54:36.2203690Z</scene_center_time>
    </global_metadata>
  </scene_metadata>
</ard_metadata>
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
