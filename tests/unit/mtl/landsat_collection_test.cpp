#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/problem.hpp"
#include "mtl/landsat_item.hpp"

namespace hayden::mtl {
namespace {

using ::testing::Contains;
using ::testing::Not;

std::vector<std::string> keys(const Json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

TEST(LandsatCollection, an_unknown_id_is_not_found_and_the_known_ones_are_named) {
  try {
    landsat_collection("landsat-c3");
    FAIL() << "accepted landsat-c3";
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status(), 404);
    EXPECT_THAT(problem.what(), ::testing::HasSubstr("landsat-c2-l2"));
  }
}

TEST(LandsatCollection, level_2_holds_every_platform_with_surface_products) {
  const Json collection = landsat_collection("landsat-c2-l2");
  EXPECT_EQ(collection["id"], "landsat-c2-l2");
  EXPECT_EQ(collection["summaries"]["platform"],
            Json::array({"landsat-4", "landsat-5", "landsat-7", "landsat-8", "landsat-9"}));
  EXPECT_EQ(collection["extent"]["temporal"]["interval"][0][0], "1982-08-22T00:00:00Z");
  EXPECT_TRUE(collection["extent"]["temporal"]["interval"][0][1].is_null());
}

TEST(LandsatCollection, item_assets_name_what_notebooks_ask_for) {
  EXPECT_THAT(keys(landsat_collection("landsat-c2-l2")["item_assets"]),
              ::testing::IsSupersetOf({"red", "green", "blue", "nir08", "swir16", "swir22", "lwir11", "lwir",
                                       "qa_pixel", "qa_radsat", "qa_aerosol", "cloud_qa"}));
  const auto level1 = keys(landsat_collection("landsat-c2-l1")["item_assets"]);
  EXPECT_THAT(level1,
              ::testing::IsSupersetOf({"pan", "cirrus", "lwir12", "lwir_high", "nir09", "VAA", "SZA"}));
  EXPECT_THAT(level1, Not(Contains("qa_aerosol")));
}

TEST(LandsatCollection, item_assets_claim_only_what_holds_for_every_sensor) {
  const Json level1 = landsat_collection("landsat-c2-l1")["item_assets"];
  EXPECT_EQ(level1["red"]["eo:bands"][0]["common_name"], "red");
  EXPECT_FALSE(level1["red"]["eo:bands"][0].contains("name")) << "OLI_B4 on one sensor, TM_B3 on another";
  EXPECT_FALSE(level1["red"]["raster:bands"][0].contains("data_type")) << "uint16 on OLI, uint8 before";
  EXPECT_FALSE(level1["qa_pixel"].contains("classification:bitfields")) << "the bits depend on the sensor";
  EXPECT_TRUE(
      landsat_collection("landsat-c2-l2")["item_assets"]["qa_aerosol"].contains("classification:bitfields"));
}

TEST(LandsatCollection, item_assets_have_no_place) {
  for (const char* id : {"landsat-c2-l1", "landsat-c2-l2"}) {
    const Json collection = landsat_collection(id);
    for (const auto& [key, asset] : collection["item_assets"].items()) {
      EXPECT_FALSE(asset.contains("href")) << key;
      EXPECT_TRUE(asset.contains("title")) << key;
      EXPECT_TRUE(asset.contains("roles")) << key;
    }
  }
}

TEST(LandsatCollection, band_summaries_tell_the_instruments_apart) {
  const Json collection = landsat_collection("landsat-c2-l1");
  std::vector<std::string> names;
  for (const auto& band : collection["summaries"]["eo:bands"]) {
    names.push_back(band["name"].get<std::string>() + " " + band["description"].get<std::string>());
  }
  EXPECT_THAT(names, Contains("OLI_B4 Visible red (Operational Land Imager)"));
  EXPECT_THAT(names, Contains("TIRS_B11 Long-wave infrared (Thermal Infrared Sensor)"));
  EXPECT_THAT(names, Contains("B4 Visible green (Multispectral Scanner System, Landsat 1-3)"));
}

TEST(LandsatCollection, each_generation_and_level_has_its_own) {
  for (const auto* id : {"landsat-c2-l1", "landsat-c2-l2", "landsat-c1-l1", "landsat-c1-l2", "landsat-c1-ard",
                         "landsat-pre-l1", "landsat-pre-l2"}) {
    EXPECT_EQ(landsat_collection(id)["id"], id);
  }
  EXPECT_THAT(keys(landsat_collection("landsat-c1-l1")["item_assets"]), Contains("qa_pixel"));
  EXPECT_FALSE(landsat_collection("landsat-c1-l2").contains("item_assets")) << "they depend on the order";
}

}  // namespace
}  // namespace hayden::mtl
