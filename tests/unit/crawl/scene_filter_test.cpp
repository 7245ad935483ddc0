#include "crawl/scene_filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hayden::crawl {
namespace {

using ::testing::HasSubstr;

Object key(const std::string& name, std::optional<double> cloud = {}) {
  return {"collection02/level-2/" + name + "_MTL.json", {}, 0, cloud};
}
const auto oregon = key("LC08_L2SP_046028_20200904_20200906_02_T1");

Json item() {
  return Json::parse(R"({"id":"LC08_L2SP_046028_20200904_02_T1","bbox":[-124.1,44.9,-121.0,47.2],
    "properties":{"datetime":"2020-09-04T18:55:02Z","instruments":["oli","tirs"],"landsat:wrs_path":"046",
    "landsat:wrs_row":"028","landsat:collection_category":"T1","eo:cloud_cover":12.5}})");
}

TEST(ProductName, is_read_from_the_names_of_all_generations) {
  const auto c2 = parse_product_name("LC08_L2SP_046028_20200904_20200906_02_T1_MTL.json").value();
  EXPECT_EQ(c2.sensor, 'C');
  EXPECT_EQ(c2.spacecraft, 8);
  EXPECT_EQ(c2.path, 46);
  EXPECT_EQ(c2.row, 28);
  EXPECT_EQ(c2.level, "L2SP");
  EXPECT_EQ(c2.tier, "T1");
  EXPECT_EQ(c2.acquired, std::chrono::sys_days{std::chrono::year{2020} / 9 / 4});
  const auto before = parse_product_name("LC80460282020248LGN00_MTL.txt").value();
  EXPECT_EQ(before.path, 46);
  EXPECT_EQ(before.acquired, c2.acquired);
  for (const auto* other : {"", "LC08", "LC08_CU_027009_20130701_20181123_C01_V01", "index.html",
                            "LX08_L2SP_046028_20200904_20200906_02_T1",
                            "LC08_L2SP_046028_20201304_20200906_02_T1", "LC80460282020367LGN00"})
    EXPECT_FALSE(parse_product_name(other)) << other;
}

TEST(SceneFilter, lets_everything_pass_when_nothing_is_asked_for) {
  const SceneFilter filter;
  EXPECT_TRUE(filter.is_empty());
  EXPECT_TRUE(filter.may_match(oregon));
  EXPECT_TRUE(filter.matches(item()));
}

TEST(SceneFilter, keeps_scenes_since_a_day) {
  SceneFilter filter;
  filter.set_since("2020-09-04");
  EXPECT_TRUE(filter.may_match(oregon));
  EXPECT_TRUE(filter.matches(item()));
  SceneFilter later;
  later.set_since("2020-09-05");
  EXPECT_FALSE(later.may_match(oregon));
  SceneFilter by_the_second;
  by_the_second.set_since("2020-09-04T18:55:03Z");
  EXPECT_TRUE(by_the_second.may_match(oregon)) << "a key has no time of day";
  EXPECT_FALSE(by_the_second.matches(item()));
}

TEST(SceneFilter, rules_out_the_folders_of_years_in_known_layouts) {
  const auto folder = [](const std::string& since, std::string_view key) {
    SceneFilter filter;
    if (!since.empty()) filter.set_since(since);
    return std::string{filter.ruled_out_folder(key).value_or("none")};
  };
  const std::string level2 = "collection02/level-2/standard/oli-tirs/";
  EXPECT_EQ(folder("2020-01-01", level2 + "2019/046/028/x_MTL.json"), level2 + "2019/");
  EXPECT_EQ(folder("2020-01-01", "collection1/level2/albers/etm/2013/"),
            "collection1/level2/albers/etm/2013/");
  EXPECT_EQ(folder("2020-01-01", level2 + "2020/046/028/x_MTL.json"), "none");
  EXPECT_EQ(folder("2020-12-31T23:00:00Z", level2 + "2020/046/028/x_MTL.json"), "none");
  EXPECT_EQ(folder("", level2 + "2019/046/028/x_MTL.json"), "none");
  EXPECT_EQ(folder("2020-01-01", "usgs_ls8c_level2_2/046/028/2019/05/01/x"), "none");
  EXPECT_EQ(folder("2020-01-01", "tm/1999"), "none") << "a file";
  EXPECT_EQ(folder("2020-01-01", "tm/0046/x"), "none");
}

TEST(SceneFilter, keeps_paths_and_rows) {
  SceneFilter filter;
  filter.add_path_row("45/28");
  EXPECT_FALSE(filter.may_match(oregon));
  filter.add_path_row("046,028");
  EXPECT_TRUE(filter.may_match(oregon));
  EXPECT_TRUE(filter.matches(item()));
  SceneFilter path;
  path.add_path_row("46");
  EXPECT_TRUE(path.may_match(oregon));
}

TEST(SceneFilter, keeps_sensors_and_tiers) {
  for (const auto* sensor : {"oli", "TIRS", "LC08"}) {
    SceneFilter filter;
    filter.add_sensor(sensor);
    EXPECT_TRUE(filter.may_match(oregon)) << sensor;
    EXPECT_TRUE(filter.matches(item())) << sensor;
  }
  for (const auto* sensor : {"etm", "tm", "mss", "LC09", "lo08"}) {
    SceneFilter filter;
    filter.add_sensor(sensor);
    EXPECT_FALSE(filter.may_match(oregon)) << sensor;
    EXPECT_FALSE(filter.matches(item())) << sensor;
  }
  SceneFilter tier;
  tier.add_tier("rt");
  EXPECT_FALSE(tier.may_match(oregon));
  tier.add_tier("T1");
  EXPECT_TRUE(tier.may_match(oregon));
}

TEST(SceneFilter, keeps_scenes_in_a_box_by_their_place_first_and_by_their_footprint_then) {
  SceneFilter near, far, beside;
  near.set_bbox("-123,45,-122,46");
  far.set_bbox("10,45,11,46");
  beside.set_bbox("-120.9,45,-120.5,46");
  EXPECT_TRUE(near.may_match(oregon));
  EXPECT_TRUE(near.matches(item()));
  EXPECT_FALSE(far.may_match(oregon));
  EXPECT_TRUE(beside.may_match(oregon));
  EXPECT_FALSE(beside.matches(item()));
}

TEST(SceneFilter, boxes_may_cross_the_antimeridian) {
  SceneFilter filter;
  filter.set_bbox("175,50,-175,55");
  EXPECT_TRUE(filter.may_match(key("LC08_L2SP_084024_20200904_20200906_02_T1")));
  EXPECT_FALSE(filter.may_match(oregon));
}

TEST(SceneFilter, keeps_clear_scenes_by_a_list_or_by_their_own_metadata) {
  SceneFilter filter;
  filter.set_cloud_below(12.5);
  EXPECT_FALSE(filter.may_match(key("LC08_L2SP_046028_20200904_20200906_02_T1", 50)));
  EXPECT_TRUE(filter.may_match(oregon));
  EXPECT_FALSE(filter.matches(item()));
  filter.set_cloud_below(12.6);
  EXPECT_TRUE(filter.matches(item()));
  auto unknown = item();
  unknown["properties"].erase("eo:cloud_cover");
  EXPECT_FALSE(filter.matches(unknown));
}

TEST(SceneFilter, does_not_rule_out_what_a_key_says_nothing_of) {
  SceneFilter filter;
  filter.add_path_row("46/28");
  filter.add_tier("T1");
  filter.set_since("2020-01-01");
  EXPECT_TRUE(filter.may_match({"somewhere/scene_MTL.txt", {}, 0, {}}));
}

template <typename Set>
std::string mistake(Set set) {
  try {
    set();
  } catch (const Problem& problem) {
    return problem.what();
  }
  return {};
}

TEST(SceneFilter, says_what_is_wrong_with_an_option) {
  SceneFilter filter;
  EXPECT_THAT(mistake([&] { filter.set_since("yesterday"); }),
              HasSubstr("--since: 'yesterday' is not of the form"));
  EXPECT_THAT(mistake([&] { filter.set_bbox("1,2,3"); }), HasSubstr("bbox"));
  EXPECT_THAT(mistake([&] { filter.set_bbox("1,2,3,x"); }), HasSubstr("west,south,east,north"));
  for (const auto* text : {"0/1", "46/0", "300", "46/28/1", "x", "", "46/", "4.5"})
    EXPECT_THAT(mistake([&] { filter.add_path_row(text); }), HasSubstr("--path-row")) << text;
  EXPECT_THAT(mistake([&] { filter.add_sensor("sentinel"); }), HasSubstr("--sensor"));
  EXPECT_THAT(mistake([&] { filter.add_tier("A1"); }), HasSubstr("--tier"));
}

TEST(Wrs2, centres_are_where_usgs_has_them) {
  const auto expect = [](int path, int row, double lon, double lat) {
    EXPECT_NEAR(wrs2_centre(path, row).first, lon, 0.0001);
    EXPECT_NEAR(wrs2_centre(path, row).second, lat, 0.0001);
  };
  expect(46, 28, -122.4048, 46.0311);
  expect(1, 60, -64.6, 0);
  expect(26, 200, 59.3154, 23.1133);
}

}  // namespace
}  // namespace hayden::crawl
