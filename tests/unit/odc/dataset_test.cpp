#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace hayden::odc
