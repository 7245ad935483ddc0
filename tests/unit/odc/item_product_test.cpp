#include "odc/item_product.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/problem.hpp"
#include "odc/dataset.hpp"
#include "odc/documents.hpp"

namespace hayden::odc {
namespace {

using ::testing::HasSubstr;

Json item_with(Json assets) { return {{"collection", "scenes"}, {"assets", std::move(assets)}}; }
Json dataset_with(std::initializer_list<const char*> bands) {
  Json measurements = Json::object();
  for (const auto* band : bands) measurements[band] = Json::object();
  return {{"measurements", std::move(measurements)}};
}

TEST(product_of_item, takes_types_nodata_and_units_from_either_form_of_the_raster_extension) {
  const auto item =
      item_with({{"old", {{"raster:bands", {{{"data_type", "int16"}, {"nodata", -999}, {"unit", "m"}}}}}},
                 {"new", {{"data_type", "cfloat32"}, {"bands", {{{"nodata", "-inf"}}}}}},
                 {"whole", {{"raster:bands", {{{"data_type", "uint8"}, {"nodata", "nan"}}}}}},
                 {"strange", {{"raster:bands", {{{"data_type", "other"}, {"unit", ""}}}}}}});
  const auto product =
      product_of_item(item, dataset_with({"old", "new", "whole", "strange", "gone"}), "scenes");
  const auto band = [](const char* name, const char* dtype, const Json& nodata, const char* units) {
    return Json{{"name", name}, {"dtype", dtype}, {"nodata", nodata}, {"units", units}};
  };
  EXPECT_EQ(product["measurements"],
            Json::array({band("old", "int16", -999, "m"), band("new", "complex64", "-Inf", "1"),
                         band("whole", "uint8", 0, "1"), band("strange", "float32", "NaN", "1"),
                         band("gone", "float32", "NaN", "1")}));
  EXPECT_EQ(product["metadata"], Json({{"product", {{"name", "scenes"}}}}));
  Mistakes mistakes;
  check_product(product, mistakes);
  EXPECT_TRUE(mistakes.empty());
}

TEST(product_of_item, has_common_names_as_aliases_where_they_tell_one_band) {
  const auto common = [](const char* name) { return Json{{"eo:bands", {{{"common_name", name}}}}}; };
  const auto item = item_with({{"b4", common("red")},
                               {"b5", common("nir")},
                               {"b6", common("nir")},
                               {"b7", common("b4")},
                               {"two", {{"eo:bands", {{{"common_name", "x"}}, {{"common_name", "y"}}}}}}});
  const auto product = product_of_item(item, dataset_with({"b4", "b5", "b6", "b7", "two"}), "scenes");
  EXPECT_EQ(product["measurements"][0]["aliases"], Json::array({"red"}));
  for (std::size_t i = 1; i < 5; ++i) EXPECT_FALSE(product["measurements"][i].contains("aliases")) << i;
}

TEST(product_of_item, is_the_landsat_product_by_that_name) {
  EXPECT_EQ(product_of_item(item_with(Json::object()), dataset_with({}), "landsat_c2_l2_tm"),
            landsat_product("landsat_c2_l2_tm"));
}

TEST(product_of_item, says_which_bands_cannot_be_measurements) {
  try {
    product_of_item(item_with(Json::object()), dataset_with({"good", "not good"}), "scenes");
    FAIL();
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status(), 422);
    EXPECT_THAT(problem.what(), HasSubstr("measurements[1].name"));
  }
}

}  // namespace
}  // namespace hayden::odc
