#include "api/item_page.hpp"

#include <gtest/gtest.h>

#include "core/json.hpp"

namespace hayden::api {
namespace {

Json spliced(std::string_view text) {
  const auto at = static_cast<int>(text.find("\"links\":[") + 9);
  std::string out;
  append_item(out, text, at, R"({"rel":"self"})");
  return parse_json(out);
}

TEST(append_item, puts_the_links_into_an_empty_array) {
  EXPECT_EQ(spliced(R"({"id":"x","links":[],"assets":{}})")["links"], parse_json(R"([{"rel":"self"}])"));
}

TEST(append_item, puts_the_links_before_those_the_item_has) {
  EXPECT_EQ(spliced(R"({"links":[{"rel":"via"}],"id":"x"})")["links"],
            parse_json(R"([{"rel":"self"},{"rel":"via"}])"));
}

TEST(item_links, lead_to_the_item_its_collection_and_the_root) {
  ItemLinks links(Links("http://h"));
  const auto json = parse_json('[' + std::string{links.of("c 1", "i/1")} + ']');
  const auto expected = parse_json(R"([
    {"rel":"self","type":"application/geo+json","href":"http://h/collections/c%201/items/i%2F1"},
    {"rel":"parent","type":"application/json","href":"http://h/collections/c%201"},
    {"rel":"collection","type":"application/json","href":"http://h/collections/c%201"},
    {"rel":"root","type":"application/json","href":"http://h/"}])");
  EXPECT_EQ(json, expected);
}

TEST(item_links, follow_when_the_collection_changes) {
  ItemLinks links(Links("http://h"));
  links.of("a", "1");
  EXPECT_NE(links.of("b", "1").find("/collections/b/items/1"), std::string_view::npos);
  EXPECT_EQ(links.of("b", "2").find("/collections/a"), std::string_view::npos);
}

}  // namespace
}  // namespace hayden::api
