// The expected degrees were computed with pyproj, the corners of MultiPolygons by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "geo/geometry.hpp"

namespace hayden::geo {
namespace {

constexpr auto hayden_island_wkt =
    R"(PROJCS["Around Hayden Island",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],)"
    R"(PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Lambert_Azimuthal_Equal_Area"],)"
    R"(PARAMETER["latitude_of_center",45.6],PARAMETER["longitude_of_center",-122.7],PARAMETER["false_easting",0],)"
    R"(PARAMETER["false_northing",0],UNIT["metre",1]])";

Polygon box(double west, double south, double east, double north) {
  return {rectangle_ring(west, south, east, north, 1)};
}

Footprint footprint(const std::string& crs, const std::vector<Polygon>& polygons) {
  return footprint_from_polygons(crs, polygons);
}

/// How near the footprint's nearest position is, in degrees.
double distance(const Json& coordinates, double longitude, double latitude) {
  if (coordinates[0].is_number()) {
    return std::hypot(coordinates[0].get<double>() - longitude, coordinates[1].get<double>() - latitude);
  }
  double least = HUGE_VAL;
  for (const auto& each : coordinates) least = std::min(least, distance(each, longitude, latitude));
  return least;
}

constexpr double a_metre = 1e-5;

TEST(Polygons, southern_scene_in_a_northern_zone_has_its_corners_in_degrees) {
  const auto out = footprint("epsg:32655", {box(641985, -3953115, 879315, -3714585)});
  EXPECT_EQ(out.geometry["type"], "Polygon");
  for (const auto& [longitude, latitude] : {std::pair{148.5296157, -33.5614944},
                                            {151.0824986, -33.5035966},
                                            {151.1889515, -35.6490595},
                                            {148.569622, -35.7117638}}) {
    EXPECT_LT(distance(out.geometry["coordinates"], longitude, latitude), a_metre) << longitude;
  }
}

TEST(Polygons, edges_follow_their_true_course) {
  const Json geometry = footprint("epsg:32655", {box(641985, -3953115, 879315, -3714585)}).geometry;
  EXPECT_LT(distance(geometry["coordinates"], 149.8069693, -33.5391133),
            a_metre);  // middle of the upper edge
  EXPECT_LT(geometry["coordinates"][0].size(), 40U);
}

TEST(Polygons, short_edges_get_no_more_positions) {
  const auto out = footprint("EPSG:32610", {box(451485, 5213315, 452485, 5214315)});
  EXPECT_EQ(out.geometry["coordinates"][0].size(), 5U);
}

TEST(Polygons, scene_across_the_antimeridian_is_split_there) {
  const auto out = footprint("epsg:32601", {box(240000, 5565370, 471630, 5800000)});
  EXPECT_EQ(out.geometry["type"], "MultiPolygon");
  EXPECT_EQ(out.geometry["coordinates"].size(), 2U);
  EXPECT_NEAR(out.bbox.west, 179.1874231, a_metre);
  EXPECT_NEAR(out.bbox.east, -177.3978412, a_metre);
  EXPECT_TRUE(out.bbox.crosses_antimeridian());
}

TEST(Polygons, antarctic_scene_keeps_its_corners) {
  const auto out = footprint("epsg:3031", {box(-1500000, -510000, -1290000, -300000)});
  for (const auto& [longitude, latitude] : {std::pair{-101.3099325, -75.9885338},
                                            {-103.0918931, -77.8542985},
                                            {-111.5713072, -77.2834449},
                                            {-108.7780332, -75.4932361}}) {
    EXPECT_LT(distance(out.geometry["coordinates"], longitude, latitude), a_metre) << longitude;
  }
}

TEST(Polygons, scene_that_holds_the_pole_covers_all_longitudes) {
  const auto out = footprint("epsg:3031", {box(-300000, -300000, 300000, 300000)});
  EXPECT_EQ(out.bbox.west, -180);
  EXPECT_EQ(out.bbox.east, 180);
  EXPECT_EQ(out.bbox.south, -90);
  EXPECT_NEAR(out.bbox.north, -86.0966676, a_metre);
}

TEST(Polygons, crs_may_be_wkt) {
  const auto out = footprint(hayden_island_wkt, {box(-50000, -50000, 50000, 50000)});
  for (const auto& [longitude, latitude] : {std::pair{-123.3460244, 46.0480447},
                                            {-122.0539756, 46.0480447},
                                            {-122.0642076, 45.14834},
                                            {-123.3357924, 45.14834}}) {
    EXPECT_LT(distance(out.geometry["coordinates"], longitude, latitude), a_metre) << longitude;
  }
}

TEST(Polygons, only_codes_and_wkt_name_a_crs) {
  EXPECT_TRUE(is_known_crs("EPSG:3577"));
  EXPECT_TRUE(is_known_crs("epsg:3577"));
  EXPECT_TRUE(is_known_crs(hayden_island_wkt));
  for (const auto* not_one : {"", "epsg:", "epsg:999999", "3577", "+proj=utm +zone=10", "/etc/passwd",
                              "+proj=pipeline +step +proj=hgridshift +grids=/etc/passwd", "PROJCS[broken",
                              "PROJCS", "urn:ogc:def:crs:EPSG::3577"}) {
    EXPECT_FALSE(is_known_crs(not_one)) << not_one;
  }
}

TEST(Polygons, polygons_that_meet_become_one) {
  const auto out = footprint("epsg:4326", {box(10, 0, 20, 10), box(20, 0, 30, 10)});
  EXPECT_EQ(out.geometry["type"], "Polygon");
  EXPECT_EQ(out.bbox, (Bbox{10, 0, 30, 10}));
}

TEST(Polygons, polygons_apart_are_a_multipolygon_with_the_least_box) {
  const auto out = footprint("epsg:4326", {box(10, 0, 20, 10), box(40, -10, 50, 0)});
  EXPECT_EQ(out.geometry["type"], "MultiPolygon");
  EXPECT_EQ(out.bbox, (Bbox{10, -10, 50, 10}));
  const auto across = footprint("epsg:4326", {box(170, 0, 175, 10), box(-175, 0, -170, 10)});
  EXPECT_EQ(across.bbox, (Bbox{170, 0, -170, 10}));
}

TEST(Polygons, holes_stay_holes_and_wind_clockwise) {
  Polygon ring = box(0, 0, 30, 30);
  ring.push_back(box(10, 10, 20, 20).front());
  const Json geometry = footprint("epsg:4326", {ring}).geometry;
  ASSERT_EQ(geometry["coordinates"].size(), 2U);
  const auto area = [](const Json& positions) {
    double sum = 0;
    for (std::size_t i = 0; i + 1 < positions.size(); ++i) {
      sum += positions[i][0].get<double>() * positions[i + 1][1].get<double>() -
             positions[i + 1][0].get<double>() * positions[i][1].get<double>();
    }
    return sum / 2;
  };
  EXPECT_NEAR(area(geometry["coordinates"][0]), 900, 1e-9);
  EXPECT_NEAR(area(geometry["coordinates"][1]), -100, 1e-9);
}

TEST(Polygons, whole_world_is_no_line) {
  const auto out = footprint("epsg:4326", {box(-180, -90, 180, 90)});
  EXPECT_EQ(out.geometry["type"], "Polygon");
  EXPECT_EQ(out.bbox, (Bbox{-180, -90, 180, 90}));
}

TEST(Polygons, refuses_what_is_no_polygon) {
  EXPECT_THROW(footprint("epsg:32610", {}), Problem);
  EXPECT_THROW(footprint("epsg:32610", {Polygon{}}), Problem);
  EXPECT_THROW(footprint("epsg:32610", {{{{500000, 5000000}, {500100, 5000000}}}}), Problem);
  EXPECT_THROW(footprint("epsg:4326", {{{{0, 0}, {10, 10}, {10, 0}, {0, 10}}}}), Problem);
  EXPECT_THROW(footprint("epsg:32610", {box(1e12, 1e12, 2e12, 2e12)}), Problem);
  EXPECT_THROW(footprint("no crs", {box(0, 0, 1, 1)}), Problem);
}

/// Bounds of a ring: west, south, east, north.
std::array<double, 4> bounds(const std::vector<Point>& ring) {
  std::array<double, 4> out{HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
  for (const auto& at : ring) {
    out = {std::min(out[0], at.x), std::min(out[1], at.y), std::max(out[2], at.x), std::max(out[3], at.y)};
  }
  return out;
}

TEST(Polygons, parts_on_both_sides_of_the_antimeridian_grow_together_in_a_projected_crs) {
  const std::vector<Polygon> parts = {box(179.5, 51, 180, 52), box(-180, 51, -179.5, 52)};
  const Polygon out = polygon_from_lonlat("epsg:32601", parts);
  ASSERT_EQ(out.size(), 1U);
  const auto [west, south, east, north] = bounds(out.front());
  EXPECT_NEAR(west, 254438.091, 0.002);
  EXPECT_NEAR(south, 5652799.802, 0.002);
  EXPECT_NEAR(east, 328386.776, 0.002);
  EXPECT_NEAR(north, 5766823.604, 0.002);
}

TEST(Polygons, parts_on_both_sides_of_the_antimeridian_continue_beyond_180_in_degrees) {
  const std::vector<Polygon> parts = {box(170, 0, 180, 10), box(-180, 0, -170, 10)};
  const auto out = bounds(polygon_from_lonlat("epsg:4326", parts).front());
  EXPECT_EQ(out, (std::array<double, 4>{170, 0, 190, 10}));
}

TEST(Polygons, parts_apart_become_their_convex_hull) {
  const std::vector<Polygon> parts = {box(0, 0, 1, 1), box(5, 5, 6, 6)};
  const Polygon out = polygon_from_lonlat("epsg:4326", parts);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(bounds(out.front()), (std::array<double, 4>{0, 0, 6, 6}));
  EXPECT_EQ(out.front().size(), 7U);
}

}  // namespace
}  // namespace hayden::geo
