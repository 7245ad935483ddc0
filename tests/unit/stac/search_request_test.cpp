#include "stac/search_request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hayden::stac {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

SearchRequest from_query(const std::string& raw) {
  return SearchRequest::from_query(parse_query(raw).value());
}

std::string complaint_about_query(const std::string& raw) {
  try {
    from_query(raw);
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status(), 400);
    return problem.what();
  }
  return {};
}

std::string complaint_about_body(const std::string& text) {
  try {
    SearchRequest::from_body(parse_json(text));
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status(), 400);
    return problem.what();
  }
  return {};
}

TEST(search_request, names_every_mistake_at_once) {
  EXPECT_THAT(complaint_about_query(
                  "limit=0&bbox=1,2,3&datetime=yesterday&sortby=colour&token=x&intersects={&filter=a%3D&"
                  "filter-crs=x&query=5"),
              AllOf(HasSubstr("limit: "), HasSubstr("bbox: "), HasSubstr("datetime: "), HasSubstr("sortby: "),
                    HasSubstr("token: "), HasSubstr("intersects: "), HasSubstr("filter, character 3: "),
                    HasSubstr("filter-crs: "), HasSubstr("query: ")));
  for (const auto* crs : {"ftp://www.opengis.net/def/crs/OGC/1.3/CRS84", "CRS84"}) {
    EXPECT_THAT(complaint_about_query(std::string{"filter-lang=ecql&filter-crs="} + crs),
                AllOf(HasSubstr("filter-lang: "), HasSubstr("filter-crs: ")));
  }
  EXPECT_THAT(complaint_about_body(R"({"filter-lang":"ecql","q":5})"),
              AllOf(HasSubstr("filter-lang: "), HasSubstr("q: ")));
  EXPECT_THAT(
      complaint_about_body(R"({"filter":{"op":"and","args":[5,{"op":"foo"}]},"query":{"a":{"b":1}}})"),
      AllOf(HasSubstr("filter/args/1/op: "), HasSubstr("filter/args/0: "), HasSubstr("query/a/b: ")));
  EXPECT_THAT(complaint_about_body(R"({"limit":-1,"bbox":"1,2,3,4","datetime":5,"ids":[1],"sortby":"id"})"),
              AllOf(HasSubstr("limit: "), HasSubstr("bbox: "), HasSubstr("datetime: "), HasSubstr("ids: "),
                    HasSubstr("sortby: ")));
}

TEST(search_request, reads_the_same_from_every_door) {
  const auto get =
      from_query("collections=a,b&ids=x,y&bbox=1,2,3,4&datetime=2020-01-01T00:00:00Z/..&limit=7&sortby=-id");
  const auto post = SearchRequest::from_body(parse_json(
      R"({"collections":["a","b"],"ids":["x","y"],"bbox":[1,2,3,4],"datetime":"2020-01-01T00:00:00Z/..","limit":7,
          "sortby":[{"field":"id","direction":"desc"}]})"));
  for (const auto& request : {get, post}) {
    EXPECT_THAT(request.collections, ElementsAre("a", "b"));
    EXPECT_THAT(request.ids, ElementsAre("x", "y"));
    EXPECT_EQ(request.bbox, (Bbox{1, 2, 3, 4}));
    EXPECT_TRUE(request.datetime->start);
    EXPECT_FALSE(request.datetime->end);
    EXPECT_EQ(request.limit, 7);
    EXPECT_EQ(request.sort_text(), "-id,-collection");
  }
}

TEST(search_request, reads_one_filter_from_every_door_and_language) {
  const auto text = from_query("filter=eo:cloud_cover<10&query={\"platform\":{\"eq\":\"x\"}}");
  const auto json = from_query(
      R"(filter={"op":"<","args":[{"property":"eo:cloud_cover"},10]}&filter-lang=cql2-json&query={"platform":{"eq":"x"}})");
  const auto body = SearchRequest::from_body(parse_json(
      R"({"filter":{"op":"<","args":[{"property":"eo:cloud_cover"},10]},"query":{"platform":{"eq":"x"}}})"));
  const auto text_in_body = SearchRequest::from_body(parse_json(
      R"({"filter":"eo:cloud_cover < 10","filter-lang":"cql2-text","query":{"platform":{"eq":"x"}}})"));
  ASSERT_TRUE(text.filter);
  for (const auto& request : {json, body, text_in_body}) EXPECT_EQ(request.filter, text.filter);
  EXPECT_FALSE(from_query("query={}").filter);
}

TEST(search_request, takes_what_clients_are_known_to_send) {
  EXPECT_THAT(SearchRequest::from_body(parse_json(R"({"collections":"a"})")).collections, ElementsAre("a"));
  EXPECT_EQ(SearchRequest::from_body(parse_json("{}")).limit, default_limit);
  EXPECT_EQ(SearchRequest::from_body(parse_json(R"({"limit":null,"bbox":null})")).limit, default_limit);
  EXPECT_EQ(from_query("limit=1000000").limit, largest_limit);
  EXPECT_EQ(from_query("limit=99999999999999999999999").limit, largest_limit);
  EXPECT_EQ(from_query("limit=5&limit=6").limit, 6) << "parameters of Client.open are sent twice";
  EXPECT_EQ(from_query("sortby=+id").sort_text(), "+id,+collection") << "a raw + arrives as a space";
  EXPECT_EQ(from_query("sortby=properties.datetime").sort_text(), "+datetime,+collection,+id");
  EXPECT_EQ(from_query("").sort_text(), "-datetime,-collection,-id");
  EXPECT_EQ(from_query("bbox=1,2,3,4,5,6").bbox, (Bbox{1, 2, 4, 5}));
  EXPECT_EQ(from_query("unknown=parameter&sign=true").limit, default_limit);
  const std::string path_collection = "c";
  EXPECT_THAT(SearchRequest::from_query({{"collections", "other"}}, &path_collection).collections,
              ElementsAre("c"));
}

TEST(search_request, refuses_bad_boxes) {
  for (const char* bbox :
       {"1", "1,2", "1,2,3", "1,2,3,4,5", "1,2,3,4,5,6,7", "[1,2,3,4]", "1,4,3,2", "nan,2,3,4", "inf,2,3,4",
        "1,2,3,91", "181,2,3,4", "a,b,c,d", "1,2,9,3,4,5", ",,,", "1e999,2,3,4"}) {
    EXPECT_THAT(complaint_about_query("bbox=" + percent_encode(bbox)), HasSubstr("bbox: ")) << bbox;
  }
  EXPECT_EQ(complaint_about_query("bbox=170,-10,-170,10"), "") << "it crosses the antimeridian";
  EXPECT_THAT(complaint_about_body(R"({"bbox":[1,2,3,4],"intersects":{"type":"Point","coordinates":[1,2]}})"),
              HasSubstr("cannot be combined"));
}

TEST(search_request, a_token_of_another_sort_is_a_mistake) {
  const auto token = PageToken{false, "-datetime,-collection,-id", {"1", "2", "x"}, {}, false}.encode();
  EXPECT_EQ(complaint_about_query("token=" + token), "");
  EXPECT_THAT(complaint_about_query("sortby=id&token=" + token), HasSubstr("another sortby"));
  const auto short_token = PageToken{false, "-datetime,-collection,-id", {"1"}, {}, false}.encode();
  EXPECT_THAT(complaint_about_query("token=" + short_token), HasSubstr("token: "));
}

TEST(search_request, takes_all_seven_geometry_types) {
  for (const char* geometry :
       {R"({"type":"Point","coordinates":[1,2]})", R"({"type":"MultiPoint","coordinates":[[1,2],[3,4]]})",
        R"({"type":"LineString","coordinates":[[1,2],[3,4]]})",
        R"({"type":"MultiLineString","coordinates":[[[1,2],[3,4]]]})",
        R"({"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]})",
        R"({"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]]]})",
        R"({"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]}]})"}) {
    EXPECT_TRUE(from_query("intersects=" + percent_encode(geometry)).intersects) << geometry;
  }
  EXPECT_THAT(complaint_about_query("intersects=%7B%22type%22:%22Circle%22%7D"), HasSubstr("intersects"));
}

}  // namespace
}  // namespace hayden::stac
