#include "mtl/landsat_item.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace hayden::mtl {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto folder =
    "s3://usgs-landsat/collection02/level-2/standard/oli-tirs/2020/046/028/"
    "LC08_L2SP_046028_20200904_20200906_02_T1/";

Instant at(const char* text) { return *parse_rfc3339(text); }

/// A Landsat 8 level-2 scene over Hayden Island, with the files that matter to the tests.
Scene level2_scene() {
  const std::string id = "LC08_L2SP_046028_20200904_20200906_02_T1";
  Scene scene;
  scene.product_id = id;
  scene.scene_id = "LC80460282020248LGN00";
  scene.collection_number = "02";
  scene.category = "T1";
  scene.processing_level = "L2SP";
  scene.level = Level::l2;
  scene.spacecraft = 8;
  scene.sensor = Sensor::oli_tirs;
  scene.sensor_id = "OLI_TIRS";
  scene.wrs_path = 46;
  scene.wrs_row = 28;
  scene.acquired = at("2020-09-04T18:55:02.123456Z");
  scene.product_generated = at("2020-09-06T01:02:03Z");
  scene.cloud_cover = 12.5;
  scene.cloud_cover_land = 13.25;
  scene.sun_elevation = 48.25;
  scene.sun_azimuth = 151.5;
  scene.off_nadir = 0;
  scene.epsg = 32610;
  scene.reflective = {7861, 7741, 30, 470385, 5212815};
  scene.files = {{"BAND_4", id + "_SR_B4.TIF"},
                 {"BAND_ST_B10", id + "_ST_B10.TIF"},
                 {"QUALITY_L1_PIXEL", id + "_QA_PIXEL.TIF"},
                 {"METADATA_ODL", id + "_MTL.txt"},
                 {"METADATA_XML", id + "_MTL.xml"}};
  scene.scaling = {{"4", 2.75e-05, -0.2}, {"ST_B10", 0.00341802, 149.0}};
  scene.processing.doi = "10.5066/P9OGBGM6";
  scene.processing.station_id = "LGN";
  scene.processing.software_version = "LPGS_15.3.1c";
  scene.processing.rmse = 6.12;
  return scene;
}

Scene level1_scene(Sensor sensor, int spacecraft) {
  Scene scene = level2_scene();
  scene.product_id = "LX0" + std::to_string(spacecraft) + "_L1TP_046028_20200904_20200906_02_T1";
  scene.level = Level::l1;
  scene.processing_level = "L1TP";
  scene.sensor = sensor;
  scene.spacecraft = spacecraft;
  scene.files.clear();
  scene.scaling.clear();
  return scene;
}

Json item_of(const Scene& scene) { return landsat_item(scene, std::string(folder) + "x_MTL.json"); }

std::vector<std::string> keys(const Json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

TEST(LandsatItem, the_id_is_the_product_id_without_its_processing_date) {
  EXPECT_EQ(item_of(level2_scene())["id"], "LC08_L2SP_046028_20200904_02_T1");
}

TEST(LandsatItem, says_what_where_and_when) {
  const Json item = item_of(level2_scene());
  const Json& properties = item["properties"];
  EXPECT_EQ(item["collection"], "landsat-c2-l2");
  EXPECT_EQ(properties["datetime"], "2020-09-04T18:55:02.123456Z");
  EXPECT_EQ(properties["platform"], "landsat-8");
  EXPECT_EQ(properties["instruments"], Json::array({"oli", "tirs"}));
  EXPECT_EQ(properties["gsd"], 30);
  EXPECT_EQ(properties["eo:cloud_cover"], 12.5);
  EXPECT_EQ(properties["view:sun_azimuth"], 151.5);
  EXPECT_EQ(properties["landsat:wrs_path"], "046");
  EXPECT_EQ(properties["landsat:wrs_row"], "028");
  EXPECT_EQ(properties["grid:code"], "WRS2-046028");
  EXPECT_EQ(properties["sci:doi"], "10.5066/P9OGBGM6");
}

TEST(LandsatItem, gives_the_grid_by_its_outer_edges) {
  const Json properties = item_of(level2_scene())["properties"];
  EXPECT_EQ(properties["proj:epsg"], 32610);
  EXPECT_EQ(properties["proj:shape"], Json::array({7861, 7741}));
  EXPECT_EQ(properties["proj:transform"], Json::array({30.0, 0.0, 470385.0, 0.0, -30.0, 5212815.0}));
  EXPECT_EQ(properties["proj:bbox"], Json::array({470385.0, 4976985.0, 702615.0, 5212815.0}));
}

TEST(LandsatItem, the_footprint_is_the_product_rectangle_and_says_so) {
  const Json item = item_of(level2_scene());
  EXPECT_EQ(item["properties"]["hayden:footprint_source"], "product_rectangle");
  EXPECT_EQ(item["geometry"]["type"], "Polygon");
  EXPECT_NEAR(item["bbox"][0].get<double>(), -123.39, 0.05);
  EXPECT_NEAR(item["bbox"][3].get<double>(), 47.07, 0.05);
  EXPECT_NEAR(item["properties"]["proj:centroid"]["lat"].get<double>(), 46.0, 0.05);
}

TEST(LandsatItem, the_footprint_follows_the_edges_of_the_rectangle_where_they_bend) {
  Scene scene = level2_scene();
  scene.epsg = 32618;
  scene.reflective = {8901, 8901, 30, 366885, 8826915};
  const Json ring = item_of(scene)["geometry"]["coordinates"][0];
  EXPECT_GT(ring.size(), 5U);
  double most = -90;
  for (const auto& position : ring) most = std::max(most, position[1].get<double>());
  EXPECT_NEAR(most, 79.52, 0.02) << "the north edge is highest in its middle";

  scene.reflective.origin_y = 300015;
  EXPECT_EQ(item_of(scene)["geometry"]["coordinates"][0].size(), 5U) << "near the equator they hardly bend";
}

TEST(LandsatItem, a_scene_across_the_antimeridian_is_split_there) {
  Scene scene = level2_scene();
  scene.epsg = 32601;
  scene.reflective = {7861, 7741, 30, 210885, 5849415};
  const Json item = item_of(scene);
  EXPECT_EQ(item["geometry"]["type"], "MultiPolygon");
  EXPECT_GT(item["bbox"][0].get<double>(), 170);
  EXPECT_LT(item["bbox"][2].get<double>(), -170);
  EXPECT_LT(std::abs(item["properties"]["proj:centroid"]["lon"].get<double>()), 180.0);
}

TEST(LandsatItem, an_antarctic_scene_is_on_the_polar_stereographic_grid) {
  Scene scene = level2_scene();
  scene.epsg = 3031;
  scene.reflective = {8841, 8801, 30, 1000005, -1000005};
  const Json item = item_of(scene);
  EXPECT_EQ(item["properties"]["proj:epsg"], 3031);
  EXPECT_GT(item["geometry"]["coordinates"][0].size(), 5U);
  EXPECT_NEAR(item["bbox"][3].get<double>(), -73.6, 0.2);
}

TEST(LandsatItem, is_the_same_bytes_each_time_it_is_made) {
  EXPECT_EQ(dump_json(item_of(level2_scene())), dump_json(item_of(level2_scene())));
  EXPECT_EQ(item_of(level2_scene())["properties"]["created"], "2020-09-06T01:02:03Z");
}

TEST(LandsatItem, lists_the_files_that_the_metadata_names_and_their_standing_siblings_only) {
  EXPECT_THAT(keys(item_of(level2_scene())["assets"]),
              ::testing::UnorderedElementsAre("thumbnail", "reduced_resolution_browse", "mtl.json", "mtl.txt",
                                              "mtl.xml", "qa_pixel", "red", "lwir11"));
}

TEST(LandsatItem, assets_lie_beside_the_metadata_file) {
  const std::string name = "LC08_L2SP_046028_20200904_20200906_02_T1_SR_B4.TIF";
  EXPECT_EQ(item_of(level2_scene())["assets"]["red"]["href"], folder + name);
  EXPECT_EQ(landsat_item(level2_scene(), "file:///data/a b/x_MTL.txt")["assets"]["red"]["href"],
            "file:///data/a b/" + name);
  EXPECT_EQ(landsat_item(level2_scene(), "x_MTL.txt")["assets"]["red"]["href"], name);
}

TEST(LandsatItem, a_requester_pays_bucket_is_declared_in_the_s3_alternate) {
  const Json item = item_of(level2_scene());
  const Json& red = item["assets"]["red"];
  EXPECT_EQ(red["alternate"]["s3"]["href"], red["href"]);
  EXPECT_EQ(red["alternate"]["s3"]["storage:region"], "us-west-2");
  EXPECT_EQ(red["alternate"]["s3"]["storage:requester_pays"], true);
  EXPECT_THAT(item["stac_extensions"].get<std::vector<std::string>>(), Contains(HasSubstr("/storage/")));
}

TEST(LandsatItem, an_unknown_place_says_nothing_of_storage) {
  for (const char* href : {"s3://other-bucket/x_MTL.json", "https://host/usgs-landsat/x_MTL.json"}) {
    const Json item = landsat_item(level2_scene(), href);
    EXPECT_FALSE(item["assets"]["red"].contains("alternate")) << href;
    EXPECT_THAT(item["stac_extensions"].get<std::vector<std::string>>(), Each(Not(HasSubstr("/storage/"))));
  }
}

TEST(LandsatItem, scale_and_offset_come_from_the_metadata) {
  const Json assets = item_of(level2_scene())["assets"];
  EXPECT_EQ(assets["red"]["raster:bands"][0]["scale"], 2.75e-05);
  EXPECT_EQ(assets["red"]["raster:bands"][0]["offset"], -0.2);
  EXPECT_EQ(assets["lwir11"]["raster:bands"][0]["scale"], 0.00341802);
  EXPECT_EQ(assets["lwir11"]["raster:bands"][0]["unit"], "kelvin");
}

TEST(LandsatItem, a_band_without_gains_has_neither_scale_nor_offset_nor_unit) {
  Scene scene = level1_scene(Sensor::mss, 1);
  scene.files = {{"BAND_4", "a_B4.TIF"}, {"BAND_5", "a_B5.TIF"}};
  scene.scaling = {{"4", {}, {}}, {"5", 0.64843, -0.74843}};
  const Json assets = item_of(scene)["assets"];
  EXPECT_THAT(keys(assets["green"]["raster:bands"][0]),
              ::testing::UnorderedElementsAre("nodata", "data_type", "spatial_resolution"));
  EXPECT_EQ(assets["red"]["raster:bands"][0]["scale"], 0.64843);
  EXPECT_EQ(assets["red"]["raster:bands"][0]["unit"], "watt/steradian/square_meter/micrometer");
}

TEST(LandsatItem, band_numbers_mean_other_colours_on_landsat_1_to_3_than_on_4_and_5) {
  Scene early = level1_scene(Sensor::mss, 3);
  early.files = {{"BAND_4", "a_B4.TIF"}};
  Scene late = level1_scene(Sensor::mss, 4);
  late.files = {{"BAND_4", "a_B4.TIF"}};
  EXPECT_TRUE(item_of(early)["assets"].contains("green"));
  EXPECT_TRUE(item_of(late)["assets"].contains("nir09"));
  EXPECT_EQ(item_of(early)["properties"]["gsd"], 79);
}

TEST(LandsatItem, the_sensor_decides_and_not_the_letters_of_the_product_id) {
  Scene scene = level1_scene(Sensor::tirs, 8);
  scene.product_id = "LT08_L1GT_046028_20200904_20200906_02_T2";
  scene.files = {{"BAND_10", "a_B10.TIF"}, {"BAND_11", "a_B11.TIF"}};
  const Json item = item_of(scene);
  EXPECT_EQ(item["properties"]["instruments"], Json::array({"tirs"}));
  EXPECT_TRUE(item["assets"].contains("lwir11"));
  EXPECT_TRUE(item["assets"].contains("lwir12"));
}

TEST(LandsatItem, bands_on_a_grid_of_their_own_say_so) {
  Scene scene = level1_scene(Sensor::oli_tirs, 9);
  scene.files = {{"BAND_4", "a_B4.TIF"}, {"BAND_8", "a_B8.TIF"}, {"BAND_10", "a_B10.TIF"}};
  scene.panchromatic = Grid{15721, 15481, 15, 470392.5, 5212807.5};
  const Json assets = item_of(scene)["assets"];
  EXPECT_EQ(assets["pan"]["proj:shape"], Json::array({15721, 15481}));
  EXPECT_EQ(assets["pan"]["proj:transform"], Json::array({15.0, 0.0, 470392.5, 0.0, -15.0, 5212807.5}));
  EXPECT_EQ(assets["pan"]["raster:bands"][0]["spatial_resolution"], 15);
  EXPECT_EQ(assets["pan"]["gsd"], 15);
  EXPECT_FALSE(assets["red"].contains("proj:shape"));
  EXPECT_FALSE(assets["lwir11"].contains("proj:shape"));
}

TEST(LandsatItem, a_westerly_sun_azimuth_is_turned_to_0_to_360) {
  Scene scene = level2_scene();
  scene.sun_azimuth = -39.70122445;
  EXPECT_EQ(item_of(scene)["properties"]["view:sun_azimuth"], 320.29877555);
}

TEST(LandsatItem, what_was_not_computed_is_absent) {
  Scene scene = level2_scene();
  scene.cloud_cover.reset();
  scene.sun_azimuth.reset();
  const Json properties = item_of(scene)["properties"];
  EXPECT_FALSE(properties.contains("eo:cloud_cover"));
  EXPECT_FALSE(properties.contains("view:sun_azimuth"));
}

TEST(LandsatItem, unknown_land_cloud_is_minus_one_because_the_landsat_extension_demands_the_field) {
  Scene scene = level2_scene();
  scene.cloud_cover_land.reset();
  EXPECT_EQ(item_of(scene)["properties"]["landsat:cloud_cover_land"], -1);
}

TEST(LandsatItem, tells_how_the_product_was_made) {
  const Json properties = item_of(level2_scene())["properties"];
  EXPECT_EQ(properties["landsat:processing_software_version"], "LPGS_15.3.1c");
  EXPECT_EQ(properties["landsat:station_id"], "LGN");
  EXPECT_EQ(properties["accuracy:geometric_rmse"], 6.12);
  EXPECT_FALSE(properties.contains("accuracy:geometric_x_stddev"));
}

TEST(LandsatItem, names_the_extensions_that_it_uses_and_no_other) {
  Scene scene = level1_scene(Sensor::mss, 1);
  scene.cloud_cover.reset();
  scene.processing = {};
  const Json item = landsat_item(scene, "x_MTL.txt");
  EXPECT_THAT(item["stac_extensions"].get<std::vector<std::string>>(),
              ::testing::UnorderedElementsAre(HasSubstr("/view/v1.0.0/"), HasSubstr("/projection/v1.1.0/"),
                                              HasSubstr("/landsat/v2.0.0/"), HasSubstr("/grid/v1.1.0/")));
}

TEST(LandsatItem, only_products_with_surface_temperature_link_to_the_surface_temperature_item_of_usgs) {
  Scene scene = level2_scene();
  EXPECT_THAT(item_of(scene)["links"].dump(), HasSubstr("landsat-c2l2-st"));
  scene.processing_level = "L2SR";
  EXPECT_THAT(item_of(scene)["links"].dump(), Not(HasSubstr("landsat-c2l2-st")));
}

TEST(LandsatItem, quality_bits_are_those_of_the_sensor) {
  const auto names = [](const Scene& scene) {
    std::vector<std::string> fields;
    const Json item = item_of(scene);
    for (const auto& field : item["assets"]["qa_pixel"]["classification:bitfields"])
      fields.push_back(field["name"]);
    return fields;
  };
  Scene oli = level1_scene(Sensor::oli, 8);
  Scene etm = level1_scene(Sensor::etm, 7);
  Scene mss = level1_scene(Sensor::mss, 5);
  for (Scene* scene : {&oli, &etm, &mss}) scene->files = {{"QUALITY_L1_PIXEL", "a_QA_PIXEL.TIF"}};
  EXPECT_THAT(names(oli), Contains("cirrus_confidence"));
  EXPECT_THAT(names(etm), Not(Contains("cirrus_confidence")));
  EXPECT_THAT(names(mss), ::testing::ElementsAre("fill", "cloud", "cloud_confidence"));
}

Scene older_scene(Generation generation, Sensor sensor, int spacecraft) {
  Scene scene = level1_scene(sensor, spacecraft);
  scene.generation = generation;
  scene.processing.doi.clear();
  scene.collection_number = generation == Generation::collection1 ? "01" : "";
  if (generation == Generation::pre_collection) {
    scene.product_id = scene.scene_id;
    scene.category.clear();
    scene.processing_level = "L1T";
  }
  scene.files = {{"BAND_4", "x_B4.TIF"}, {"BAND_QUALITY", "x_BQA.TIF"}, {"METADATA_ODL", "x_MTL.txt"}};
  return scene;
}

TEST(LandsatItem, of_collection_1_lists_what_the_metadata_names_and_nothing_else) {
  const Json item = item_of(older_scene(Generation::collection1, Sensor::oli_tirs, 8));
  EXPECT_EQ(item["collection"], "landsat-c1-l1");
  EXPECT_THAT(keys(item["assets"]), ::testing::UnorderedElementsAre("mtl.txt", "qa_pixel", "red"));
  EXPECT_EQ(item["assets"]["red"]["type"], "image/tiff; application=geotiff");
  EXPECT_EQ(item["links"].dump(), "[]");
  EXPECT_THAT(item["stac_extensions"].dump(), HasSubstr("/landsat/v2.0.0/"));
}

TEST(LandsatItem, before_the_collections_does_not_name_the_landsat_extension_it_cannot_fulfil) {
  const Json item = item_of(older_scene(Generation::pre_collection, Sensor::oli_tirs, 8));
  EXPECT_EQ(item["id"], "LC80460282020248LGN00");
  EXPECT_EQ(item["collection"], "landsat-pre-l1");
  EXPECT_EQ(item["properties"]["landsat:correction"], "L1T");
  EXPECT_FALSE(item["properties"].contains("landsat:collection_number"));
  EXPECT_THAT(item["stac_extensions"].dump(), Not(HasSubstr("/landsat/")));
}

TEST(LandsatItem, wrs_1_paths_beyond_233_do_not_name_the_landsat_extension_either) {
  Scene scene = level1_scene(Sensor::mss, 1);
  scene.wrs_type = 1;
  scene.wrs_path = 251;
  EXPECT_THAT(item_of(scene)["stac_extensions"].dump(), Not(HasSubstr("/landsat/")));
  EXPECT_EQ(item_of(scene)["properties"]["grid:code"], "WRS1-251028");
}

TEST(LandsatItem, the_quality_band_has_the_bits_of_its_generation) {
  const auto offset_of_cloud = [](const Scene& scene) {
    const Json item = item_of(scene);
    for (const auto& field : item["assets"]["qa_pixel"]["classification:bitfields"]) {
      if (field["name"] == "cloud_confidence") return field["offset"].get<int>();
    }
    return -1;
  };
  EXPECT_EQ(offset_of_cloud(older_scene(Generation::pre_collection, Sensor::oli_tirs, 8)), 14);
  EXPECT_EQ(offset_of_cloud(older_scene(Generation::collection1, Sensor::oli_tirs, 8)), 5);
  EXPECT_EQ(offset_of_cloud(older_scene(Generation::collection1, Sensor::tm, 5)), 5);
  Scene modern = level1_scene(Sensor::oli_tirs, 8);
  modern.files = {{"QUALITY_L1_PIXEL", "x_QA_PIXEL.TIF"}};
  EXPECT_EQ(offset_of_cloud(modern), 8);
}

/// The angle coefficients of an image that is tilted in the rectangle of level2_scene().
std::string angles_of_level2_scene(const std::string& pixel_size = "30.000") {
  return "GROUP = PROJECTION\n  UL_CORNER = ( 470400.000, 5212800.000)\nEND_GROUP = PROJECTION\n"
         "GROUP = RPC_BAND01\n  BAND01_L1T_IMAGE_CORNER_LINES = (   9.5, 1331.2, 7837.5,\n 6403.4)\n"
         "  BAND01_L1T_IMAGE_CORNER_SAMPS = ( 1376.1, 7681.7, 6213.5, 8.3)\n  BAND01_PIXEL_SIZE = " +
         pixel_size + "\nEND_GROUP = RPC_BAND01\nEND\n";
}

/// With those files beside the MTL.
Json item_with(const std::string& angles, const std::string& usgs_item) {
  return landsat_item(level2_scene(), "x_MTL.json", {[&] { return angles; }, [&] { return usgs_item; }, {}});
}

TEST(LandsatItem, the_footprint_is_the_image_where_angle_coefficients_tell_its_corners) {
  const std::string angles = angles_of_level2_scene();
  const Json item = item_with(angles, "");
  EXPECT_EQ(item["properties"]["hayden:footprint_source"], "angle_coefficients");
  const Json rectangle = item_of(level2_scene());
  EXPECT_GT(item["bbox"][0], rectangle["bbox"][0]);
  EXPECT_LT(item["bbox"][3], rectangle["bbox"][3]);
}

TEST(LandsatItem, a_footprint_source_that_is_broken_or_of_another_scene_is_passed_over) {
  const auto source_by = [](const std::string& angles, const std::string& item) {
    return item_with(angles, item)["properties"]["hayden:footprint_source"];
  };
  for (const std::string& angles :
       {std::string("GROUP = X"), angles_of_level2_scene().substr(0, 150), angles_of_level2_scene("300.0"),
        angles_of_level2_scene("1e999"), angles_of_level2_scene("0.1"), std::string(100, '\0')}) {
    EXPECT_EQ(source_by(angles, ""), "product_rectangle") << angles;
  }
  for (const auto* item :
       {"{", "[]", "{}", R"({"geometry": null})",
        R"({"geometry": {"type": "Polygon", "coordinates": [[["a", 1]]]}})",
        R"({"geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}})",
        R"({"geometry": {"type": "Point", "coordinates": [1, 2]}})"}) {
    EXPECT_EQ(source_by("", item), "product_rectangle") << item;
  }
}

TEST(LandsatItem, a_further_source_is_read_only_where_a_better_one_fails) {
  int reads = 0;
  const auto count = [&] { return ++reads, std::string{}; };
  landsat_item(level2_scene(), "x_MTL.json", {[] { return angles_of_level2_scene(); }, count, {}});
  EXPECT_EQ(reads, 0);
  landsat_item(level2_scene(), "x_MTL.json", {count, count, {}});
  EXPECT_EQ(reads, 2);
}

TEST(LandsatItem, assets_have_the_size_of_their_file_where_it_is_known) {
  const Scene scene = level2_scene();
  const auto* const red = scene.file("BAND_4");
  const Json item =
      landsat_item(scene, "s3://b/x_MTL.json", {{}, {}, {{*red, 12345678901U}, {"other.TIF", 1}}});
  EXPECT_EQ(item["assets"]["red"]["file:size"], 12345678901U);
  EXPECT_FALSE(item["assets"]["lwir11"].contains("file:size"));
  EXPECT_THAT(item["stac_extensions"].dump(), HasSubstr("/file/v2.1.0/"));
  EXPECT_THAT(item_of(scene)["stac_extensions"].dump(), Not(HasSubstr("/file/")));
}

TEST(LandsatItem, the_polygon_of_usgs_is_taken_where_no_angles_are) {
  const auto* const item = R"({"geometry": {"type": "Polygon", "coordinates":
    [[[-122.9, 46.95], [-120.6, 46.55], [-121.1, 44.95], [-123.3, 45.35], [-122.9, 46.95]]]}})";
  const Json made = item_with("broken", item);
  EXPECT_EQ(made["properties"]["hayden:footprint_source"], "usgs_item");
  EXPECT_NEAR(made["bbox"][3].get<double>(), 46.95, 1e-3);
}

}  // namespace
}  // namespace hayden::mtl
