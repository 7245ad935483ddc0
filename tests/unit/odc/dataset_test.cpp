#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/problem.hpp"
#include "odc/dataset.hpp"

namespace hayden::odc {
namespace {

using testing::HasSubstr;

constexpr auto folder = "s3://bucket/LC08_L1TP_046028_20200904_20200906_02_T1/";
constexpr auto id = "5e1359de-0f91-5988-a6f0-8a0a840906f4";

/// An Item with one raster asset per measurement of the product.
Json item_of(std::string_view product, const char* correction) {
  const Json definition = landsat_product(product);
  Json assets;
  for (const auto& measurement : definition["measurements"]) {
    const auto name = measurement["name"].get<std::string>();
    assets[name] = {{"href", folder + name + ".TIF"},
                    {"type", "image/tiff; application=geotiff; profile=cloud-optimized"},
                    {"roles", {"data"}}};
  }
  assets["mtl.txt"] = {
      {"href", std::string(folder) + "x_MTL.txt"}, {"type", "text/plain"}, {"roles", {"metadata"}}};
  assets["thumbnail"] = {
      {"href", "https://example.com/thumb.jpeg"}, {"type", "image/jpeg"}, {"roles", {"thumbnail"}}};
  return {{"id", "LC08_L1TP_046028_20200904_02_T1"},
          {"properties",
           {{"datetime", "2020-09-04T18:55:02.123456Z"},
            {"created", "2020-09-06T00:00:00Z"},
            {"platform", "landsat-8"},
            {"instruments", {"oli", "tirs"}},
            {"gsd", 30},
            {"eo:cloud_cover", 12.5},
            {"view:sun_azimuth", 150.25},
            {"view:sun_elevation", 45.5},
            {"view:off_nadir", 0},
            {"landsat:wrs_path", "046"},
            {"landsat:wrs_row", "028"},
            {"landsat:correction", correction},
            {"landsat:collection_category", "T1"},
            {"proj:epsg", 32610},
            {"proj:shape", {7941, 7811}},
            {"proj:transform", {30.0, 0.0, 451485.0, 0.0, -30.0, 5214315.0}}}},
          {"assets", assets}};
}

Json level1_item() {
  Json item = item_of("landsat_c2_l1_oli_tirs", "L1TP");
  item["assets"]["pan"]["proj:shape"] = {15881, 15621};
  item["assets"]["pan"]["proj:transform"] = {15.0, 0.0, 451492.5, 0.0, -15.0, 5214307.5};
  return item;
}

Json level1_dataset(const Json& item) { return dataset_from_item(item, id, "landsat_c2_l1_oli_tirs"); }

std::string refusal(const Json& item) {
  try {
    level1_dataset(item);
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status(), 422);
    EXPECT_EQ(problem.code(), "NoEo3Form");
    return problem.what();
  }
  return "";
}

TEST(dataset_from_item, is_an_eo3_document_of_the_product) {
  const Json dataset = level1_dataset(level1_item());
  EXPECT_EQ(dataset["$schema"], "https://schemas.opendatacube.org/dataset");
  EXPECT_EQ(dataset["id"], id);
  EXPECT_EQ(dataset["label"], "LC08_L1TP_046028_20200904_02_T1");
  EXPECT_EQ(dataset["product"]["name"], "landsat_c2_l1_oli_tirs");
  EXPECT_EQ(dataset["crs"], "epsg:32610");
  EXPECT_EQ(dataset["lineage"], Json::parse(R"({"source_datasets": {}})"));
}

TEST(dataset_from_item, keeps_the_grid_of_the_item_and_one_for_each_that_differs) {
  const Json dataset = level1_dataset(level1_item());
  EXPECT_EQ(dataset["grids"].size(), 2U);
  EXPECT_EQ(dataset["grids"]["default"]["shape"], Json::array({7941, 7811}));
  EXPECT_EQ(dataset["grids"]["default"]["transform"],
            Json::array({30.0, 0.0, 451485.0, 0.0, -30.0, 5214315.0, 0, 0, 1}));
  EXPECT_EQ(dataset["grids"]["pan"]["shape"], Json::array({15881, 15621}));
  EXPECT_EQ(dataset["measurements"]["pan"]["grid"], "pan");
  EXPECT_FALSE(dataset["measurements"]["red"].contains("grid"));
}

TEST(dataset_from_item, names_measurements_by_asset_with_paths_relative_to_the_mtl) {
  const Json dataset = level1_dataset(level1_item());
  EXPECT_EQ(dataset["measurements"]["red"]["path"], "red.TIF");
  EXPECT_EQ(dataset["accessories"]["mtl.txt"]["path"], "x_MTL.txt");
  EXPECT_EQ(dataset["accessories"]["thumbnail"]["path"], "https://example.com/thumb.jpeg");
  EXPECT_FALSE(dataset["measurements"].contains("thumbnail"));
}

TEST(dataset_from_item, keeps_hrefs_absolute_where_there_is_no_mtl_beside_them) {
  Json item = level1_item();
  item["assets"].erase("mtl.txt");
  EXPECT_EQ(level1_dataset(item)["measurements"]["red"]["path"], folder + std::string("red.TIF"));
}

TEST(dataset_from_item, has_the_raster_rectangle_as_its_geometry) {
  const Json dataset = level1_dataset(level1_item());
  const Json ring = Json::parse(
      "[[451485.0, 5214315.0], [685815.0, 5214315.0], [685815.0, 4976085.0],"
      " [451485.0, 4976085.0], [451485.0, 5214315.0]]");
  EXPECT_EQ(dataset["geometry"]["type"], "Polygon");
  EXPECT_EQ(dataset["geometry"]["coordinates"], Json::array({ring}));
  const Json& projection = dataset["grid_spatial"]["projection"];
  EXPECT_EQ(projection["spatial_reference"], "epsg:32610");
  EXPECT_EQ(projection["valid_data"], dataset["geometry"]);
  EXPECT_EQ(projection["geo_ref_points"]["lr"], Json({{"x", 685815.0}, {"y", 4976085.0}}));
}

TEST(dataset_from_item, has_the_extent_in_degrees) {
  const Json extent = level1_dataset(level1_item())["extent"];
  EXPECT_NEAR(extent["lat"]["begin"].get<double>(), 44.89, 0.1);
  EXPECT_NEAR(extent["lat"]["end"].get<double>(), 47.08, 0.1);
  EXPECT_NEAR(extent["lon"]["begin"].get<double>(), -123.64, 0.1);
  EXPECT_NEAR(extent["lon"]["end"].get<double>(), -120.55, 0.1);
}

TEST(dataset_from_item, covers_all_longitudes_when_it_crosses_the_antimeridian) {
  Json item = level1_item();
  item["properties"]["proj:epsg"] = 32601;
  item["properties"]["proj:transform"] = {30.0, 0.0, 240000.0, 0.0, -30.0, 5800000.0};
  const Json longitude = level1_dataset(item)["extent"]["lon"];
  EXPECT_EQ(longitude["begin"], -180);
  EXPECT_EQ(longitude["end"], 180);
}

TEST(dataset_from_item, names_properties_as_eo3_does) {
  const Json properties = level1_dataset(level1_item())["properties"];
  EXPECT_EQ(properties["datetime"], "2020-09-04T18:55:02.123456Z");
  EXPECT_EQ(properties["odc:processing_datetime"], "2020-09-06T00:00:00Z");
  EXPECT_EQ(properties["odc:file_format"], "GeoTIFF");
  EXPECT_EQ(properties["odc:region_code"], "046028");
  EXPECT_EQ(properties["odc:product_family"], "level1");
  EXPECT_EQ(properties["dea:dataset_maturity"], "final");
  EXPECT_EQ(properties["eo:platform"], "landsat-8");
  EXPECT_EQ(properties["eo:instrument"], "OLI_TIRS");
  EXPECT_EQ(properties["eo:gsd"], 30);
  EXPECT_EQ(properties["eo:sun_azimuth"], 150.25);
  EXPECT_EQ(properties["eo:sun_elevation"], 45.5);
  EXPECT_EQ(properties["eo:off_nadir"], 0);
  EXPECT_EQ(properties["eo:cloud_cover"], 12.5);
  EXPECT_EQ(properties["landsat:wrs_path"], "046");
  for (const auto* gone : {"platform", "instruments", "gsd", "created", "view:sun_azimuth", "proj:epsg",
                           "proj:shape", "dtr:start_datetime", "dtr:end_datetime"}) {
    EXPECT_FALSE(properties.contains(gone)) << gone;
  }
}

TEST(dataset_from_item, drops_the_plus_of_etm) {
  Json item = level1_item();
  item["properties"]["instruments"] = Json::array({"etm+"});
  EXPECT_EQ(level1_dataset(item)["properties"]["eo:instrument"], "ETM");
}

TEST(dataset_from_item, marks_real_time_scenes_as_not_final) {
  Json item = level1_item();
  item["properties"]["landsat:collection_category"] = "RT";
  EXPECT_EQ(level1_dataset(item)["properties"]["dea:dataset_maturity"], "nrt");
}

TEST(dataset_from_item, writes_times_in_utc) {
  Json item = level1_item();
  item["properties"]["datetime"] = "2020-09-05T04:55:02+10:00";
  item["properties"]["created"] = "2020-09-06T10:00:00+10:00";
  const Json properties = level1_dataset(item)["properties"];
  EXPECT_EQ(properties["datetime"], "2020-09-04T18:55:02Z");
  EXPECT_EQ(properties["odc:processing_datetime"], "2020-09-06T00:00:00Z");
}

TEST(dataset_from_item, takes_an_item_of_any_product) {
  Json item = level1_item();
  item["assets"].erase("red");
  item["properties"].erase("landsat:correction");
  item["properties"]["proj:code"] = "EPSG:32610";
  item["properties"].erase("proj:epsg");
  item["properties"]["start_datetime"] = "2020-09-04T18:00:00Z";
  item["properties"]["end_datetime"] = "2020-09-04T19:00:00Z";
  item["properties"]["datetime"] = nullptr;
  const Json dataset = dataset_from_item(item, id, "somebody_elses_product");
  EXPECT_EQ(dataset["crs"], "epsg:32610");
  EXPECT_EQ(dataset["properties"]["datetime"], "2020-09-04T18:00:00Z");
  EXPECT_EQ(dataset["properties"]["dtr:end_datetime"], "2020-09-04T19:00:00Z");
  EXPECT_FALSE(dataset["properties"].contains("odc:producer"));
}

TEST(dataset_from_item, takes_the_grid_of_the_first_measurement_where_the_item_has_none) {
  Json item = level1_item();
  item["assets"] = Json::parse(R"({
    "B02": {"href": "https://h/B02.jp2", "type": "image/jp2", "proj:shape": [10980, 10980],
            "proj:transform": [10, 0, 300000, 0, -10, 6000000], "proj:epsg": 32755},
    "B05": {"href": "https://h/B05.jp2", "type": "image/jp2", "proj:shape": [5490, 5490],
            "proj:transform": [20, 0, 300000, 0, -20, 6000000], "proj:epsg": 32755}})");
  for (const auto* gone : {"proj:epsg", "proj:shape", "proj:transform"}) item["properties"].erase(gone);
  const Json dataset = dataset_from_item(item, id, "s2");
  EXPECT_EQ(dataset["crs"], "epsg:32755");
  EXPECT_EQ(dataset["grids"]["default"]["shape"], Json::array({10980, 10980}));
  EXPECT_FALSE(dataset["measurements"]["B02"].contains("grid"));
  EXPECT_EQ(dataset["measurements"]["B05"]["grid"], "B05");
}

TEST(dataset_from_item, brings_the_footprint_of_the_item_into_its_crs) {
  Json item = level1_item();
  // pyproj: these are at (500000, 5100000), (600000, 5100000) and (550000, 5000000) in zone 10
  item["geometry"] = Json::parse(
      R"({"type": "Polygon", "coordinates": [[[-123.0, 46.0535744], [-121.707468, 46.0462655], [-122.3639246, 45.1517059],
          [-123.0, 46.0535744]]]})");
  const Json ring = level1_dataset(item)["geometry"]["coordinates"][0];
  ASSERT_EQ(ring.size(), 4U);
  for (const auto& [x, y] : {std::pair{500000, 5100000}, {600000, 5100000}, {550000, 5000000}}) {
    EXPECT_TRUE(std::ranges::any_of(ring,
                                    [x = x, y = y](const Json& at) {
                                      return std::abs(at[0].get<double>() - x) < 0.1 &&
                                             std::abs(at[1].get<double>() - y) < 0.1;
                                    }))
        << x << ' ' << ring;
  }
}

TEST(dataset_from_item, keeps_the_raster_rectangle_for_scenes_whose_footprint_is_just_that) {
  Json item = level1_item();
  item["properties"]["hayden:footprint_source"] = "product_rectangle";
  item["geometry"] = Json::parse(
      R"({"type": "Polygon", "coordinates": [[[-123.6, 47.0], [-120.5, 47.0], [-120.6, 44.9], [-123.6, 47.0]]]})");
  EXPECT_EQ(level1_dataset(item)["geometry"]["coordinates"][0][0], Json::array({451485.0, 5214315.0}));
}

TEST(dataset_from_item, remembers_instruments_that_its_code_cannot_spell) {
  Json item = level1_item();
  EXPECT_FALSE(level1_dataset(item)["properties"].contains("instruments"));
  item["properties"]["instruments"] = Json::array({"c-sar"});
  const Json properties = level1_dataset(item)["properties"];
  EXPECT_EQ(properties["eo:instrument"], "CSAR");
  EXPECT_EQ(properties["instruments"], Json::array({"c-sar"}));
}

TEST(dataset_from_item, has_no_label_where_the_id_tells_people_nothing) {
  Json item = level1_item();
  for (const auto* silent : {"12345", "d9221c40-24c3-5356-ab22-4dcac2bf2d70"}) {
    item["id"] = silent;
    EXPECT_FALSE(level1_dataset(item).contains("label"));
  }
  item["properties"]["title"] = "A title";
  EXPECT_EQ(level1_dataset(item)["label"], "A title");
}

TEST(dataset_from_item, takes_the_region_from_what_names_it) {
  Json item = level1_item();
  item["properties"]["s2:mgrs_tile"] = "10TES";
  EXPECT_EQ(level1_dataset(item)["properties"]["odc:region_code"], "10TES");
  item["properties"]["odc:region_code"] = "x1y2";
  EXPECT_EQ(level1_dataset(item)["properties"]["odc:region_code"], "x1y2");
}

TEST(dataset_from_item, keeps_product_and_lineage_where_eo3_has_them) {
  Json item = level1_item();
  item["properties"]["odc:product"] = "landsat_c2_l1_oli_tirs";
  item["properties"]["odc:lineage"] = Json::parse(R"({"x": ["d9221c40-24c3-5356-ab22-4dcac2bf2d70"]})");
  const Json dataset = level1_dataset(item);
  EXPECT_FALSE(dataset["properties"].contains("odc:product"));
  EXPECT_FALSE(dataset["properties"].contains("odc:lineage"));
  EXPECT_EQ(dataset["lineage"], Json::parse(R"({"source_datasets": {}})"));
}

TEST(dataset_from_item, refuses_a_crs_that_is_not_known) {
  Json item = level1_item();
  item["properties"]["proj:epsg"] = 999999;
  EXPECT_THAT(refusal(item), HasSubstr("CRS"));
  item["properties"]["proj:epsg"] = nullptr;
  item["properties"]["proj:wkt2"] = "+proj=utm +zone=10";
  EXPECT_THAT(refusal(item), HasSubstr("CRS"));
}

TEST(dataset_from_item, refuses_a_grid_that_lies_where_its_crs_does_not_reach) {
  Json item = level1_item();
  item["properties"]["proj:transform"] = Json::array({30, 0, 1e12, 0, -30, 1e12});
  item["properties"]["datetime"] = "yesterday";
  EXPECT_THAT(refusal(item), HasSubstr("domain"));
  EXPECT_THAT(refusal(item), HasSubstr("datetime"));
}

TEST(dataset_from_item, refuses_an_item_without_projection_naming_all_that_is_missing) {
  Json item = level1_item();
  for (const auto* gone : {"proj:epsg", "proj:shape"}) item["properties"].erase(gone);
  item["properties"]["datetime"] = "yesterday";
  const auto reason = refusal(item);
  EXPECT_THAT(reason, HasSubstr("proj:epsg"));
  EXPECT_THAT(reason, HasSubstr("proj:shape"));
  EXPECT_THAT(reason, HasSubstr("datetime"));
}

TEST(dataset_from_item, refuses_malformed_grids) {
  for (const auto& [name, value] :
       std::vector<std::pair<const char*, Json>>{{"proj:shape", {0, 5}},
                                                 {"proj:shape", {1, 2, 3}},
                                                 {"proj:shape", "7941"},
                                                 {"proj:transform", {1, 2}},
                                                 {"proj:transform", {1, 2, 3, 4, 5, "x"}}}) {
    Json item = level1_item();
    item["properties"][name] = value;
    EXPECT_THAT(refusal(item), HasSubstr(name)) << value;
  }
}

TEST(dataset_from_item, refuses_bands_in_another_crs) {
  Json item = level1_item();
  item["assets"]["pan"]["proj:epsg"] = 32611;
  EXPECT_THAT(refusal(item), HasSubstr("asset pan lies in another CRS"));
}

TEST(dataset_from_item, refuses_a_landsat_scene_that_lacks_a_measurement_of_its_product) {
  Json item = level1_item();
  item["assets"].erase("red");
  item["assets"].erase("qa_pixel");
  EXPECT_THAT(refusal(item), HasSubstr("red, qa_pixel"));
}

TEST(dataset_from_item, refuses_what_is_no_item_at_all) {
  EXPECT_THAT(refusal(Json::array()), HasSubstr("proj:epsg"));
  EXPECT_THAT(refusal({{"properties", 3}, {"assets", {1, 2}}}), HasSubstr("proj:epsg"));
}

Json item_named(const char* item_id, const char* collection) {
  return {{"id", item_id}, {"collection", collection}, {"properties", Json::object()}};
}

TEST(product_name_of_item, is_what_the_item_says_else_its_collection_as_a_word) {
  EXPECT_EQ(product_name_of_item(item_named("a", "Sentinel-2.L2A")), "sentinel_2_l2a");
  Json item = item_named("a", "landsat-c2-l1");
  EXPECT_EQ(product_name_of_item(item), "landsat_c2_l1");
  item["properties"] = level1_item()["properties"];
  item["properties"]["landsat:collection_number"] = "02";
  EXPECT_EQ(product_name_of_item(item), "landsat_c2_l1_oli_tirs");
  item["collection"] = "mirror-of-landsat";
  EXPECT_EQ(product_name_of_item(item), "mirror_of_landsat");
  item["properties"]["odc:product"] = "ga_ls8";
  EXPECT_EQ(product_name_of_item(item), "ga_ls8");
  item["properties"]["odc:product"] = "no-word";
  EXPECT_EQ(product_name_of_item(item), "mirror_of_landsat");
}

TEST(product_name_of_item, fits_the_index_names_of_postgresql) {
  const std::string stem(39, 'x');
  EXPECT_EQ(product_name_of_item(item_named("a", (stem + "-").c_str())), stem + "_");
  const auto one = product_name_of_item(item_named("a", (stem + "-1").c_str()));
  EXPECT_EQ(one.size(), 40U);
  EXPECT_NE(one, product_name_of_item(item_named("a", (stem + "-2").c_str())));
}

// Python: uuid.uuid5(uuid.UUID("6f34c6f4-13d6-43c0-8e4e-42b6c13203af"),
//                    "sentinel_s2_l2a_cogs_stac_process\n1.0.0\n\ns2b_36jun_20210228_0_l2a")
TEST(dataset_id_of_item, is_that_of_odc_tools) {
  EXPECT_EQ(dataset_id_of_item(item_named("S2B_36JUN_20210228_0_L2A", "sentinel-s2-l2a-cogs")),
            "d4e1cbec-0f33-5176-acba-52dfc02a6fc4");
  EXPECT_EQ(dataset_id_of_item(item_named("S2A_1", "s2_l2a")), "cac5b272-3787-5c46-88b6-213d85c73068");
}

TEST(dataset_id_of_item, is_that_of_eodatasets_for_landsat_scenes) {
  Json item = item_named("LC09_L2SP_063046_20230831_02_T1", "landsat-c2-l2");
  item["properties"] = {{"landsat:landsat_product_id", "LC09_L2SP_063046_20230831_20230901_02_T1"},
                        {"landsat:correction", "L2SP"},
                        {"landsat:collection_number", "02"},
                        {"instruments", {"oli", "tirs"}}};
  EXPECT_EQ(dataset_id_of_item(item), "9a37ff2f-9521-5f43-8d62-0b6c1145dbc9");
  item["collection"] = "a-copy";
  EXPECT_NE(dataset_id_of_item(item), "9a37ff2f-9521-5f43-8d62-0b6c1145dbc9");
}

TEST(dataset_id_of_item, keeps_an_id_that_is_a_uuid) {
  EXPECT_EQ(dataset_id_of_item(item_named("D9221C40-24C3-5356-AB22-4DCAC2BF2D70", "x")),
            "d9221c40-24c3-5356-ab22-4dcac2bf2d70");
  EXPECT_EQ(dataset_id_of_item(item_named("d9221c4024c35356ab224dcac2bf2d70", "x")),
            "d9221c40-24c3-5356-ab22-4dcac2bf2d70");
}

TEST(location_of_item, is_its_canonical_link_else_its_mtl_else_the_folder_of_its_first_measurement) {
  Json item = level1_item();
  EXPECT_EQ(location_of_item(item), std::string(folder) + "x_MTL.txt");
  item["links"] =
      Json::parse(R"([{"rel": "via", "href": "x"}, {"rel": "canonical", "href": "s3://b/doc.yaml"}])");
  EXPECT_EQ(location_of_item(item), "s3://b/doc.yaml");
  item.erase("links");
  item["assets"].erase("mtl.txt");
  EXPECT_EQ(location_of_item(item), folder);
  item["assets"] =
      Json::parse(R"({"red": {"href": "./red.tif", "type": "image/tiff; application=geotiff"}})");
  EXPECT_EQ(location_of_item(item), "");
  item.erase("assets");
  EXPECT_EQ(location_of_item(item), "");
}

TEST(sources_of_item, numbers_the_datasets_of_one_classifier) {
  Json item = level1_item();
  EXPECT_TRUE(sources_of_item(item).empty());
  item["properties"]["odc:lineage"] = Json::parse(R"({
    "level1": ["d9221c40-24c3-5356-ab22-4dcac2bf2d70"],
    "ard": ["5e1359de-0f91-5988-a6f0-8a0a840906f4", "cac5b272-3787-5c46-88b6-213d85c73068"],
    "wrong": ["x"], "odd": 3})");
  EXPECT_THAT(sources_of_item(item),
              testing::ElementsAre(testing::Pair("ard1", "5e1359de-0f91-5988-a6f0-8a0a840906f4"),
                                   testing::Pair("ard2", "cac5b272-3787-5c46-88b6-213d85c73068"),
                                   testing::Pair("level1", "d9221c40-24c3-5356-ab22-4dcac2bf2d70")));
}

}  // namespace
}  // namespace hayden::odc
