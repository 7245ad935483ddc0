#include "stac/item_document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hayden::stac {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Json example() {
  return parse_json(
      R"({"type":"Feature","stac_version":"1.0.0","stac_extensions":[],"id":"one","collection":"c",
    "links":[{"rel":"self","href":"https://elsewhere/items/one"},{"rel":"cite-as","href":"https://doi.org/x"},
             {"rel":"root","href":"https://elsewhere"},{"rel":"via","href":"https://usgs"}],
    "geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1],[0,0]]]},"bbox":[0,0,1,1],
    "properties":{"datetime":"2020-01-01T00:00:00.123456789Z","gsd":30,"nothing":null,"big":9007199254740993},
    "assets":{"red":{"href":"a.TIF"}}})");
}

std::string complaint(const Json& item) {
  try {
    prepare_item(item);
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status(), 400);
    return problem.what();
  }
  return {};
}

TEST(item_document, keeps_everything_but_the_links_of_another_server) {
  const auto document = prepare_item(example());
  auto expected = example();
  expected["links"].erase(2);
  expected["links"].erase(0);
  EXPECT_EQ(document.text, dump_json(expected)) << "values and key order";
  EXPECT_EQ(document.text.substr(static_cast<std::size_t>(document.links_at), 16), R"({"rel":"cite-as")");
  EXPECT_EQ(document.id, "one");
  EXPECT_EQ(document.collection, "c");
  EXPECT_EQ(document.datetime, parse_rfc3339("2020-01-01T00:00:00.123456Z"));
}

TEST(item_document, makes_room_for_links_where_the_item_has_none) {
  auto item = example();
  item.erase("links");
  const auto document = prepare_item(item);
  EXPECT_EQ(document.text.substr(static_cast<std::size_t>(document.links_at) - 1), "[]}");
  item["links"] = Json::array({{{"rel", "self"}, {"href", "x"}}});
  EXPECT_EQ(prepare_item(item).text.substr(static_cast<std::size_t>(document.links_at) - 1), "[]}");
}

TEST(item_document, has_an_etag_that_changes_with_the_item_alone) {
  auto item = example();
  const auto before = prepare_item(item).etag;
  item["links"][0]["href"] = "https://another.server";
  EXPECT_EQ(prepare_item(item).etag, before);
  item["properties"]["gsd"] = 15;
  EXPECT_NE(prepare_item(item).etag, before);
}

TEST(item_document, takes_a_span_where_datetime_is_null) {
  auto item = example();
  item["properties"] = {{"datetime", nullptr},
                        {"start_datetime", "2020-01-01T00:00:00Z"},
                        {"end_datetime", "2020-02-01T00:00:00Z"}};
  const auto document = prepare_item(item);
  EXPECT_EQ(document.datetime, parse_rfc3339("2020-01-01T00:00:00Z"));
  EXPECT_EQ(document.end, parse_rfc3339("2020-02-01T00:00:00Z"));
  item["properties"]["end_datetime"] = "2019-01-01T00:00:00Z";
  EXPECT_THAT(complaint(item), HasSubstr("end_datetime"));
}

TEST(item_document, takes_an_item_without_a_geometry) {
  auto item = example();
  item["geometry"] = nullptr;
  item.erase("bbox");
  EXPECT_TRUE(prepare_item(item).geometry_wkb.empty());
}

TEST(item_document, names_every_fault_at_once) {
  EXPECT_THAT(
      complaint(parse_json(R"({"type":"Item","id":"","geometry":{"type":"Point","coordinates":[200,0]},
      "properties":{},"assets":{"red":{}},"links":[{"rel":"x"}]})")),
      AllOf(HasSubstr("type: "), HasSubstr("stac_version: "), HasSubstr("id: "), HasSubstr("collection: "),
            HasSubstr("geometry"), HasSubstr("bbox: "), HasSubstr("properties.datetime: "),
            HasSubstr("assets.red: "), HasSubstr("links: ")));
  EXPECT_THAT(complaint(Json::array()), HasSubstr("object"));
}

}  // namespace
}  // namespace hayden::stac
