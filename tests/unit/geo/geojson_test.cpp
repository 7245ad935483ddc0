#include <gmock/gmock.h>

#include <cmath>

#include "geo/geometry.hpp"

namespace hayden::geo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> mistakes_of(std::string_view text) {
  Mistakes mistakes;
  const auto wkb = wkb_from_geojson(parse_json(text), "intersects", mistakes);
  EXPECT_EQ(wkb.has_value(), mistakes.empty());
  return mistakes.all();
}

std::string hex(std::string_view text) {
  Mistakes mistakes;
  const auto wkb = wkb_from_geojson(parse_json(text), "geometry", mistakes);
  EXPECT_THAT(mistakes.all(), IsEmpty());
  std::string out;
  for (const char c : wkb.value_or("")) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[c & 15];
  }
  return out;
}

TEST(Geojson, writes_the_wkb_of_a_point) {
  EXPECT_EQ(hex(R"({"type":"Point","coordinates":[1,2]})"), "0101000000000000000000f03f0000000000000040");
}

TEST(Geojson, drops_heights) {
  EXPECT_EQ(hex(R"({"type":"Point","coordinates":[1,2,300]})"),
            hex(R"({"type":"Point","coordinates":[1,2]})"));
}

TEST(Geojson, writes_the_wkb_of_a_polygon_with_a_hole) {
  const std::string wkb = hex(R"({"type":"Polygon","coordinates":[
      [[0,0],[4,0],[4,4],[0,4],[0,0]],[[1,1],[1,2],[2,2],[2,1],[1,1]]]})");
  EXPECT_EQ(wkb.substr(0, 26), "01030000000200000005000000");
  EXPECT_EQ(wkb.size(), 2U * (1 + 4 + 4 + 2 * 4 + 10 * 16));
}

TEST(Geojson, takes_all_seven_types) {
  for (const auto* text :
       {R"({"type":"Point","coordinates":[0,0]})", R"({"type":"MultiPoint","coordinates":[[0,0],[1,1]]})",
        R"({"type":"LineString","coordinates":[[0,0],[1,1]]})",
        R"({"type":"MultiLineString","coordinates":[[[0,0],[1,1]],[[2,2],[3,3]]]})",
        R"({"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]})",
        R"({"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[[[5,5],[6,5],[6,6],[5,5]]]]})",
        R"({"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[0,0]},
            {"type":"GeometryCollection","geometries":[{"type":"LineString","coordinates":[[0,0],[1,1]]}]}]})"}) {
    EXPECT_THAT(mistakes_of(text), IsEmpty()) << text;
  }
}

TEST(Geojson, takes_the_edges_of_the_world) {
  EXPECT_THAT(
      mistakes_of(
          R"({"type":"Polygon","coordinates":[[[-180,-90],[180,-90],[180,90],[-180,90],[-180,-90]]]})"),
      IsEmpty());
}

TEST(Geojson, names_every_mistake_at_once) {
  EXPECT_THAT(mistakes_of(R"({"type":"GeometryCollection","geometries":[
                {"type":"Point","coordinates":[181,91]},
                {"type":"LineString","coordinates":[[0,0],["1",1]]},
                {"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]},
                {"type":"Circle","coordinates":[0,0]},
                {"type":"Point"}]})"),
              ElementsAre("intersects.geometries[0].coordinates: the longitude must be between -180 and 180",
                          "intersects.geometries[0].coordinates: the latitude must be between -90 and 90",
                          HasSubstr("intersects.geometries[1].coordinates[1]: must be a position"),
                          HasSubstr("intersects.geometries[2].coordinates[0]: the ring is not closed"),
                          HasSubstr("intersects.geometries[3].type: must be one of Point, "),
                          "intersects.geometries[4].coordinates: missing"));
}

TEST(Geojson, says_why_and_where_a_polygon_is_invalid) {
  EXPECT_THAT(mistakes_of(R"({"type":"Polygon","coordinates":[[[0,0],[2,2],[2,0],[0,2],[0,0]]]})"),
              ElementsAre("intersects: not a valid geometry: Self-intersection at (1, 1)"));
}

TEST(Geojson, refuses_a_hole_outside_its_shell) {
  EXPECT_THAT(mistakes_of(R"({"type":"Polygon","coordinates":[
                [[0,0],[1,0],[1,1],[0,0]],[[5,5],[6,5],[6,6],[5,5]]]})"),
              ElementsAre(HasSubstr("Hole lies outside shell at (5, 5)")));
}

TEST(Geojson, refuses_what_holds_nothing) {
  EXPECT_THAT(mistakes_of(R"({"type":"Polygon","coordinates":[]})"),
              ElementsAre("intersects.coordinates: must not be empty"));
  EXPECT_THAT(mistakes_of(R"({"type":"GeometryCollection","geometries":[]})"),
              ElementsAre("intersects.geometries: must not be empty"));
  EXPECT_THAT(mistakes_of(R"({"type":"Point","coordinates":[]})"), SizeIs(1));
  EXPECT_THAT(mistakes_of(R"({"type":"MultiPolygon","coordinates":[[]]})"),
              ElementsAre("intersects.coordinates[0]: must not be empty"));
}

TEST(Geojson, refuses_what_is_no_geometry) {
  for (const auto* text :
       {"null", "[]", "3", R"("POINT")", "{}", R"({"type":3})",
        R"({"type":"Feature","geometry":{"type":"Point","coordinates":[0,0]}})",
        R"({"type":"Polygon","coordinates":{"a":1}})", R"({"type":"Polygon","coordinates":[[0,0]]})",
        R"({"type":"LineString","coordinates":[[0,0]]})", R"({"type":"Point","coordinates":[1]})",
        R"({"type":"Point","coordinates":[1,null]})",
        R"({"type":"Polygon","coordinates":[[[0,0],[1,0],[0,0]]]})"}) {
    EXPECT_THAT(mistakes_of(text), SizeIs(1)) << text;
  }
}

TEST(Geojson, bounds_the_number_of_positions) {
  Json line{{"type", "MultiPoint"}, {"coordinates", Json::array()}};
  for (int i = 0; i < 100'001; ++i) line["coordinates"].push_back({0.001 * i, 0});
  Mistakes mistakes;
  EXPECT_FALSE(wkb_from_geojson(line, "intersects", mistakes));
  EXPECT_THAT(mistakes.all(), ElementsAre("intersects.coordinates[100000]: more than 100000 positions"));
}

TEST(Geojson, gives_up_on_a_polygon_made_to_take_minutes) {
  constexpr int positions = 99'999;
  Json ring = Json::array();
  for (int i = 0; i < positions; ++i) {
    const double angle = 2 * std::acos(-1.0) * i / positions;
    const double distance = i % 2 == 0 ? 1 : 80;
    ring.push_back({distance * std::cos(angle), distance * std::sin(angle)});
  }
  ring.push_back(ring.front());
  Mistakes mistakes;
  const Json star{{"type", "Polygon"}, {"coordinates", Json::array({std::move(ring)})}};
  EXPECT_FALSE(wkb_from_geojson(star, "intersects", mistakes));
  EXPECT_THAT(mistakes.all(), ElementsAre(HasSubstr("too complex to check")));
  EXPECT_THAT(mistakes_of(R"({"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]})"), IsEmpty());
}

TEST(Geojson, bounds_the_number_of_mistakes_it_names) {
  Json points{{"type", "MultiPoint"}, {"coordinates", Json::array()}};
  for (int i = 0; i < 1000; ++i) points["coordinates"].push_back("no");
  Mistakes mistakes;
  EXPECT_FALSE(wkb_from_geojson(points, "intersects", mistakes));
  EXPECT_THAT(mistakes.all(), SizeIs(20));
}

TEST(Geojson, bounds_the_depth_of_collections) {
  const auto nested = [](int levels) {
    Json json{{"type", "Point"}, {"coordinates", {0, 0}}};
    for (int i = 0; i < levels; ++i) {
      Json outer{{"type", "GeometryCollection"}};
      outer["geometries"] = Json::array({std::move(json)});
      json = std::move(outer);
    }
    return json.dump();
  };
  EXPECT_THAT(mistakes_of(nested(8)), IsEmpty());
  EXPECT_THAT(mistakes_of(nested(9)), ElementsAre(HasSubstr("nest at most 8 levels")));
}

}  // namespace
}  // namespace hayden::geo
