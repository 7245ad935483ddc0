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
  const auto json =
      text_of(texts, "1",
              R"({"id":"c","links":[{"rel":"license","href":"l"},{"rel":"self","href":"elsewhere"},)"
              R"({"rel":"child","href":"https://other/collections/c/browse"}]})",
              "http://h");
  EXPECT_EQ(rels(json), (std::vector<std::string>{"self", "root", "parent", "items", "child",
                                                  "http://www.opengis.net/def/rel/ogc/1.0/queryables",
                                                  "http://www.opengis.net/def/rel/ogc/1.0/sortables",
                                                  "aggregate", "aggregate", "aggregations", "license"}));
  EXPECT_EQ(json["links"][0]["href"], "http://h/collections/c");
}

TEST(collection_text, has_the_extent_and_the_summaries_of_its_items_whatever_it_declares) {
  CollectionTexts texts;
  const auto served = [&](const std::string& declared, const std::string& follows) {
    return parse_json(
        texts.text({"c", declared, R"({"id":"c")" + declared + '}', follows}, Links("http://h")));
  };
  const std::string extent = R"({"spatial":{"bbox":[[1,2,3,4]]},"temporal":{"interval":[["a","b"]]}})";
  for (const auto* declared : {"", R"(,"extent":7)", R"(,"extent":{"spatial":{"bbox":[[0,0,0,0]]}})"}) {
    const auto json = served(declared, R"({"extent":)" + extent + '}');
    EXPECT_EQ(json["extent"], parse_json(extent)) << declared;
    EXPECT_FALSE(json.contains("summaries"));
  }
  const std::string whole = R"({"spatial":{"bbox":[[0,0,0,0]]},"temporal":{"interval":[["x",null]]}})";
  EXPECT_EQ(served(R"(,"extent":)" + whole, "")["extent"], parse_json(whole));
  for (const auto* declared : {R"(,"summaries":{"gsd":[30]})", R"(,"summaries":{"gsd":[30],"platform":7})"}) {
    EXPECT_EQ(served(declared, R"({"summaries":{"platform":["a"]}})")["summaries"],
              parse_json(R"({"gsd":[30],"platform":["a"]})"));
  }
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
  EXPECT_EQ(rels(text_of(texts, "1", R"({"links":"none"})", "http://h")).size(), 10U);
  EXPECT_EQ(text_of(texts, "2", R"({"links":[7,{"href":"x"},{"rel":7}]})", "http://h")["links"].size(), 13U);
}

}  // namespace
}  // namespace hayden::api
