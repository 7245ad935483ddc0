#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <string>

#include "mtl/document.hpp"
#include "mtl/scene.hpp"
#include "samples/generator.hpp"
#include "samples/mission.hpp"
#include "samples/random.hpp"
#include "samples/sun.hpp"
#include "samples/wrs.hpp"

namespace hayden::samples {
namespace {

using testing::DoubleNear;

std::vector<SampleProduct> some(const SampleOptions& options, std::size_t count) {
  SceneGenerator generator(options);
  std::vector<SampleProduct> products;
  while (products.size() < count) {
    auto product = generator.next();
    if (!product) break;
    products.push_back(std::move(*product));
  }
  return products;
}

TEST(Wrs, puts_scene_centres_where_the_reference_has_them) {
  const auto is_at = [](PathRow at, double lon, double lat) {
    const Place place = centre(wrs(2), at);
    EXPECT_THAT(place.lon, DoubleNear(lon, 0.0001));
    EXPECT_THAT(place.lat, DoubleNear(lat, 0.0001));
  };
  is_at({46, 28}, -122.4048, 46.0311);
  is_at({1, 60}, -64.6, 0);
  is_at({26, 200}, 59.3154, 23.1133);
}

TEST(Wrs, finds_the_path_and_row_nearest_to_a_place) {
  EXPECT_EQ(nearest(wrs(2), {-122.4, 46.0}), (PathRow{46, 28}));
  EXPECT_EQ(nearest(wrs(1), centre(wrs(1), {49, 28})), (PathRow{49, 28}));
}

TEST(Mission, passes_a_path_on_the_days_the_satellite_did) {
  const auto passes_on = [](int spacecraft, char letter, PathRow at, int year, unsigned month, unsigned day) {
    const std::chrono::sys_days wanted =
        std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day};
    const auto all = missions();
    const auto mission = std::find_if(all.begin(), all.end(), [&](const Mission& candidate) {
      return candidate.spacecraft == spacecraft && candidate.instrument->letter == letter;
    });
    ASSERT_NE(mission, all.end());
    for (std::int64_t cycle = -1500; cycle < 1500; ++cycle) {
      if (std::chrono::floor<std::chrono::days>(pass(*mission, at, cycle)) == wanted) return;
    }
    ADD_FAILURE() << "Landsat " << spacecraft << " does not pass " << at.path << '/' << at.row;
  };
  passes_on(8, 'C', {1, 62}, 2020, 10, 31);
  passes_on(9, 'C', {112, 81}, 2022, 2, 9);
  passes_on(7, 'E', {21, 30}, 2010, 1, 9);
  passes_on(5, 'T', {90, 84}, 1998, 3, 8);
  passes_on(4, 'T', {143, 21}, 1989, 8, 18);
  passes_on(2, 'M', {1, 4}, 1975, 4, 11);
}

TEST(Sun, stands_where_the_metadata_of_a_real_scene_says) {
  using namespace std::chrono;
  const auto when = sys_days{year{2022} / 2 / 9} + hours{2} + minutes{5} + microseconds{18'736'033};
  const Sun sun = sun_at(when, centre(wrs(2), {112, 81}));
  EXPECT_THAT(sun.elevation, DoubleNear(54.143, 0.1));
  EXPECT_THAT(sun.azimuth, DoubleNear(72.167, 0.1));
  EXPECT_THAT(sun.distance, DoubleNear(0.9865362, 0.0005));
}

TEST(Shuffle, gives_every_number_once) {
  const Shuffle shuffle(1000, 7);
  std::set<std::uint64_t> seen;
  for (std::uint64_t i = 0; i < shuffle.size(); ++i) seen.insert(shuffle[i]);
  EXPECT_EQ(seen.size(), 1000U);
  EXPECT_EQ(*seen.rbegin(), 999U);
}

TEST(Samples, are_read_without_a_mistake_and_say_the_same_as_text_and_as_json) {
  for (const bool world : {false, true}) {
    SampleOptions options;
    if (world) options.around.reset();
    for (const SampleProduct& product : some(options, 400)) {
      ASSERT_EQ(product.files.size(), 2U);
      const mtl::Scene text = mtl::read_scene(mtl::parse_mtl(product.files[0].text));
      const mtl::Scene json = mtl::read_scene(mtl::parse_mtl(product.files[1].text));
      EXPECT_EQ(text.product_id, product.id);
      EXPECT_EQ(json.product_id, product.id);
      EXPECT_EQ(text.acquired, json.acquired);
      EXPECT_EQ(text.reflective, json.reflective);
      EXPECT_EQ(text.files, json.files);
    }
  }
}

TEST(Samples, hold_the_panchromatic_grid_with_its_own_origin) {
  SampleOptions options;
  options.levels = Levels::l1;
  options.first_year = 2013;
  for (const SampleProduct& product : some(options, 20)) {
    const mtl::Scene scene = mtl::read_scene(mtl::parse_mtl(product.files[0].text));
    ASSERT_TRUE(scene.panchromatic) << product.id;
    EXPECT_EQ(scene.panchromatic->rows, 2 * scene.reflective.rows - 1);
    EXPECT_EQ(scene.panchromatic->origin_x, scene.reflective.origin_x + 7.5);
  }
}

TEST(Samples, come_from_every_sensor_and_level_by_default) {
  std::set<std::string> kinds;
  for (const SampleProduct& product : some({}, 80)) kinds.insert(product.id.substr(0, 7));
  EXPECT_THAT(kinds, testing::IsSupersetOf({"LC08_L1", "LC08_L2", "LC09_L1", "LC09_L2", "LE07_L1", "LE07_L2",
                                            "LT05_L1", "LT05_L2", "LT04_L1", "LM01_L1", "LM02_L1", "LM03_L1",
                                            "LM05_L1"}));
}

TEST(Samples, are_the_same_for_the_same_seed_and_others_for_another) {
  const auto keys_and_bytes = [](std::uint64_t seed) {
    SampleOptions options;
    options.seed = seed;
    std::string all;
    for (const SampleProduct& product : some(options, 50)) {
      for (const SampleFile& file : product.files) all += file.key + '\n' + file.text;
    }
    return all;
  };
  EXPECT_EQ(keys_and_bytes(1), keys_and_bytes(1));
  EXPECT_NE(keys_and_bytes(1), keys_and_bytes(2));
}

TEST(Samples, never_come_twice_and_end_when_every_pass_was_given) {
  SampleOptions options;
  options.first_year = options.last_year = 2023;
  options.forms = Forms::json;
  const auto products = some(options, 100'000);
  std::set<std::string> ids;
  for (const SampleProduct& product : products) ids.insert(product.id);
  EXPECT_EQ(ids.size(), products.size());
  // Landsat 8 and 9 pass each of nine path/rows 22 to 23 times in 2023; most passes give two products.
  EXPECT_GT(products.size(), 2 * 9 * 22 * 1.4);
  EXPECT_LT(products.size(), 2 * 9 * 23 * 2.0);
}

TEST(Samples, of_the_world_reach_the_antimeridian_and_the_poles) {
  SampleOptions options;
  options.around.reset();
  options.levels = Levels::l1;
  bool wraps = false, polar = false;
  for (const SampleProduct& product : some(options, 3000)) {
    const mtl::Scene scene = mtl::read_scene(mtl::parse_mtl(product.files[0].text));
    wraps = wraps || std::abs(scene.corners[0].lon - scene.corners[1].lon) > 180;
    polar = polar || scene.epsg == 3031;
  }
  EXPECT_TRUE(wraps);
  EXPECT_TRUE(polar);
}

}  // namespace
}  // namespace hayden::samples
