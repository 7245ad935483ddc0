#include "api/collection_text.hpp"

#include <gtest/gtest.h>

#include "core/json.hpp"

namespace hayden::api {
namespace {

Json text_of(CollectionTexts& texts, const std::string& etag, const std::string& text,
             const std::string& base) {
  return parse_json(texts.text({"c", etag, text, {}}, Links(base)));
}

std::vector<std::string> rels(const Json& collection) {
  std::vector<std::string> all;
  for (const auto& link : collection["links"]) all.push_back(link["rel"]);
  return all;
}

TEST(collection_text, has_the_links_of_the_server_before_its_own) {
  CollectionTexts texts;
  const auto json = text_of(
      texts, "1", R"({"id":"c","links":[{"rel":"license","href":"l"},{"rel":"self","href":"elsewhere"}]})",
      "http://h");
  EXPECT_EQ(rels(json), (std::vector<std::string>{"self", "root", "parent", "items",
                                                  "http://www.opengis.net/def/rel/ogc/1.0/queryables",
                                                  "http://www.opengis.net/def/rel/ogc/1.0/sortables",
                                                  "aggregate", "aggregate", "aggregations", "license"}));
  EXPECT_EQ(json["links"][0]["href"], "http://h/collections/c");
}

TEST(collection_text, has_the_extent_of_its_items_whatever_it_declares) {
  CollectionTexts texts;
  const auto extent_of = [&](const std::string& declared, const std::string& of_items) {
    const auto text = R"({"id":"c")" + declared + '}';
    return parse_json(texts.text({"c", declared, text, of_items}, Links("http://h")))["extent"];
  };
  const std::string of_items = R"({"spatial":{"bbox":[[1,2,3,4]]},"temporal":{"interval":[["a","b"]]}})";
  for (const auto* declared : {"", R"(,"extent":7)", R"(,"extent":{"spatial":{"bbox":[[0,0,0,0]]}})"}) {
    EXPECT_EQ(extent_of(declared, of_items), parse_json(of_items)) << declared;
  }
  const std::string whole = R"({"spatial":{"bbox":[[0,0,0,0]]},"temporal":{"interval":[["x",null]]}})";
  EXPECT_EQ(extent_of(R"(,"extent":)" + whole, ""), parse_json(whole));
}

TEST(collection_text, says_that_its_items_are_features) {
  CollectionTexts texts;
  EXPECT_EQ(text_of(texts, "1", R"({"id":"c"})", "http://h")["itemType"], "feature");
}

TEST(collection_text, follows_a_change_of_the_collection_and_of_the_address) {
  CollectionTexts texts;
  EXPECT_EQ(text_of(texts, "1", R"({"title":"old"})", "http://h")["title"], "old");
  EXPECT_EQ(text_of(texts, "2", R"({"title":"new"})", "http://h")["title"], "new");
  EXPECT_EQ(text_of(texts, "2", R"({"title":"new"})", "https://g")["links"][0]["href"],
            "https://g/collections/c");
}

TEST(collection_text, survives_links_that_are_not_as_they_should_be) {
  CollectionTexts texts;
  EXPECT_EQ(rels(text_of(texts, "1", R"({"links":"none"})", "http://h")).size(), 9U);
  EXPECT_EQ(text_of(texts, "2", R"({"links":[7,{"href":"x"},{"rel":7}]})", "http://h")["links"].size(), 12U);
}

}  // namespace
}  // namespace hayden::api
