#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "core/problem.hpp"
#include "odc/dataset.hpp"

namespace hayden::odc {
namespace {

Json scene(const char* correction, const Json& instruments, const char* collection = "02") {
  return {{"properties",
           {{"landsat:correction", correction},
            {"landsat:collection_number", collection},
            {"instruments", instruments}}}};
}

std::set<std::string> measurement_names(std::string_view product) {
  std::set<std::string> names;
  const Json definition = landsat_product(product);
  for (const auto& measurement : definition["measurements"])
    names.insert(measurement["name"].get<std::string>());
  return names;
}

Json measurement(std::string_view product, std::string_view name) {
  const Json definition = landsat_product(product);
  for (const auto& each : definition["measurements"]) {
    if (each["name"] == name) return each;
  }
  return nullptr;
}

TEST(landsat_product_name, tells_products_by_level_and_sensor) {
  EXPECT_EQ(landsat_product_name(scene("L1TP", {"oli", "tirs"})), "landsat_c2_l1_oli_tirs");
  EXPECT_EQ(landsat_product_name(scene("L1GT", Json::array({"oli"}))), "landsat_c2_l1_oli");
  EXPECT_EQ(landsat_product_name(scene("L1GS", Json::array({"tirs"}))), "landsat_c2_l1_tirs");
  EXPECT_EQ(landsat_product_name(scene("L1TP", Json::array({"etm+"}))), "landsat_c2_l1_etm");
  EXPECT_EQ(landsat_product_name(scene("L1TP", Json::array({"tm"}))), "landsat_c2_l1_tm");
  EXPECT_EQ(landsat_product_name(scene("L1GS", Json::array({"mss"}))), "landsat_c2_l1_mss");
  EXPECT_EQ(landsat_product_name(scene("L2SP", {"OLI", "TIRS"})), "landsat_c2_l2_oli_tirs");
  EXPECT_EQ(landsat_product_name(scene("L2SP", Json::array({"ETM"}))), "landsat_c2_l2_etm");
  EXPECT_EQ(landsat_product_name(scene("L2SP", Json::array({"tm"}))), "landsat_c2_l2_tm");
}

TEST(landsat_product_name, gives_scenes_without_surface_temperature_a_product_of_their_own) {
  EXPECT_EQ(landsat_product_name(scene("L2SR", {"oli", "tirs"})), "landsat_c2_l2_oli_tirs_sr");
  EXPECT_EQ(landsat_product_name(scene("L2SR", Json::array({"oli"}))), "landsat_c2_l2_oli");
  EXPECT_EQ(landsat_product_name(scene("L2SR", Json::array({"etm"}))), "landsat_c2_l2_etm_sr");
  EXPECT_EQ(landsat_product_name(scene("L2SR", Json::array({"tm"}))), "landsat_c2_l2_tm_sr");
}

TEST(landsat_product_name, refuses_what_is_no_known_landsat_scene) {
  EXPECT_THROW(landsat_product_name(Json::object()), Problem);
  EXPECT_THROW(landsat_product_name({{"properties", 7}}), Problem);
  EXPECT_THROW(landsat_product_name(scene("L2SP", Json::array({"msi"}))), Problem);
  EXPECT_THROW(landsat_product_name(scene("L2SP", Json::array({"mss"}))), Problem);
  EXPECT_THROW(landsat_product_name(scene("", {"oli", "tirs"})), Problem);
  EXPECT_THROW(landsat_product_name(scene("L1TP", {"oli", "tirs"}, "01")), Problem);
}

TEST(landsat_product, has_every_measurement_as_datacube_wants_it) {
  const std::regex word{R"(\w+)"};
  const std::set<std::string> dtypes{"uint8", "int16", "uint16"};
  for (const auto& name : landsat_product_names()) {
    const Json product = landsat_product(name);
    EXPECT_TRUE(std::regex_match(name, word)) << name;
    EXPECT_LE(name.size(), 40U) << name;
    EXPECT_EQ(product["name"], name);
    EXPECT_EQ(product["metadata_type"], "eo3") << name;
    EXPECT_EQ(product["metadata"]["product"]["name"], name);
    EXPECT_GE(product["measurements"].size(), 4U) << name;
    for (const auto& each : product["measurements"]) {
      EXPECT_TRUE(std::regex_match(each["name"].get<std::string>(), word)) << each;
      EXPECT_TRUE(dtypes.contains(each["dtype"].get<std::string>())) << each;
      EXPECT_TRUE(each["nodata"].is_number()) << each;
      EXPECT_TRUE(each["units"].is_string()) << each;
    }
  }
}

TEST(landsat_product, says_how_to_load_scenes_of_many_zones_together) {
  for (const auto& name : landsat_product_names()) {
    const int pixel = name.ends_with("_mss") ? 60 : 30;
    EXPECT_EQ(landsat_product(name)["load"], Json({{"crs", "EPSG:6933"},
                                                   {"resolution", {{"y", -pixel}, {"x", pixel}}},
                                                   {"align", {{"y", 0}, {"x", 0}}}}))
        << name;
  }
}

TEST(landsat_product, gives_no_name_or_alias_twice) {
  for (const auto& name : landsat_product_names()) {
    std::set<std::string> seen;
    const Json product = landsat_product(name);
    for (const auto& each : product["measurements"]) {
      EXPECT_TRUE(seen.insert(each["name"].get<std::string>()).second) << name << ": " << each["name"];
      for (const auto& alias : each.value("aliases", Json::array())) {
        EXPECT_TRUE(seen.insert(alias.get<std::string>()).second) << name << ": " << alias;
      }
    }
  }
}

TEST(landsat_product, demands_surface_temperature_only_where_every_scene_has_it) {
  EXPECT_THAT(measurement_names("landsat_c2_l2_oli_tirs"),
              testing::IsSupersetOf({"red", "lwir11", "qa", "emis"}));
  EXPECT_THAT(measurement_names("landsat_c2_l2_tm"), testing::IsSupersetOf({"red", "lwir", "cloud_qa"}));
  for (const auto* reflectance_only :
       {"landsat_c2_l2_oli_tirs_sr", "landsat_c2_l2_oli", "landsat_c2_l2_etm_sr"}) {
    EXPECT_THAT(measurement_names(reflectance_only), testing::Contains("red"));
    EXPECT_THAT(measurement_names(reflectance_only),
                testing::Not(testing::Contains(testing::StartsWith("lwir"))));
  }
}

TEST(landsat_product, scales_level_2_but_not_the_digital_numbers_of_level_1) {
  const Json red = measurement("landsat_c2_l2_oli_tirs", "red");
  EXPECT_EQ(red["scale_factor"], 2.75e-05);
  EXPECT_EQ(red["add_offset"], -0.2);
  EXPECT_EQ(measurement("landsat_c2_l2_etm", "lwir")["add_offset"], 149.0);
  EXPECT_FALSE(measurement("landsat_c2_l1_oli_tirs", "red").contains("scale_factor"));
  EXPECT_EQ(measurement("landsat_c2_l1_oli_tirs", "red")["dtype"], "uint16");
  EXPECT_EQ(measurement("landsat_c2_l1_tm", "red")["dtype"], "uint8");
}

TEST(landsat_product, finds_bands_by_their_number_too) {
  EXPECT_THAT(measurement("landsat_c2_l2_oli_tirs", "nir08")["aliases"], testing::Contains("band_5"));
  EXPECT_THAT(measurement("landsat_c2_l2_tm", "nir08")["aliases"], testing::Contains("band_4"));
}

TEST(landsat_product, explains_the_bits_of_qa_pixel_per_sensor) {
  const Json oli = measurement("landsat_c2_l1_oli_tirs", "qa_pixel")["flags_definition"];
  EXPECT_EQ(oli["cloud"]["bits"], 3);
  EXPECT_EQ(oli["cirrus_confidence"]["bits"], Json::array({14, 15}));
  EXPECT_EQ(oli["clear"]["values"], Json({{"0", false}, {"1", true}}));
  const Json tm = measurement("landsat_c2_l2_tm", "qa_pixel")["flags_definition"];
  EXPECT_TRUE(tm.contains("water"));
  EXPECT_FALSE(tm.contains("cirrus"));
  const Json mss = measurement("landsat_c2_l1_mss", "qa_pixel")["flags_definition"];
  EXPECT_EQ(mss.size(), 3U);
}

TEST(landsat_product, of_an_unknown_name_is_not_found) {
  try {
    landsat_product("landsat_c2_l3_dswe");
    FAIL();
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status(), 404);
  }
}

}  // namespace
}  // namespace hayden::odc
