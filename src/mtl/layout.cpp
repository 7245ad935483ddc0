#include "mtl/layout.hpp"

namespace hayden::mtl {
namespace {

constexpr std::string_view contents = "PRODUCT_CONTENTS";
constexpr std::string_view image = "IMAGE_ATTRIBUTES";
constexpr std::string_view projection = "PROJECTION_ATTRIBUTES";
constexpr std::string_view level1_record = "LEVEL1_PROCESSING_RECORD";
constexpr std::string_view level2_record = "LEVEL2_PROCESSING_RECORD";
constexpr std::string_view info = "METADATA_FILE_INFO";
constexpr std::string_view product = "PRODUCT_METADATA";
constexpr std::string_view parameters = "PROJECTION_PARAMETERS";

constexpr Layout of_collection2(Level level) {
  return {.generation = Generation::collection2,
          .product_id = {contents, "LANDSAT_PRODUCT_ID"},
          .scene_id = {level1_record, "LANDSAT_SCENE_ID"},
          .level = {contents, "PROCESSING_LEVEL"},
          .category = {contents, "COLLECTION_CATEGORY"},
          .spacecraft = {image, "SPACECRAFT_ID"},
          .sensor = {image, "SENSOR_ID"},
          .wrs_type = {image, "WRS_TYPE"},
          .wrs_path = {image, "WRS_PATH"},
          .wrs_row = {image, "WRS_ROW"},
          .date = {image, "DATE_ACQUIRED"},
          .time = {image, "SCENE_CENTER_TIME"},
          .generated = {level == Level::l2 ? level2_record : level1_record, "DATE_PRODUCT_GENERATED"},
          .cloud = {image, "CLOUD_COVER"},
          .cloud_land = {image, "CLOUD_COVER_LAND"},
          .sun_elevation = {image, "SUN_ELEVATION"},
          .sun_azimuth = {image, "SUN_AZIMUTH"},
          .pointing = {image, "NADIR_OFFNADIR"},
          .roll = {image, "ROLL_ANGLE"},
          .map_projection = {projection, "MAP_PROJECTION"},
          .datum = {projection, "DATUM"},
          .zone = {projection, "UTM_ZONE"},
          .true_scale_latitude = {projection, "TRUE_SCALE_LAT"},
          .vertical_longitude = {projection, "VERTICAL_LON_FROM_POLE"},
          .false_easting = {projection, "FALSE_EASTING"},
          .false_northing = {projection, "FALSE_NORTHING"},
          .reflective = {{projection, "REFLECTIVE_LINES"},
                         {projection, "REFLECTIVE_SAMPLES"},
                         {projection, "GRID_CELL_SIZE_REFLECTIVE"}},
          .panchromatic = {{projection, "PANCHROMATIC_LINES"},
                           {projection, "PANCHROMATIC_SAMPLES"},
                           {projection, "GRID_CELL_SIZE_PANCHROMATIC"}},
          .thermal = {{projection, "THERMAL_LINES"},
                      {projection, "THERMAL_SAMPLES"},
                      {projection, "GRID_CELL_SIZE_THERMAL"}},
          .corner_x = {projection, "CORNER_UL_PROJECTION_X_PRODUCT"},
          .corner_y = {projection, "CORNER_UL_PROJECTION_Y_PRODUCT"},
          .corner_lon = {{{projection, "CORNER_UL_LON_PRODUCT"},
                          {projection, "CORNER_UR_LON_PRODUCT"},
                          {projection, "CORNER_LR_LON_PRODUCT"},
                          {projection, "CORNER_LL_LON_PRODUCT"}}},
          .corner_lat = {{{projection, "CORNER_UL_LAT_PRODUCT"},
                          {projection, "CORNER_UR_LAT_PRODUCT"},
                          {projection, "CORNER_LR_LAT_PRODUCT"},
                          {projection, "CORNER_LL_LAT_PRODUCT"}}},
          .files = contents,
          .radiance = level == Level::l1 ? "LEVEL1_RADIOMETRIC_RESCALING" : "",
          .station = {image, "STATION_ID"},
          .software = {},
          .doi = {contents, "DIGITAL_OBJECT_IDENTIFIER"},
          .records = {level == Level::l2 ? level2_record : level1_record, level1_record, "", ""}};
}

/// Files of 2012 to 2017, with the same keys as Collection 1 where they have them.
constexpr Layout of_pre_collection() {
  return {.generation = Generation::pre_collection,
          .product_id = {info, "LANDSAT_SCENE_ID"},
          .scene_id = {info, "LANDSAT_SCENE_ID"},
          .level = {product, "DATA_TYPE"},
          .category = {},
          .spacecraft = {product, "SPACECRAFT_ID"},
          .sensor = {product, "SENSOR_ID"},
          .wrs_type = {},
          .wrs_path = {product, "WRS_PATH"},
          .wrs_row = {product, "WRS_ROW"},
          .date = {product, "DATE_ACQUIRED"},
          .time = {product, "SCENE_CENTER_TIME"},
          .generated = {info, "FILE_DATE"},
          .cloud = {image, "CLOUD_COVER"},
          .cloud_land = {image, "CLOUD_COVER_LAND"},
          .sun_elevation = {image, "SUN_ELEVATION"},
          .sun_azimuth = {image, "SUN_AZIMUTH"},
          .pointing = {product, "NADIR_OFFNADIR"},
          .roll = {image, "ROLL_ANGLE"},
          .map_projection = {parameters, "MAP_PROJECTION"},
          .datum = {parameters, "DATUM"},
          .zone = {parameters, "UTM_ZONE"},
          .true_scale_latitude = {parameters, "TRUE_SCALE_LAT"},
          .vertical_longitude = {parameters, "VERTICAL_LON_FROM_POLE"},
          .false_easting = {parameters, "FALSE_EASTING"},
          .false_northing = {parameters, "FALSE_NORTHING"},
          .reflective = {{product, "REFLECTIVE_LINES"},
                         {product, "REFLECTIVE_SAMPLES"},
                         {parameters, "GRID_CELL_SIZE_REFLECTIVE"}},
          .panchromatic = {{product, "PANCHROMATIC_LINES"},
                           {product, "PANCHROMATIC_SAMPLES"},
                           {parameters, "GRID_CELL_SIZE_PANCHROMATIC"}},
          .thermal = {{product, "THERMAL_LINES"},
                      {product, "THERMAL_SAMPLES"},
                      {parameters, "GRID_CELL_SIZE_THERMAL"}},
          .corner_x = {product, "CORNER_UL_PROJECTION_X_PRODUCT"},
          .corner_y = {product, "CORNER_UL_PROJECTION_Y_PRODUCT"},
          .corner_lon = {{{product, "CORNER_UL_LON_PRODUCT"},
                          {product, "CORNER_UR_LON_PRODUCT"},
                          {product, "CORNER_LR_LON_PRODUCT"},
                          {product, "CORNER_LL_LON_PRODUCT"}}},
          .corner_lat = {{{product, "CORNER_UL_LAT_PRODUCT"},
                          {product, "CORNER_UR_LAT_PRODUCT"},
                          {product, "CORNER_LR_LAT_PRODUCT"},
                          {product, "CORNER_LL_LAT_PRODUCT"}}},
          .files = product,
          .radiance = "RADIOMETRIC_RESCALING",
          .station = {info, "STATION_ID"},
          .software = {info, "PROCESSING_SOFTWARE_VERSION"},
          .doi = {},
          .records = {info, image, product, parameters}};
}

constexpr Layout of_collection1() {
  Layout layout = of_pre_collection();
  layout.generation = Generation::collection1;
  layout.product_id = {info, "LANDSAT_PRODUCT_ID"};
  layout.category = {product, "COLLECTION_CATEGORY"};
  return layout;
}

/// Files of LPGS until 2012.
constexpr Layout of_legacy() {
  Layout layout = of_pre_collection();
  layout.product_id = {product, "METADATA_L1_FILE_NAME"};
  layout.scene_id = {};
  layout.level = {product, "PRODUCT_TYPE"};
  layout.wrs_row = {product, "STARTING_ROW"};
  layout.date = {product, "ACQUISITION_DATE"};
  layout.time = {product, "SCENE_CENTER_SCAN_TIME"};
  layout.generated = {info, "PRODUCT_CREATION_TIME"};
  layout.cloud = layout.cloud_land = {};
  layout.sun_elevation = {"PRODUCT_PARAMETERS", "SUN_ELEVATION"};
  layout.sun_azimuth = {"PRODUCT_PARAMETERS", "SUN_AZIMUTH"};
  layout.datum = {parameters, "REFERENCE_DATUM"};
  layout.zone = {"UTM_PARAMETERS", "ZONE_NUMBER"};
  layout.reflective = {
      {product, "PRODUCT_LINES_REF"}, {product, "PRODUCT_SAMPLES_REF"}, {parameters, "GRID_CELL_SIZE_REF"}};
  layout.panchromatic = {
      {product, "PRODUCT_LINES_PAN"}, {product, "PRODUCT_SAMPLES_PAN"}, {parameters, "GRID_CELL_SIZE_PAN"}};
  layout.thermal = {
      {product, "PRODUCT_LINES_THM"}, {product, "PRODUCT_SAMPLES_THM"}, {parameters, "GRID_CELL_SIZE_THM"}};
  layout.corner_x = {product, "PRODUCT_UL_CORNER_MAPX"};
  layout.corner_y = {product, "PRODUCT_UL_CORNER_MAPY"};
  layout.corner_lon = {{{product, "PRODUCT_UL_CORNER_LON"},
                        {product, "PRODUCT_UR_CORNER_LON"},
                        {product, "PRODUCT_LR_CORNER_LON"},
                        {product, "PRODUCT_LL_CORNER_LON"}}};
  layout.corner_lat = {{{product, "PRODUCT_UL_CORNER_LAT"},
                        {product, "PRODUCT_UR_CORNER_LAT"},
                        {product, "PRODUCT_LR_CORNER_LAT"},
                        {product, "PRODUCT_LL_CORNER_LAT"}}};
  layout.radiance = "";
  layout.station = {info, "GROUND_STATION"};
  layout.software = {product, "PROCESSING_SOFTWARE"};
  return layout;
}

}  // namespace

constinit const Layout collection2_level1 = of_collection2(Level::l1);
constinit const Layout collection2_level2 = of_collection2(Level::l2);
constinit const Layout collection1 = of_collection1();
constinit const Layout pre_collection = of_pre_collection();
constinit const Layout legacy = of_legacy();

}  // namespace hayden::mtl
