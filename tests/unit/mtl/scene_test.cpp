#include "mtl/scene.hpp"

#include <gmock/gmock.h>

#include <random>

#include "core/json.hpp"
#include "sample_text.hpp"

namespace hayden::mtl {
namespace {

using testing::AllOf;
using testing::DoubleEq;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Optional;
using testing::Pair;

Scene scene_of(std::string_view text) { return read_scene(parse_mtl(text)); }

std::string refusal(std::string_view text) {
  try {
    scene_of(text);
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status(), 422);
    EXPECT_EQ(problem.code(), "InvalidMtl");
    return problem.what();
  }
  return "none";
}

/// The same scene as a level-1 product with a panchromatic band.
std::string level1_sample() {
  std::string text = replaced(level2_sample, "L2SP", "L1TP");
  text = with(text, "GRID_CELL_SIZE_THERMAL", "30.00\n    GRID_CELL_SIZE_PANCHROMATIC = 15.00");
  return with(text, "THERMAL_LINES",
              "7881\n    PANCHROMATIC_LINES = 15761\n    PANCHROMATIC_SAMPLES = 15521");
}

/// An MSS product of the first Landsat, whose band 4 has no gains.
std::string mss_sample() {
  std::string text = replaced(level1_sample(), "LC08_L1TP_046028_20200904", "LM01_L1GS_050028_19720904");
  text = with(with(text, "PROCESSING_LEVEL", "\"L1GS\""), "SPACECRAFT_ID", "\"LANDSAT_1\"");
  text = with(with(text, "SENSOR_ID", "\"MSS\""), "WRS_TYPE", "1");
  text = with(with(text, "WRS_PATH", "050"), "DATE_ACQUIRED", "1972-09-04");
  text = with(with(text, "RADIANCE_MULT_BAND_4", "NULL"), "RADIANCE_ADD_BAND_4", "NULL");
  text = without(without(text, "NADIR_OFFNADIR"), "ROLL_ANGLE");
  for (const auto* key : {"THERMAL_LINES", "THERMAL_SAMPLES", "PANCHROMATIC_LINES", "PANCHROMATIC_SAMPLES"}) {
    text = without(text, key);
  }
  return text;
}

TEST(Scene, has_the_facts_of_its_file) {
  const Scene scene = scene_of(level2_sample);
  EXPECT_EQ(scene.product_id, "LC08_L2SP_046028_20200904_20200906_02_T1");
  EXPECT_EQ(scene.scene_id, "LC80460282020248LGN00");
  EXPECT_EQ(scene.collection_number, "02");
  EXPECT_EQ(scene.category, "T1");
  EXPECT_EQ(scene.processing_level, "L2SP");
  EXPECT_EQ(scene.level, Level::l2);
  EXPECT_EQ(scene.spacecraft, 8);
  EXPECT_EQ(scene.sensor, Sensor::oli_tirs);
  EXPECT_EQ(scene.sensor_id, "OLI_TIRS");
  EXPECT_EQ(scene.wrs_type, 2);
  EXPECT_EQ(scene.wrs_path, 46);
  EXPECT_EQ(scene.wrs_row, 28);
  EXPECT_THAT(scene.cloud_cover, Optional(3.25));
  EXPECT_THAT(scene.cloud_cover_land, Optional(3.5));
  EXPECT_THAT(scene.sun_azimuth, Optional(150.5));
  EXPECT_THAT(scene.sun_elevation, Optional(48.25));
  EXPECT_THAT(scene.off_nadir, Optional(0.0));
  EXPECT_EQ(scene.epsg, 32610);
  EXPECT_EQ(scene.corners[0], (LonLat{-123.36104, 46.89973}));
  EXPECT_EQ(scene.corners[2], (LonLat{-120.40672, 44.72948}));
  EXPECT_EQ(scene.generation, Generation::collection2);
}

TEST(Scene, has_its_time_truncated_to_microseconds) {
  EXPECT_EQ(format_rfc3339(scene_of(level2_sample).acquired), "2020-09-04T18:55:41.123456Z");
  EXPECT_EQ(format_rfc3339(scene_of(with(level2_sample, "SCENE_CENTER_TIME", "18:55:41.9999999Z")).acquired),
            "2020-09-04T18:55:41.999999Z");
}

TEST(Scene, takes_keys_of_its_own_level) {
  const Scene level2 = scene_of(level2_sample);
  EXPECT_EQ(format_rfc3339(level2.product_generated), "2020-09-06T10:11:12Z");
  EXPECT_THAT(level2.scaling_of("4")->gain, Optional(2.75e-05));
  EXPECT_THAT(level2.scaling_of("4")->offset, Optional(-0.2));
  EXPECT_THAT(level2.scaling_of("ST_B10")->gain, Optional(0.00341802));
  const Scene level1 = scene_of(level1_sample());
  EXPECT_EQ(level1.level, Level::l1);
  EXPECT_EQ(format_rfc3339(level1.product_generated), "2020-09-05T01:02:03Z");
  EXPECT_THAT(level1.scaling_of("4")->gain, Optional(1.0140E-02));
  EXPECT_THAT(level1.scaling_of("4")->offset, Optional(-50.70246));
  EXPECT_EQ(level1.scaling_of("ST_B10"), nullptr);
}

TEST(Scene, lists_the_files_of_the_product_in_order) {
  const Scene scene = scene_of(level2_sample);
  EXPECT_THAT(scene.files,
              ElementsAre(Pair("BAND_4", "LC08_L2SP_046028_20200904_20200906_02_T1_SR_B4.TIF"),
                          Pair("BAND_ST_B10", "LC08_L2SP_046028_20200904_20200906_02_T1_ST_B10.TIF"),
                          Pair("METADATA_ODL", "LC08_L2SP_046028_20200904_20200906_02_T1_MTL.txt")));
  EXPECT_EQ(scene.file("BAND_5"), nullptr);
  EXPECT_THAT(*scene.file("BAND_4"), HasSubstr("_SR_B4.TIF"));
}

TEST(Scene, has_a_grid_whose_origin_is_the_outer_corner_of_the_first_pixel) {
  const Scene scene = scene_of(level1_sample());
  EXPECT_EQ(scene.reflective, (Grid{7881, 7761, 30, 472485, 5193315}));
  EXPECT_THAT(scene.panchromatic, Optional(Grid{15761, 15521, 15, 472492.5, 5193307.5}));
  EXPECT_FALSE(scene.thermal);
}

TEST(Scene, has_a_thermal_grid_only_where_it_differs) {
  const Scene scene =
      scene_of(with(with(with(level2_sample, "GRID_CELL_SIZE_THERMAL", "60.00"), "THERMAL_LINES", "3941"),
                    "THERMAL_SAMPLES", "3881"));
  EXPECT_THAT(scene.thermal, Optional(Grid{3941, 3881, 60, 472470, 5193330}));
}

TEST(Scene, of_the_thermal_sensor_alone_has_the_thermal_grid) {
  auto text = without(without(level2_sample, "REFLECTIVE_LINES"), "REFLECTIVE_SAMPLES");
  const Scene scene = scene_of(with(text, "SENSOR_ID", "\"TIRS\""));
  EXPECT_EQ(scene.sensor, Sensor::tirs);
  EXPECT_EQ(scene.reflective.rows, 7881);
  EXPECT_FALSE(scene.thermal);
}

TEST(Scene, of_mss_has_its_own_reference_system_and_absent_gains) {
  const Scene scene = scene_of(mss_sample());
  EXPECT_EQ(scene.spacecraft, 1);
  EXPECT_EQ(scene.sensor, Sensor::mss);
  EXPECT_EQ(scene.wrs_type, 1);
  EXPECT_EQ(scene.wrs_path, 50);
  EXPECT_FALSE(scene.off_nadir);
  ASSERT_NE(scene.scaling_of("4"), nullptr);
  EXPECT_FALSE(scene.scaling_of("4")->gain);
  EXPECT_FALSE(scene.scaling_of("4")->offset);
  EXPECT_FALSE(scene.panchromatic);
  EXPECT_FALSE(scene.thermal);
}

TEST(Scene, reads_padded_numbers_as_decimal) {
  const Scene scene = scene_of(with(with(level2_sample, "WRS_PATH", "029"), "WRS_ROW", "010"));
  EXPECT_EQ(scene.wrs_path, 29);
  EXPECT_EQ(scene.wrs_row, 10);
}

TEST(Scene, leaves_out_what_was_not_computed) {
  const Scene scene = scene_of(with(
      with(with(level2_sample, "CLOUD_COVER", "-1.00"), "CLOUD_COVER_LAND", "-1"), "SUN_AZIMUTH", "NULL"));
  EXPECT_FALSE(scene.cloud_cover);
  EXPECT_FALSE(scene.cloud_cover_land);
  EXPECT_FALSE(scene.sun_azimuth);
  EXPECT_FALSE(scene_of(without(level2_sample, "CLOUD_COVER")).cloud_cover);
}

TEST(Scene, takes_the_sun_below_the_horizon_and_a_negative_azimuth) {
  const Scene night = scene_of(with(with(level2_sample, "SUN_ELEVATION", "-41.5"), "SUN_AZIMUTH", "-39.7"));
  EXPECT_THAT(night.sun_elevation, Optional(-41.5));
  EXPECT_THAT(night.sun_azimuth, Optional(-39.7));
}

TEST(Scene, looks_aside_by_its_roll_angle) {
  const auto aside = with(with(level2_sample, "NADIR_OFFNADIR", "\"OFFNADIR\""), "ROLL_ANGLE", "-11.696");
  EXPECT_THAT(scene_of(aside).off_nadir, Optional(DoubleEq(11.696)));
}

TEST(Scene, keeps_the_northern_zone_where_northings_are_negative) {
  const auto south =
      with(with(level2_sample, "UTM_ZONE", "55"), "CORNER_UL_PROJECTION_Y_PRODUCT", "-3249600");
  EXPECT_EQ(scene_of(south).epsg, 32655);
  EXPECT_EQ(scene_of(with(level2_sample, "UTM_ZONE", "5")).epsg, 32605);
}

TEST(Scene, takes_a_negative_zone_for_the_southern_one) {
  EXPECT_EQ(scene_of(with(level2_sample, "UTM_ZONE", "-51")).epsg, 32751);
}

std::string polar(std::string_view latitude, std::string_view longitude) {
  const auto text = with(without(level2_sample, "UTM_ZONE"), "MAP_PROJECTION", "\"PS\"");
  return with_lines(text, "PROJECTION_ATTRIBUTES",
                    "    TRUE_SCALE_LAT = " + std::string{latitude} + "\n    VERTICAL_LON_FROM_POLE = " +
                        std::string{longitude} + "\n    FALSE_EASTING = 0\n    FALSE_NORTHING = 0\n");
}

TEST(Scene, knows_polar_grids_by_their_numbers) {
  EXPECT_EQ(scene_of(polar("-71.00000", "0.00000")).epsg, 3031);
  EXPECT_EQ(scene_of(polar("-71", "0")).epsg, 3031);
  EXPECT_EQ(scene_of(polar("71.0", "-0.0")).epsg, 3995);
  EXPECT_EQ(scene_of(polar("70.0", "-45.0")).epsg, 3413);
  EXPECT_THAT(refusal(polar("-60", "0")), HasSubstr("TRUE_SCALE_LAT -60, VERTICAL_LON_FROM_POLE 0"));
  EXPECT_THAT(refusal(with(polar("-71", "0"), "FALSE_EASTING", "500000")),
              HasSubstr("false origin 500000, 0"));
}

TEST(Scene, is_the_same_from_text_and_from_json) {
  const Document document = parse_mtl(level1_sample());
  Json json;
  for (const auto& section : document.sections) {
    for (const auto& [key, value] : section.values) json[document.root][section.name][key] = value;
  }
  EXPECT_EQ(scene_of(json.dump(2)), scene_of(level1_sample()));
}

TEST(Scene, names_every_mistake_at_once) {
  auto text = without(without(level2_sample, "LANDSAT_SCENE_ID"), "SPACECRAFT_ID");
  text = with(with(text, "WRS_PATH", "999"), "WRS_ROW", "abc");
  text = with(with(text, "DATE_ACQUIRED", "2020-02-30"), "CLOUD_COVER", "101");
  text = with(with(text, "UTM_ZONE", "0"), "REFLECTIVE_LINES", "-5");
  text = with(with(text, "CORNER_UL_LON_PRODUCT", "x"), "REFLECTANCE_ADD_BAND_4", "x");
  EXPECT_THAT(
      refusal(text),
      AllOf(HasSubstr("LEVEL1_PROCESSING_RECORD.LANDSAT_SCENE_ID: missing"),
            HasSubstr("IMAGE_ATTRIBUTES.SPACECRAFT_ID: missing"),
            HasSubstr("IMAGE_ATTRIBUTES.WRS_PATH: \"999\" is not a whole number from 1 to 233"),
            HasSubstr("IMAGE_ATTRIBUTES.WRS_ROW: \"abc\" is not a whole number from 1 to 248"),
            HasSubstr("DATE_ACQUIRED and SCENE_CENTER_TIME: \"2020-02-30T18:55:41.1234567Z\" is not a date"),
            HasSubstr("IMAGE_ATTRIBUTES.CLOUD_COVER: \"101\" is not between -1 and 100"),
            HasSubstr("PROJECTION_ATTRIBUTES.UTM_ZONE: must not be 0"),
            HasSubstr("PROJECTION_ATTRIBUTES.REFLECTIVE_LINES: \"-5\" is not a whole number"),
            HasSubstr("PROJECTION_ATTRIBUTES.CORNER_UL_LON_PRODUCT: \"x\" is not a number"),
            HasSubstr("REFLECTANCE_PARAMETERS.REFLECTANCE_ADD_BAND_4: \"x\" is not a number"),
            Not(HasSubstr("SENSOR_ID"))));
}

TEST(Scene, names_each_key_it_cannot_do_without) {
  for (const auto* key : {"LANDSAT_PRODUCT_ID", "PROCESSING_LEVEL", "COLLECTION_NUMBER",
                          "COLLECTION_CATEGORY", "LANDSAT_SCENE_ID", "SPACECRAFT_ID", "SENSOR_ID", "WRS_TYPE",
                          "WRS_PATH", "WRS_ROW", "DATE_ACQUIRED", "SCENE_CENTER_TIME",
                          "DATE_PRODUCT_GENERATED", "MAP_PROJECTION", "UTM_ZONE", "GRID_CELL_SIZE_REFLECTIVE",
                          "REFLECTIVE_SAMPLES", "CORNER_UL_PROJECTION_X_PRODUCT", "CORNER_LR_LAT_PRODUCT"}) {
    EXPECT_THAT(refusal(without(level2_sample, key)), HasSubstr("." + std::string{key} + ": missing"));
  }
}

TEST(Scene, names_a_repeated_mistake_once) {
  const std::string message = refusal(without(level1_sample(), "CORNER_UL_PROJECTION_X_PRODUCT"));
  EXPECT_EQ(message, "PROJECTION_ATTRIBUTES.CORNER_UL_PROJECTION_X_PRODUCT: missing");
}

TEST(Scene, bounds_the_mistakes_it_names) {
  std::string lines;
  for (int i = 0; i < 4000; ++i) lines += "    FILE_NAME_" + std::to_string(i) + " = \"a/b\"\n";
  EXPECT_LT(refusal(with_lines(level2_sample, "PRODUCT_CONTENTS", lines)).size(), 5000U);
}

TEST(Scene, refuses_a_sensor_its_spacecraft_does_not_carry) {
  EXPECT_THAT(refusal(with(level2_sample, "SENSOR_ID", "\"ETM\"")), HasSubstr("LANDSAT_8 has no sensor ETM"));
  EXPECT_THAT(refusal(with(level2_sample, "SPACECRAFT_ID", "\"LANDSAT_6\"")),
              HasSubstr("\"LANDSAT_6\" is not one of LANDSAT_1 to LANDSAT_9"));
  EXPECT_THAT(refusal(with(level2_sample, "SENSOR_ID", "\"RBV\"")),
              HasSubstr("\"RBV\" is not one of MSS, TM"));
}

TEST(Scene, refuses_names_that_would_lead_elsewhere) {
  for (const auto* name :
       {"\"../secret\"", "\"https://elsewhere.example/x.TIF\"", "\".hidden\"", "\"a b\"", "\"\""}) {
    EXPECT_THAT(refusal(with(level2_sample, "FILE_NAME_BAND_4", name)),
                HasSubstr("PRODUCT_CONTENTS.FILE_NAME_BAND_4: "));
  }
  for (const auto* id : {"\"LC08\"", "\"LC08_L2SP_046028_20200904_20200906_02_T1/..\"",
                         "\"LC08-L2SP-046028-20200904-20200906-02-T1\""}) {
    EXPECT_THAT(refusal(with(level2_sample, "LANDSAT_PRODUCT_ID", id)), HasSubstr("is not a product id"));
  }
}

TEST(Scene, refuses_what_is_of_no_known_generation) {
  const auto refused = [](std::string_view section, std::string_view line) {
    return refusal(
        "GROUP = L1_METADATA_FILE\nGROUP = " + std::string{section} + "\n" + std::string{line} +
        "\nEND_GROUP = " + std::string{section} +
        "\nGROUP = PRODUCT_METADATA\nEND_GROUP = PRODUCT_METADATA\nEND_GROUP = L1_METADATA_FILE\nEND\n");
  };
  EXPECT_EQ(refused("METADATA_FILE_INFO", "COLLECTION_NUMBER = 02"),
            "the layout of Collection 1 with collection number \"02\"");
  EXPECT_EQ(refusal(with(level2_sample, "COLLECTION_NUMBER", "03")),
            "the product is of Collection \"03\"; this layout is known of Collection 2 only");
  EXPECT_EQ(scene_of(replaced(level2_sample, "LANDSAT_METADATA_FILE", "L1_METADATA_FILE")).wrs_path, 46);
  EXPECT_THAT(refusal("GROUP = ARD\nEND_GROUP = ARD\n"), HasSubstr("not LANDSAT_METADATA_FILE"));
  EXPECT_THAT(refusal("GROUP = L1_METADATA_FILE\nEND_GROUP = L1_METADATA_FILE\n"),
              HasSubstr("a file that another program has rewritten"));
}

TEST(Scene, prefers_the_products_own_processing_record_to_that_of_level_1) {
  auto text = with_lines(level2_sample, "LEVEL1_PROCESSING_RECORD",
                         "    PROCESSING_SOFTWARE_VERSION = \"old\"\n    GEOMETRIC_RMSE_MODEL = 6.120\n");
  EXPECT_EQ(scene_of(text).processing.software_version, "old");
  text = with_lines(text, "LEVEL2_PROCESSING_RECORD", "    PROCESSING_SOFTWARE_VERSION = \"new\"\n");
  EXPECT_EQ(scene_of(text).processing.software_version, "new");
  EXPECT_THAT(scene_of(text).processing.rmse, Optional(6.12));
}

TEST(Scene, of_collection_1_has_its_facts_where_they_were_then) {
  const Scene scene = scene_of(collection1_sample);
  EXPECT_EQ(scene.generation, Generation::collection1);
  EXPECT_EQ(scene.product_id, "LE07_L1TP_104078_20130429_20161124_01_T1");
  EXPECT_EQ(scene.collection_number, "01");
  EXPECT_EQ(scene.category, "T1");
  EXPECT_EQ(scene.epsg, 32652);
  EXPECT_EQ(scene.reflective, (Grid{7091, 8161, 30, 525285, -2768985}));
  EXPECT_THAT(scene.panchromatic, Optional(Grid{14181, 16321, 15, 525292.5, -2768992.5}));
  EXPECT_FALSE(scene.thermal);
  EXPECT_THAT(scene.files,
              ElementsAre(Pair("BAND_6_VCID_1", "x_B6_VCID_1.TIF"), Pair("BAND_QUALITY", "x_BQA.TIF"),
                          Pair("GROUND_CONTROL_POINT", "x_GCP.txt"), Pair("ANGLE_COEFFICIENT", "x_ANG.txt"),
                          Pair("METADATA_ODL", "x_MTL.txt")));
  EXPECT_THAT(scene.scaling_of("6_VCID_1")->gain, Optional(6.7087E-02));
  EXPECT_EQ(scene.processing.ephemeris_type, "DEFINITIVE");
  EXPECT_THAT(scene.processing.scan_gap_interpolation, Optional(2.0));
}

TEST(Scene, of_the_first_files_of_collection_1_has_the_tier_of_its_product_id) {
  EXPECT_EQ(scene_of(without(collection1_sample, "COLLECTION_CATEGORY")).category, "T1");
}

TEST(Scene, before_the_collections_goes_by_its_scene_id) {
  auto text = without(without(collection1_sample, "COLLECTION_NUMBER"), "LANDSAT_PRODUCT_ID");
  text = with(without(text, "COLLECTION_CATEGORY"), "DATA_TYPE", "\"L1T\"");
  const Scene scene = scene_of(text);
  EXPECT_EQ(scene.generation, Generation::pre_collection);
  EXPECT_EQ(scene.product_id, "LE71040782013119ASA00");
  EXPECT_EQ(scene.scene_id, "LE71040782013119ASA00");
  EXPECT_EQ(scene.category, "");
  EXPECT_EQ(scene.processing_level, "L1T");
}

TEST(Scene, of_a_file_from_before_2012_is_read_too) {
  const Scene scene = scene_of(legacy_sample);
  EXPECT_EQ(scene.generation, Generation::pre_collection);
  EXPECT_EQ(scene.product_id, "L71090081_08120090415");
  EXPECT_EQ(scene.scene_id, "");
  EXPECT_EQ(scene.spacecraft, 7);
  EXPECT_EQ(scene.sensor_id, "ETM");
  EXPECT_EQ(format_rfc3339(scene.acquired), "2009-04-15T23:39:26.931462Z");
  EXPECT_EQ(scene.epsg, 32756);
  EXPECT_FALSE(scene.cloud_cover);
  EXPECT_THAT(scene.files, ElementsAre(Pair("BAND_1", "L71090081_08120090415_B10.TIF"),
                                       Pair("BAND_6_VCID_2", "L72090081_08120090415_B62.TIF"),
                                       Pair("METADATA_ODL", "L71090081_08120090415_MTL.txt")));
  EXPECT_THAT(scene.scaling_of("6_VCID_2")->gain, Optional(DoubleEq((12.65 - 3.2) / 254)));
  EXPECT_THAT(scene.scaling_of("6_VCID_2")->offset, Optional(DoubleEq(3.2 - (12.65 - 3.2) / 254)));
  EXPECT_THAT(refusal(with(legacy_sample, "METADATA_L1_FILE_NAME", "\"../x_MTL.txt\"")),
              HasSubstr("is not the name"));
}

TEST(Scene, has_panchromatic_cells_that_share_the_edges_where_the_file_has_twice_the_lines) {
  const Scene scene = scene_of(legacy_sample);
  EXPECT_EQ(scene.reflective, (Grid{8401, 9641, 25, 182000, 6751000}));
  EXPECT_THAT(scene.panchromatic, Optional(Grid{16802, 19282, 12.5, 182000, 6751000}));
}

TEST(Scene, of_espa_has_its_bands_one_by_one) {
  const Scene scene = scene_of(espa_sample);
  EXPECT_EQ(scene.generation, Generation::collection1);
  EXPECT_EQ(scene.level, Level::l2);
  EXPECT_EQ(scene.product_id, "LC08_L1TP_046028_20180301_20180308_01_A1");
  EXPECT_EQ(scene.category, "A1");
  EXPECT_EQ(scene.epsg, 32610);
  EXPECT_EQ(scene.reflective, (Grid{7881, 7761, 30, 472485, 5193315}));
  EXPECT_THAT(scene.sun_elevation, Optional(DoubleEq(35.5)));
  EXPECT_EQ(format_rfc3339(scene.product_generated), "2018-03-09T01:02:03Z");
  ASSERT_EQ(scene.bands.size(), 2U);
  EXPECT_EQ(scene.bands[0].file, "x_sr_band4.tif");
  EXPECT_THAT(scene.bands[0].scale, Optional(0.0001));
  EXPECT_THAT(scene.bands[1].bits,
              ElementsAre(Pair(0, "fill"), Pair(6, "cloud confidence"), Pair(7, "cloud confidence")));
}

TEST(Scene, of_espa_in_albers_projection_has_wkt_because_no_code_fits) {
  auto text = replaced(espa_sample, "projection=\"UTM\"", "projection=\"ALBERS\"");
  text = replaced(text, "<utm_proj_params><zone_code>10</zone_code></utm_proj_params>",
                  "<albers_proj_params><standard_parallel1>29.5</standard_parallel1>"
                  "<standard_parallel2>45.5</standard_parallel2><central_meridian>-96</central_meridian>"
                  "<origin_latitude>23</origin_latitude><false_easting>0</false_easting>"
                  "<false_northing>0</false_northing></albers_proj_params>");
  const Scene scene = scene_of(text);
  EXPECT_EQ(scene.epsg, 0);
  EXPECT_THAT(scene.wkt, AllOf(HasSubstr("PROJCRS["), HasSubstr("1st standard parallel\",29.5,")));
}

TEST(Scene, of_an_ard_tile_spans_the_scenes_it_is_made_of) {
  const Scene scene = scene_of(ard_sample);
  EXPECT_EQ(scene.level, Level::ard);
  EXPECT_EQ(scene.tile, "CU-027009");
  EXPECT_EQ(format_rfc3339(scene.acquired), "2013-07-01T15:54:36.220369Z");
  EXPECT_EQ(format_rfc3339(*scene.acquired_last), "2013-07-01T15:55:00.111406Z");
  EXPECT_EQ(scene.wrs_path, 0);
  EXPECT_EQ(scene.reflective, (Grid{5000, 5000, 30, 1484415, 1964805})) << "its corners are edges";
  ASSERT_EQ(scene.bands.size(), 1U) << "only the tile's";
  EXPECT_EQ(scene.bands[0].name, "sr_band4");
  EXPECT_THAT(refusal(replaced(ard_sample, "<level1_collection>01<", "<level1_collection>02<")),
              HasSubstr("tile_metadata/global_metadata.level1_collection: \"02\" is not one of 01"));
}

TEST(Scene, of_espa_names_every_mistake_of_its_head_at_once) {
  auto text = replaced(replaced(espa_sample, "LANDSAT_8", "LANDSAT_6"), "path=\"46\"", "path=\"999\"");
  text = replaced(text, "<acquisition_date>2018-03-01", "<acquisition_date>2018-13-01");
  EXPECT_THAT(refusal(text),
              AllOf(HasSubstr("global_metadata.satellite: \"LANDSAT_6\""),
                    HasSubstr("global_metadata.wrs@path: \"999\""), HasSubstr("is not a date and time")));
  EXPECT_THAT(refusal(replaced(espa_sample, "x_sr_band4.tif", "../x.tif")),
              HasSubstr("bands/band.file_name"));
}

TEST(Scene, comes_or_is_refused_whatever_breaks_its_file) {
  std::mt19937 random(11);
  const std::string whole = level1_sample();
  const auto either = [](const std::string& text) {
    try {
      const Scene scene = scene_of(text);
      EXPECT_FALSE(scene.product_id.empty());
      return true;
    } catch (const Problem& problem) {
      EXPECT_EQ(problem.status(), 422);
      EXPECT_STRNE(problem.what(), "");
      return false;
    }
  };
  const auto root_end = whole.rfind("END_GROUP = LANDSAT_METADATA_FILE") + 33;
  for (std::size_t length = 0; length < whole.size(); length += 7) {
    EXPECT_EQ(either(whole.substr(0, length)), length >= root_end) << length;
  }
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string broken = whole;
    broken[random() % broken.size()] = static_cast<char>(random());
    if (!either(broken)) ++refused;
  }
  EXPECT_GT(refused, 1000);
  EXPECT_LT(refused, 3000);
}

}  // namespace
}  // namespace hayden::mtl
