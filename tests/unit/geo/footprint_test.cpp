#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "geo/geometry.hpp"

namespace hayden::geo {
namespace {

using testing::HasSubstr;

/// Every footprint must be stored, so it has to be a valid GeoJSON geometry.
void expect_valid(const Footprint& footprint) {
  Mistakes mistakes;
  EXPECT_TRUE(wkb_from_geojson(footprint.geometry, "footprint", mistakes)) << footprint.geometry.dump();
  EXPECT_TRUE(mistakes.empty()) << mistakes.all().front();
}

double signed_area(const Json& ring) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
    sum += ring[i][0].get<double>() * ring[i + 1][1].get<double>() -
           ring[i + 1][0].get<double>() * ring[i][1].get<double>();
  }
  return sum / 2;
}

std::string refusal(const std::vector<Point>& ring) {
  try {
    footprint_from_ring(ring);
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status(), 422);
    return problem.what();
  }
  return "none";
}

TEST(Footprint, of_a_clockwise_ring_runs_counter_clockwise) {
  const auto footprint = footprint_from_ring(std::vector<Point>{{0, 0}, {0, 2}, {2, 2}, {2, 0}});
  EXPECT_EQ(footprint.geometry["type"], "Polygon");
  const auto& ring = footprint.geometry["coordinates"][0];
  EXPECT_EQ(ring.size(), 5U);
  EXPECT_EQ(ring.front(), ring.back());
  EXPECT_DOUBLE_EQ(signed_area(ring), 4);
  EXPECT_EQ(footprint.bbox, (Bbox{0, 0, 2, 2}));
  EXPECT_DOUBLE_EQ(footprint.centroid.x, 1);
  EXPECT_DOUBLE_EQ(footprint.centroid.y, 1);
  expect_valid(footprint);
}

TEST(Footprint, is_the_same_for_an_open_and_a_closed_ring) {
  const std::vector<Point> open{{-122.9, 45.1}, {-120.5, 45.0}, {-120.4, 47.1}, {-122.9, 47.2}};
  auto closed = open;
  closed.push_back(open.front());
  EXPECT_EQ(footprint_from_ring(open).geometry, footprint_from_ring(closed).geometry);
}

TEST(Footprint, is_rounded_to_six_decimals) {
  const auto footprint =
      footprint_from_ring(std::vector<Point>{{0.12345678, 0}, {1, -1e-9}, {1, 1.00000049}, {0.1, 1}});
  EXPECT_EQ(footprint.geometry["coordinates"][0].dump(),
            "[[0.123457,0.0],[1.0,0.0],[1.0,1.0],[0.1,1.0],[0.123457,0.0]]");
}

TEST(Footprint, that_crosses_the_antimeridian_is_split_there) {
  // Path 84 row 24, south of the Aleutians.
  const auto footprint = footprint_from_ring(std::vector<Point>{
      {-179.7439, 52.7643}, {-177.0251, 52.2953}, {-177.8363, 50.6044}, {179.5415, 51.0652}});
  ASSERT_EQ(footprint.geometry["type"], "MultiPolygon");
  const auto& parts = footprint.geometry["coordinates"];
  ASSERT_EQ(parts.size(), 2U);
  for (const auto& position : parts[0][0]) EXPECT_GE(position[0].get<double>(), 179.5415);
  for (const auto& position : parts[1][0]) EXPECT_LE(position[0].get<double>(), -177.0251);
  for (const auto& part : parts) EXPECT_GT(signed_area(part[0]), 0);
  EXPECT_EQ(footprint.bbox, (Bbox{179.5415, 50.6044, -177.0251, 52.7643}));
  EXPECT_TRUE(footprint.bbox.crosses_antimeridian());
  EXPECT_NEAR(footprint.centroid.x, -178.77, 0.05);
  EXPECT_NEAR(footprint.centroid.y, 51.68, 0.05);
  expect_valid(footprint);
}

TEST(Footprint, that_only_touches_the_antimeridian_is_not_split) {
  for (const double edge : {180.0, -180.0}) {
    const auto west = footprint_from_ring(std::vector<Point>{{179, 0}, {edge, 0}, {edge, 1}, {179, 1}});
    EXPECT_EQ(west.geometry["type"], "Polygon");
    EXPECT_EQ(west.bbox, (Bbox{179, 0, 180, 1}));
    const auto east = footprint_from_ring(std::vector<Point>{{edge, 0}, {-179, 0}, {-179, 1}, {edge, 1}});
    EXPECT_EQ(east.geometry["type"], "Polygon");
    EXPECT_EQ(east.bbox, (Bbox{-180, 0, -179, 1}));
  }
}

TEST(Footprint, keeps_its_area_when_it_is_split) {
  for (double shift = -180; shift <= 180; shift += 7.3) {
    const auto turned = [shift](double lon) { return std::remainder(lon + shift, 360.0); };
    const auto footprint = footprint_from_ring(std::vector<Point>{
        {turned(-6), -1}, {turned(5), -2}, {turned(6), 3}, {turned(0), 1}, {turned(-5), 2}});
    expect_valid(footprint);
    double area = 0;
    const auto& coordinates = footprint.geometry["coordinates"];
    if (footprint.geometry["type"] == "Polygon") {
      area = signed_area(coordinates[0]);
    } else {
      for (const auto& part : coordinates) area += signed_area(part[0]);
    }
    EXPECT_NEAR(area, 36, 1e-4) << shift;
    EXPECT_NEAR(std::remainder(footprint.centroid.x - shift, 360.0), 104.0 / 216, 1e-5) << shift;
  }
}

TEST(Footprint, around_a_pole_covers_every_longitude_up_to_it) {
  for (const double side : {1.0, -1.0}) {
    for (const double direction : {1.0, -1.0}) {
      std::vector<Point> ring;
      for (int i = 0; i < 12; ++i) {
        ring.push_back({std::remainder(direction * (30.0 * i + 10), 360.0), side * (84 + i % 2)});
      }
      const auto footprint = footprint_from_ring(ring);
      EXPECT_EQ(footprint.geometry["type"], "Polygon") << footprint.geometry.dump();
      EXPECT_EQ(footprint.bbox, (side > 0 ? Bbox{-180, 84, 180, 90} : Bbox{-180, -90, 180, -84}));
      EXPECT_DOUBLE_EQ(footprint.centroid.y, side * 90);
      EXPECT_NEAR(signed_area(footprint.geometry["coordinates"][0]), 360 * 5.5, 1e-3);
      expect_valid(footprint);
    }
  }
}

TEST(Footprint, of_a_utm_rectangle_at_low_latitudes_has_its_four_corners) {
  const auto footprint = footprint_from_rectangle(32618, 378285, 43485, 606015, 275715);
  EXPECT_EQ(footprint.geometry["coordinates"][0].size(), 5U);
  expect_valid(footprint);
}

TEST(Footprint, of_a_utm_rectangle_follows_its_edges_where_they_bend) {
  // Path 46 row 28: Hayden Island and Mount Hood.
  const auto footprint = footprint_from_rectangle(32610, 472485, 4956885, 705315, 5193315);
  const auto& ring = footprint.geometry["coordinates"][0];
  ASSERT_EQ(ring.size(), 9U) << "the corners and the middles of the edges";
  EXPECT_NEAR(ring[0][0].get<double>(), -123.347688, 1e-6);
  EXPECT_NEAR(ring[0][1].get<double>(), 44.764827, 1e-6);
  EXPECT_NEAR(ring[4][0].get<double>(), -120.306277, 1e-6);
  EXPECT_NEAR(ring[4][1].get<double>(), 46.861668, 1e-6);
  EXPECT_NEAR(footprint.centroid.x, -121.85, 0.01);
  EXPECT_NEAR(footprint.centroid.y, 45.83, 0.01);
  expect_valid(footprint);
}

TEST(Footprint, of_a_rectangle_in_the_first_zone_may_cross_the_antimeridian) {
  const auto footprint = footprint_from_rectangle(32601, 400000, 6700000, 500000, 6900000);
  EXPECT_EQ(footprint.geometry["type"], "Polygon");
  const auto crossing = footprint_from_rectangle(32601, 300000, 6700000, 500000, 6900000);
  EXPECT_EQ(crossing.geometry["type"], "MultiPolygon");
  EXPECT_GT(crossing.bbox.west, 170);
  EXPECT_LT(crossing.bbox.east, -170);
  expect_valid(crossing);
}

TEST(Footprint, of_a_polar_rectangle_reaches_beyond_its_corners) {
  // Path 132 row 122: the nearest point to the pole lies on the edge, not at a corner.
  const auto footprint = footprint_from_rectangle(3031, -138315, 590385, 61215, 808815);
  EXPECT_EQ(footprint.geometry["type"], "Polygon");
  const auto corner = to_lonlat(3031, std::vector<Point>{{-138315, 590385}, {61215, 590385}});
  EXPECT_LT(footprint.bbox.south, std::min(corner[0].y, corner[1].y) - 0.02);
  EXPECT_LT(footprint.bbox.north, -82.4);
  expect_valid(footprint);
}

TEST(Footprint, of_a_polar_rectangle_over_the_antimeridian_is_split) {
  // In EPSG:3031 the antimeridian runs down from the pole.
  const auto footprint = footprint_from_rectangle(3031, -100000, -1100000, 120000, -900000);
  EXPECT_EQ(footprint.geometry["type"], "MultiPolygon");
  EXPECT_TRUE(footprint.bbox.crosses_antimeridian());
  expect_valid(footprint);
}

TEST(Footprint, of_a_rectangle_that_holds_a_pole_covers_every_longitude) {
  const auto south = footprint_from_rectangle(3031, -100000, -50000, 80000, 120000);
  EXPECT_EQ(south.bbox.west, -180);
  EXPECT_EQ(south.bbox.east, 180);
  EXPECT_EQ(south.bbox.south, -90);
  EXPECT_LT(south.bbox.north, -88);
  EXPECT_EQ(south.geometry["type"], "Polygon");
  expect_valid(south);
  const auto north = footprint_from_rectangle(3995, -100000, -50000, 80000, 120000);
  EXPECT_EQ(north.bbox.north, 90);
  expect_valid(north);
}

TEST(Footprint, refuses_a_ring_that_is_none) {
  EXPECT_THAT(refusal({}), HasSubstr("at least three different positions"));
  EXPECT_THAT(refusal({{1, 1}, {2, 2}, {1, 1}}), HasSubstr("at least three different positions"));
  EXPECT_THAT(refusal({{0, 0}, {2, 2}, {2, 0}, {0, 2}}), HasSubstr("Self-intersection at (1, 1)"));
  EXPECT_THAT(refusal({{0, 0}, {1, 1}, {2, 2}}), HasSubstr("not a valid polygon"));
  EXPECT_THAT(refusal({{0, 0}, {1, 91}, {2, 2}}), HasSubstr("out of range"));
  EXPECT_THAT(refusal({{0, 0}, {std::numeric_limits<double>::quiet_NaN(), 1}, {2, 2}}),
              HasSubstr("out of range"));
}

TEST(Footprint, refuses_a_rectangle_inside_out) {
  EXPECT_THROW(footprint_from_rectangle(32610, 2, 0, 1, 1), Problem);
  EXPECT_THROW(footprint_from_rectangle(32610, 0, std::nan(""), 1, 1), Problem);
}

}  // namespace
}  // namespace hayden::geo
