#include <gmock/gmock.h>

#include <cmath>
#include <random>
#include <thread>

#include "geo/geometry.hpp"

namespace hayden::geo {
namespace {

using testing::HasSubstr;

std::string refusal(int epsg, const Point& point) {
  try {
    to_lonlat(epsg, std::vector{point});
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status(), 422);
    return problem.what();
  }
  return "none";
}

TEST(Projection, gives_longitude_before_latitude) {
  const auto portland = to_lonlat(32610, std::vector<Point>{{525000, 5040000}});
  ASSERT_EQ(portland.size(), 1U);
  EXPECT_NEAR(portland[0].x, -122.679933, 1e-5);
  EXPECT_NEAR(portland[0].y, 45.513085, 1e-5);
}

TEST(Projection, takes_negative_northings_of_a_northern_zone) {
  // The two zones differ only by their false northing.
  const auto north = to_lonlat(32655, std::vector<Point>{{600000, -4000000}});
  const auto south = to_lonlat(32755, std::vector<Point>{{600000, 6000000}});
  EXPECT_NEAR(north[0].x, south[0].x, 1e-9);
  EXPECT_NEAR(north[0].y, south[0].y, 1e-9);
  EXPECT_LT(north[0].y, 0);
}

TEST(Projection, takes_each_zone_of_utm_for_what_its_definition_says) {
  const std::string datum =
      R"(GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],)"
      R"(UNIT["degree",0.0174532925199433]])";
  for (const bool is_south : {false, true}) {
    for (int zone = 1; zone <= 60; ++zone) {
      const auto defined = "PROJCS[\"zone\"," + datum +
                           R"(,PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],)" +
                           "PARAMETER[\"central_meridian\"," + std::to_string(6 * zone - 183) + "]," +
                           R"(PARAMETER["scale_factor",0.9996],PARAMETER["false_easting",500000],)" +
                           "PARAMETER[\"false_northing\"," + (is_south ? "10000000" : "0") + "]," +
                           R"(UNIT["metre",1]])";
      const std::vector<Point> points{{300000, 1500000}, {500000, 4000000}, {712345.6, 8765432.1}};
      const auto expected = to_lonlat(defined, points);
      const auto found = to_lonlat("epsg:" + std::to_string((is_south ? 32700 : 32600) + zone), points);
      for (std::size_t i = 0; i < points.size(); ++i) {
        EXPECT_NEAR(found[i].x, expected[i].x, 1e-10) << zone;
        EXPECT_NEAR(found[i].y, expected[i].y, 1e-10) << zone;
      }
    }
  }
}

TEST(Projection, gives_back_what_it_was_given) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> offset(-4, 4);
  std::uniform_real_distribution<double> latitude(-80, 80);
  for (int zone = 1; zone <= 60; ++zone) {
    const double meridian = zone * 6.0 - 183;
    std::vector<Point> points;
    for (int i = 0; i < 20; ++i) points.push_back({meridian + offset(random) * 0.7, latitude(random)});
    const auto back = to_lonlat(32600 + zone, from_lonlat(32600 + zone, points));
    for (std::size_t i = 0; i < points.size(); ++i) {
      EXPECT_NEAR(back[i].x, points[i].x, 1e-8);
      EXPECT_NEAR(back[i].y, points[i].y, 1e-8);
    }
  }
}

TEST(Projection, gives_back_polar_positions) {
  const std::vector<Point> antarctic{{-9.7, -82.4}, {5.9, -84.5}, {179.9, -75}, {-135, -89.999}};
  const auto back = to_lonlat(3031, from_lonlat(3031, antarctic));
  for (std::size_t i = 0; i < antarctic.size(); ++i) {
    EXPECT_NEAR(back[i].x, antarctic[i].x, 1e-6);
    EXPECT_NEAR(back[i].y, antarctic[i].y, 1e-8);
  }
}

TEST(Projection, refuses_an_unknown_code_by_name) {
  EXPECT_THAT(refusal(1, {0, 0}), HasSubstr("EPSG:1 is not a known projection"));
  EXPECT_THAT(refusal(-5, {0, 0}), HasSubstr("EPSG:-5 is not a known projection"));
}

TEST(Projection, refuses_a_position_outside_its_domain) {
  EXPECT_THAT(refusal(32610, {1e30, 0}), HasSubstr("outside the domain of EPSG:32610"));
  EXPECT_THAT(refusal(32610, {std::nan(""), 0}), HasSubstr("outside the domain of EPSG:32610"));
}

TEST(Projection, works_on_many_threads_at_once) {
  const std::vector<Point> point{{500000, 5000000}};
  std::vector<double> latitudes(8);
  std::vector<std::thread> threads;
  for (auto& latitude : latitudes) {
    threads.emplace_back([&latitude, &point] {
      for (int zone = 1; zone <= 10; ++zone) latitude = to_lonlat(32600 + zone, point)[0].y;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(latitudes, testing::Each(testing::DoubleNear(45.1535, 1e-3)));
}

}  // namespace
}  // namespace hayden::geo
