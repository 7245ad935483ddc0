#include "odc/item.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/problem.hpp"
#include "odc/dataset.hpp"
#include "odc/eo3.hpp"
#include "stac/item_document.hpp"

namespace hayden::odc {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr auto id = "d9221c40-24c3-5356-ab22-4dcac2bf2d70";
constexpr auto location = "s3://bucket/L2/2016/scene.odc-metadata.yaml";

Json dataset() {
  return Json::parse(R"({
    "$schema": "https://schemas.opendatacube.org/dataset",
    "id": "d9221c40-24c3-5356-ab22-4dcac2bf2d70",
    "label": "usgs_ls8c_level1_2-0-20200907_090084_2016-01-21",
    "product": {"name": "usgs_ls8c_level1_2", "href": "https://collections.dea.ga.gov.au/product/usgs_ls8c_level1_2"},
    "crs": "epsg:32655",
    "geometry": {"type": "Polygon", "coordinates": [[[641985.0, -3714585.0], [879315.0, -3761214.5],
      [839623.25, -3953115.0], [641985.0, -3906446.0], [641985.0, -3714585.0]]]},
    "grids": {
      "default": {"shape": [7951, 7911], "transform": [30.0, 0.0, 641985.0, 0.0, -30.0, -3714585.0, 0.0, 0.0, 1.0]},
      "panchromatic": {"shape": [15901, 15821], "transform": [15.0, 0.0, 641992.5, 0.0, -15.0, -3714592.5, 0, 0, 1]}},
    "properties": {
      "datetime": "2016-01-21 23:50:23.054435Z",
      "dtr:start_datetime": "2016-01-21T23:50:10+00:00",
      "dtr:end_datetime": "2016-01-21T23:50:40",
      "eo:cloud_cover": 93.28, "eo:gsd": 15.0, "eo:instrument": "OLI_TIRS", "eo:platform": "landsat-8",
      "eo:sun_azimuth": 74.0074438, "eo:sun_elevation": 55.486483,
      "landsat:collection_number": 2, "landsat:wrs_path": 90, "landsat:wrs_row": 84,
      "odc:file_format": "GeoTIFF", "odc:processing_datetime": "2020-09-07 19:30:05Z",
      "odc:region_code": "090084", "fmask:cloud": null},
    "measurements": {
      "blue": {"path": "B2.TIF"},
      "panchromatic": {"path": "B8.TIF", "grid": "panchromatic"},
      "nbart_red": {"path": "https://data.example/all.nc", "layer": "red", "band": 3}},
    "accessories": {
      "metadata:landsat_mtl": {"path": "MTL.txt"}, "thumbnail:nbart": {"path": "../thumb.jpg"}},
    "lineage": {"source_datasets": {}}
  })");
}

DatasetRecord record(const Json& document = dataset()) {
  return {.document = document,
          .item_id = id,
          .collection = "usgs-ls8c",
          .locations = {location, "file:///old/scene.odc-metadata.yaml"},
          .sources = {{"level1", "5e1359de-0f91-5988-a6f0-8a0a840906f4"}}};
}

Json item_of(const Json& document) { return item_from_dataset(record(document)); }

std::string refusal(const Json& document) {
  try {
    item_of(document);
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status(), 422);
    EXPECT_EQ(problem.code(), "NoItemForm");
    return problem.what();
  }
  return "";
}

TEST(item_from_dataset, is_an_item_that_can_be_stored) {
  const Json item = item_of(dataset());
  EXPECT_EQ(item["id"], id);
  EXPECT_EQ(item["collection"], "usgs-ls8c");
  EXPECT_EQ(item["stac_version"], "1.0.0");
  const auto stored = stac::prepare_item(item);
  EXPECT_FALSE(stored.geometry_wkb.empty());
  EXPECT_EQ(format_rfc3339(stored.datetime), "2016-01-21T23:50:23.054435Z");
}

TEST(item_from_dataset, names_properties_as_stac_does) {
  const Json properties = item_of(dataset())["properties"];
  EXPECT_EQ(properties["title"], "usgs_ls8c_level1_2-0-20200907_090084_2016-01-21");
  EXPECT_EQ(properties["datetime"], "2016-01-21T23:50:23.054435Z");
  EXPECT_EQ(properties["start_datetime"], "2016-01-21T23:50:10Z");
  EXPECT_EQ(properties["end_datetime"], "2016-01-21T23:50:40Z");
  EXPECT_EQ(properties["created"], "2020-09-07T19:30:05Z");
  EXPECT_EQ(properties["platform"], "landsat-8");
  EXPECT_EQ(properties["gsd"], 15.0);
  EXPECT_EQ(properties["instruments"], Json::parse(R"(["oli", "tirs"])"));
  EXPECT_EQ(properties["view:sun_azimuth"], 74.0074438);
  EXPECT_EQ(properties["view:sun_elevation"], 55.486483);
  EXPECT_EQ(properties["eo:cloud_cover"], 93.28);
  EXPECT_EQ(properties["landsat:wrs_path"], 90);
  EXPECT_EQ(properties["odc:region_code"], "090084");
  EXPECT_EQ(properties["odc:product"], "usgs_ls8c_level1_2");
  EXPECT_EQ(properties["odc:lineage"],
            Json::parse(R"({"level1": ["5e1359de-0f91-5988-a6f0-8a0a840906f4"]})"));
  for (const auto* gone : {"eo:platform", "eo:instrument", "eo:gsd", "eo:sun_azimuth", "dtr:start_datetime",
                           "odc:processing_datetime", "fmask:cloud"}) {
    EXPECT_FALSE(properties.contains(gone)) << gone;
  }
}

TEST(item_from_dataset, keeps_a_property_that_stac_would_refuse_under_its_own_name) {
  Json document = dataset();
  document["properties"]["eo:platform"] = 8;
  document["properties"]["eo:gsd"] = "15";
  document["properties"]["eo:sun_elevation"] = 100;
  const Json item = item_of(document);
  EXPECT_EQ(item["properties"]["eo:platform"], 8);
  EXPECT_EQ(item["properties"]["eo:gsd"], "15");
  EXPECT_EQ(item["properties"]["eo:sun_elevation"], 100);
  EXPECT_FALSE(item["properties"].contains("platform"));
  EXPECT_THAT(item["stac_extensions"].dump(), Not(HasSubstr("/eo/")));
}

TEST(item_from_dataset, resolves_hrefs_against_the_newest_location) {
  const Json assets = item_of(dataset())["assets"];
  EXPECT_EQ(assets["blue"]["href"], "s3://bucket/L2/2016/B2.TIF");
  EXPECT_EQ(assets["thumbnail:nbart"]["href"], "s3://bucket/L2/thumb.jpg");
  EXPECT_EQ(assets["nbart_red"]["href"], "https://data.example/all.nc");
}

TEST(item_from_dataset, tells_assets_apart_by_role_and_type) {
  const Json assets = item_of(dataset())["assets"];
  EXPECT_EQ(assets["blue"]["roles"], Json::array({"data"}));
  EXPECT_EQ(assets["blue"]["type"], "image/tiff; application=geotiff; profile=cloud-optimized");
  EXPECT_EQ(assets["blue"]["eo:bands"], Json::parse(R"([{"name": "blue"}])"));
  EXPECT_EQ(assets["nbart_red"]["type"], "application/netcdf");
  EXPECT_EQ(assets["nbart_red"]["odc:band"], 3);
  EXPECT_EQ(assets["nbart_red"]["odc:layer"], "red");
  EXPECT_EQ(assets["metadata:landsat_mtl"]["roles"], Json::array({"metadata"}));
  EXPECT_EQ(assets["metadata:landsat_mtl"]["type"], "text/plain");
  EXPECT_EQ(assets["thumbnail:nbart"]["roles"], Json::array({"thumbnail"}));
}

TEST(item_from_dataset, keeps_the_default_grid_with_the_item_and_others_with_their_assets) {
  const Json item = item_of(dataset());
  EXPECT_EQ(item["properties"]["proj:epsg"], 32655);
  EXPECT_EQ(item["properties"]["proj:shape"], Json::array({7951, 7911}));
  EXPECT_EQ(item["properties"]["proj:transform"], Json::array({30.0, 0.0, 641985.0, 0.0, -30.0, -3714585.0}));
  EXPECT_EQ(item["assets"]["panchromatic"]["proj:shape"], Json::array({15901, 15821}));
  EXPECT_EQ(item["assets"]["panchromatic"]["odc:grid"], "panchromatic");
  EXPECT_FALSE(item["assets"]["blue"].contains("proj:shape"));
}

TEST(item_from_dataset, takes_the_footprint_from_the_valid_data) {
  const Json item = item_of(dataset());
  EXPECT_EQ(item["geometry"]["type"], "Polygon");
  // pyproj: (641985, -3714585) is at 148.5296157, -33.5614944 and (839623.25, -3953115) at 150.7478
  EXPECT_NEAR(item["bbox"][0].get<double>(), 148.5296157, 0.01);
  EXPECT_NEAR(item["bbox"][3].get<double>(), -33.5614944, 0.01);
  EXPECT_EQ(item["properties"]["proj:geometry"], dataset()["geometry"]);
}

TEST(item_from_dataset, takes_the_footprint_of_all_grids_where_there_is_no_geometry) {
  Json document = dataset();
  document.erase("geometry");
  document["grids"]["panchromatic"]["transform"][2] = 441992.5;  // 200 km west of the default
  const Json item = item_of(document);
  EXPECT_NEAR(item["bbox"][0].get<double>(), 146.3, 0.1);
  EXPECT_NEAR(item["bbox"][2].get<double>(), 151.19, 0.01);
  EXPECT_FALSE(item["properties"].contains("proj:geometry"));
}

TEST(item_from_dataset, takes_the_extent_where_there_is_nothing_else) {
  Json document = dataset();
  document.erase("geometry");
  document.erase("grids");
  document["measurements"].erase("panchromatic");
  document["extent"] =
      Json::parse(R"({"lat": {"begin": -36, "end": -33}, "lon": {"begin": -180, "end": 180}})");
  const Json item = item_of(document);
  EXPECT_EQ(item["bbox"], Json::parse("[-180.0, -36.0, 180.0, -33.0]"));
  EXPECT_FALSE(item["properties"].contains("proj:shape"));
  stac::prepare_item(item);
}

TEST(item_from_dataset, falls_back_to_the_grids_where_the_geometry_crosses_itself) {
  Json document = dataset();
  document["geometry"]["coordinates"] =
      Json::parse("[[[700000, -3800000], [800000, -3900000], [800000, -3800000], [700000, -3900000]]]");
  const Json item = item_of(document);
  EXPECT_NEAR(item["bbox"][0].get<double>(), 148.53, 0.01);
}

TEST(item_from_dataset, splits_a_dataset_at_the_antimeridian) {
  Json document = dataset();
  document["crs"] = "EPSG:32601";
  document.erase("geometry");
  document["measurements"].erase("panchromatic");
  document["grids"] = Json::parse(
      R"({"default": {"shape": [7821, 7721], "transform": [30, 0, 240000, 0, -30, 5800000, 0, 0, 1]}})");
  const Json item = item_of(document);
  EXPECT_EQ(item["geometry"]["type"], "MultiPolygon");
  EXPECT_NEAR(item["bbox"][0].get<double>(), 179.1874231, 1e-5);  // pyproj
  EXPECT_NEAR(item["bbox"][2].get<double>(), -177.3978412, 1e-5);
  EXPECT_EQ(item["properties"]["proj:epsg"], 32601);
  stac::prepare_item(item);
}

TEST(item_from_dataset, has_no_code_for_a_crs_of_wkt) {
  Json document = dataset();
  document["crs"] =
      R"(PROJCS["x",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],)"
      R"(PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],)"
      R"(PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",147],PARAMETER["scale_factor",0.9996],)"
      R"(PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1]])";
  const Json item = item_of(document);
  EXPECT_TRUE(item["properties"]["proj:epsg"].is_null());
  EXPECT_EQ(item["properties"]["proj:wkt2"], document["crs"]);
  EXPECT_NEAR(item["bbox"][0].get<double>(), 148.53, 0.01);  // as of zone 55, which this is
}

TEST(item_from_dataset, keeps_an_accessory_that_shares_its_name_with_a_measurement) {
  Json document = dataset();
  document["accessories"]["blue"] = {{"path", "blue.json"}};
  const Json item = item_of(document);
  EXPECT_EQ(item["assets"]["blue"]["roles"], Json::array({"data"}));
  EXPECT_EQ(item["assets"]["accessory:blue"]["href"], "s3://bucket/L2/2016/blue.json");
  const Json back = dataset_from_item(item, id, "usgs_ls8c_level1_2");
  EXPECT_EQ(back["accessories"]["blue"]["path"], "blue.json");
}

TEST(item_from_dataset, has_hrefs_as_they_are_without_a_location) {
  auto without = record();
  without.locations.clear();
  const Json item = item_from_dataset(without);
  EXPECT_EQ(item["assets"]["blue"]["href"], "B2.TIF");
  EXPECT_EQ(item["links"].size(), 1U);
}

TEST(item_from_dataset, has_a_range_of_time_where_the_moment_is_missing) {
  Json document = dataset();
  document["properties"].erase("datetime");
  const Json properties = item_of(document)["properties"];
  EXPECT_TRUE(properties["datetime"].is_null());
  EXPECT_EQ(properties["start_datetime"], "2016-01-21T23:50:10Z");
}

TEST(item_from_dataset, has_both_ends_of_a_range_of_time_or_none) {
  Json document = dataset();
  document["properties"].erase("dtr:end_datetime");
  const Json properties = item_of(document)["properties"];
  EXPECT_FALSE(properties.contains("start_datetime"));
  EXPECT_EQ(properties["dtr:start_datetime"], dataset()["properties"]["dtr:start_datetime"]);
}

TEST(item_from_dataset, bears_texts_of_any_length) {
  Json document = dataset();
  const std::string text(1'000'000, 'a');
  for (const auto* name : {"sci:doi", "grid:code", "landsat:scene_id", "datetime", "eo:instrument"}) {
    document["properties"][name] = "10.1234/" + text;
  }
  document["properties"]["datetime"] = dataset()["properties"]["datetime"];
  document["measurements"]["blue"]["path"] = text + "/../" + text;
  EXPECT_EQ(item_of(document)["properties"]["sci:doi"], "10.1234/" + text);
  EXPECT_EQ(collection_from_product({{"name", "x"}, {"license", text + " "}})["license"], "proprietary");
}

/// Members written as text, because Json adds them one by one in n² steps.
Json wide_object() {
  std::string text = R"({"0": 0)";
  for (int i = 1; i <= 100'000; ++i) text += ",\"" + std::to_string(i) + "\": 0";
  return parse_json(text + "}");
}

TEST(item_from_dataset, refuses_documents_too_wide_to_be_read_in_time) {
  Json document = dataset();
  document["properties"] = wide_object();
  document["accessories"] = document["properties"];
  EXPECT_THAT(refusal(document), HasSubstr("properties has more than 5000 members; accessories"));
  EXPECT_THROW(dataset_from_item({{"assets", document["accessories"]}}, id, "x"), Problem);
}

TEST(item_from_dataset, takes_the_grids_for_a_geometry_too_rugged_to_be_put_together) {
  Json document = dataset();
  Json comb = Json::array();
  for (int i = 0; i < 3000; ++i) comb.push_back({700000 + i, i % 2 == 0 ? -3800000 : -3900000});
  comb.push_back({700000, -3950000});
  document["geometry"] = {{"type", "MultiPolygon"}, {"coordinates", {{comb}, {comb}}}};
  EXPECT_NEAR(item_of(document)["bbox"][0].get<double>(), 148.53, 0.01);
}

TEST(item_from_dataset, links_to_the_locations_and_the_product) {
  const Json links = item_of(dataset())["links"];
  ASSERT_EQ(links.size(), 3U);
  EXPECT_EQ(links[0]["rel"], "canonical");
  EXPECT_EQ(links[0]["href"], location);
  EXPECT_EQ(links[0]["type"], "text/yaml");
  EXPECT_EQ(links[1]["rel"], "duplicate");
  EXPECT_EQ(links[2]["rel"], "product_overview");
  EXPECT_EQ(links[2]["href"], dataset()["product"]["href"]);
}

TEST(item_from_dataset, names_every_reason_why_there_is_no_item) {
  Json document = dataset();
  document["$schema"] = "https://schemas.opendatacube.org/eo4";
  document["properties"]["datetime"] = "yesterday";
  document["properties"].erase("dtr:end_datetime");
  document["crs"] = "epsg:999999";
  document["grids"]["default"]["shape"] = Json::array({0, 5});
  document["measurements"]["panchromatic"]["grid"] = "pan";
  document["measurements"]["blue"] = "B2.TIF";
  const auto reason = refusal(document);
  for (const auto* part : {"$schema", "datetime", "crs", "grids.default.shape", "grid pan",
                           "measurements.blue", "no geometry, grids or extent"}) {
    EXPECT_THAT(reason, HasSubstr(part));
  }
}

TEST(item_from_dataset, refuses_whatever_json_it_is_given) {
  for (const auto* nonsense :
       {"null", "[]", "3", "{}", R"({"grids": [], "properties": [], "measurements": 3})",
        R"({"$schema": 3, "crs": [], "geometry": "x", "extent": 5})"}) {
    EXPECT_THAT(refusal(Json::parse(nonsense)), HasSubstr("$schema")) << nonsense;
  }
}

TEST(resolved, follows_the_rules_of_datacube) {
  const struct {
    const char *base, *path, *href;
  } cases[] = {{"s3://b/a/doc.yaml", "x.tif", "s3://b/a/x.tif"},
               {"s3://b/a/doc.yaml", "../c/./x.tif", "s3://b/c/x.tif"},
               {"s3://b/a/", "x.tif", "s3://b/a/x.tif"},
               {"s3://b", "x.tif", "s3://b/x.tif"},
               {"https://h/a/doc.yaml?sig=1/2#f", "x.tif", "https://h/a/x.tif"},
               {"https://h/a/doc.yaml", "x.tif?v=1/2", "https://h/a/x.tif?v=1/2"},
               {"file:///data/x.nc#part=3", "", "file:///data/x.nc#part=3"},
               {"file:///data/doc.yaml", "x.nc#part=3", "file:///data/x.nc#part=3"},
               {"s3://b/a/doc.yaml", "https://h/y.tif", "https://h/y.tif"},
               {"s3://b/a/doc.yaml", "/vsicurl/https://h/y.tif", "/vsicurl/https://h/y.tif"},
               {"s3://b/a/doc.yaml", "/data/a b.tif", "file:///data/a%20b.tif"},
               {"s3://b/a/doc.yaml", "../../../x.tif", "s3://b/x.tif"},
               {"tar:/data/scene.tar!scene/doc.yaml", "B1.TIF", "tar:/data/scene.tar!scene/B1.TIF"},
               {"zip:/data/scene.zip!", "B1.TIF", "zip:/data/scene.zip!B1.TIF"},
               {"memory:scene", "B1.TIF", "B1.TIF"},
               {"", "B1.TIF", "B1.TIF"}};
  for (const auto& [base, path, href] : cases) EXPECT_EQ(resolved(base, path), href) << path;
}

Json product() {
  return Json::parse(R"({
    "name": "ga_ls8c_ard_3", "description": "Surface reflectance", "metadata_type": "eo3",
    "license": "CC-BY-4.0",
    "metadata": {"product": {"name": "ga_ls8c_ard_3"},
                 "properties": {"eo:platform": "landsat-8", "eo:instrument": "OLI_TIRS", "odc:producer": "ga.gov.au"}},
    "measurements": [
      {"name": "nbart_red", "dtype": "int16", "nodata": -999, "units": "1", "aliases": ["red"]},
      {"name": "oa_fmask", "dtype": "uint8", "nodata": 0, "units": "bit_index",
       "flags_definition": {"fmask": {"bits": [0, 1], "values": {"0": "nodata"}}}},
      {"name": "depth", "dtype": "float32", "nodata": "NaN", "units": "metre", "scale_factor": 0.1}]
  })");
}

TEST(collection_from_product, tells_what_the_product_tells) {
  const Json collection = collection_from_product(product());
  EXPECT_EQ(collection["id"], "ga_ls8c_ard_3");
  EXPECT_EQ(collection["description"], "Surface reflectance");
  EXPECT_EQ(collection["license"], "CC-BY-4.0");
  EXPECT_EQ(collection["extent"]["spatial"]["bbox"], Json::parse("[[-180, -90, 180, 90]]"));
  EXPECT_EQ(collection["extent"]["temporal"]["interval"], Json::parse("[[null, null]]"));
  EXPECT_EQ(collection["summaries"]["platform"], Json::array({"landsat-8"}));
  EXPECT_EQ(collection["summaries"]["instruments"], Json::parse(R"(["oli", "tirs"])"));
  EXPECT_EQ(collection["summaries"]["odc:product"], Json::array({"ga_ls8c_ard_3"}));
}

TEST(collection_from_product, describes_the_assets_by_the_measurements) {
  const Json assets = collection_from_product(product())["item_assets"];
  EXPECT_EQ(assets.size(), 3U);
  EXPECT_EQ(assets["nbart_red"]["raster:bands"], Json::parse(R"([{"data_type": "int16", "nodata": -999}])"));
  EXPECT_EQ(assets["nbart_red"]["odc:aliases"], Json::array({"red"}));
  EXPECT_EQ(assets["oa_fmask"]["raster:bands"][0]["unit"], "bit_index");
  EXPECT_TRUE(assets["oa_fmask"]["odc:flags_definition"].contains("fmask"));
  EXPECT_EQ(assets["depth"]["raster:bands"],
            Json::parse(R"([{"data_type": "float32", "nodata": "nan", "unit": "metre", "scale": 0.1}])"));
}

TEST(collection_from_product, needs_no_more_than_a_name) {
  const Json collection = collection_from_product({{"name", "x"}});
  EXPECT_EQ(collection["description"], "x");
  EXPECT_EQ(collection["license"], "proprietary");
  EXPECT_EQ(collection["stac_extensions"], Json::array());
}

}  // namespace
}  // namespace hayden::odc
