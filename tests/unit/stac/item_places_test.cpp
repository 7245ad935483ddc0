#include "stac/item_places.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "core/json.hpp"

namespace hayden::stac {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> hrefs(const std::string& text) {
  ItemPlaces places;
  EXPECT_TRUE(find_item_places(text, places)) << text;
  std::vector<std::string> found;
  for (const auto& asset : places.assets) {
    found.push_back(std::string{asset.key.in(text)} + "=" + std::string{asset.href.in(text)});
  }
  return found;
}

TEST(ItemPlaces, finds_the_hrefs_of_assets_and_no_others) {
  EXPECT_THAT(hrefs(R"({"href":"no","links":[{"href":"no"}],"assets":{"a":{"href":"1"},"b":{"type":"t",)"
                    R"("x":{"href":"no"},"href":"2"},"c":{"alternate":{"s3":{"href":"no"}},"href":"3"},)"
                    R"("d":{"bands":[{"href":"no"}]}},"z":{"a":{"href":"no"}}})"),
              ElementsAre("a=1", "b=2", "c=3", "d="));
}

TEST(ItemPlaces, is_not_misled_by_what_strings_say) {
  EXPECT_THAT(hrefs(R"({"a":"\"assets\":{\"x\":{","assets":{"k\"\\":{"t":"}","\"href":"no","u":"\\",)"
                    R"("href":"a\"b\\"}}})"),
              ElementsAre(R"(k\"\\=a\"b\\)"));
}

TEST(ItemPlaces, finds_where_alternates_extensions_and_properties_are) {
  const std::string text =
      R"({"stac_extensions":["e"],"properties":{"p":{}},"assets":{"a":{"alternate":{"s3":{"h":1}},"href":"x"},)"
      R"("b":{"alternate":{}},"c":{"alternate":{"https":{}}}}})";
  ItemPlaces places;
  ASSERT_TRUE(find_item_places(text, places));
  EXPECT_EQ(places.extensions->in(text), R"("e")");
  EXPECT_EQ(places.properties->in(text), R"("p":{})");
  ASSERT_EQ(places.assets.size(), 3U);
  EXPECT_EQ(places.assets[0].alternates->in(text), R"("s3":{"h":1})");
  ASSERT_TRUE(places.assets[0].s3 && !places.assets[0].has_https);
  EXPECT_EQ(places.assets[0].s3->in(text), R"("h":1)");
  EXPECT_TRUE(places.assets[1].alternates->empty() && !places.assets[1].s3);
  EXPECT_TRUE(places.assets[2].has_https && !places.assets[2].s3);
}

TEST(ItemPlaces, refuses_what_is_no_whole_object) {
  ItemPlaces places;
  for (const auto* text : {"", "[]", "1", "{", R"({"assets":{"a":{)", R"({"a":"})"}) {
    EXPECT_FALSE(find_item_places(text, places)) << text;
  }
}

class RandomItem {
 public:
  explicit RandomItem(unsigned seed) : random_(seed) {}

  Json item() {
    Json assets = Json::object();
    for (int left = below(6); left > 0; --left) {
      Json asset = value(4);
      if (below(2) == 0) asset = Json{{"href", text()}, {"more", value(3)}};
      if (below(3) == 0 && asset.is_object())
        asset["alternate"] = Json{{"s3", value(2)}, {"https", value(1)}};
      assets[text()] = asset;
    }
    Json item = Json::object();
    for (int left = below(5); left > 0; --left) item[text()] = value(3);
    item["stac_extensions"] = Json::array({text()});
    item["assets"] = assets;
    item["properties"] = Json{{text(), value(2)}};
    return item;
  }

 private:
  int below(int most) { return std::uniform_int_distribution<int>(0, most - 1)(random_); }
  std::string text() {
    static constexpr std::string_view pieces[] = {
        "href", "\"", "\\",     "{",         "}",
        "[",    "]",  "assets", "\":\"",     ",",
        "é",    "\n", "a",      "alternate", "s3://bucket/a/rather/long/key/that/fills/more/than/a/block"};
    std::string out;
    for (int left = below(6); left > 0; --left)
      out += pieces[static_cast<std::size_t>(below(std::size(pieces)))];
    return out;
  }
  Json value(int depth) {
    switch (below(depth > 0 ? 5 : 3)) {
      case 0:
        return text();
      case 1:
        return below(1000);
      case 2:
        return nullptr;
      case 3: {
        Json list = Json::array();
        for (int left = below(4); left > 0; --left) list.push_back(value(depth - 1));
        return list;
      }
      default: {
        Json object = Json::object();
        for (int left = below(4); left > 0; --left)
          object[below(3) == 0 ? "href" : text()] = value(depth - 1);
        return object;
      }
    }
  }
  std::mt19937 random_;
};

TEST(ItemPlaces, agree_with_the_parsed_item) {
  for (unsigned seed = 0; seed < 5000; ++seed) {
    const auto item = RandomItem(seed).item();
    const auto text = dump_json(item);
    ItemPlaces places;
    ASSERT_TRUE(find_item_places(text, places)) << text;
    ASSERT_EQ(parse_json("[" + std::string{places.extensions->in(text)} + "]"), item["stac_extensions"])
        << text;
    ASSERT_EQ(parse_json("{" + std::string{places.properties->in(text)} + "}"), item["properties"]) << text;
    std::size_t next = 0;
    for (const auto& [key, asset] : item["assets"].items()) {
      if (!asset.is_object()) continue;
      ASSERT_LT(next, places.assets.size()) << text;
      const auto& found = places.assets[next++];
      ASSERT_EQ(unescaped(found.key.in(text)), key) << text;
      const auto href = asset.find("href");
      if (href != asset.end() && href->is_string()) {
        ASSERT_EQ(unescaped(found.href.in(text)), *href) << text;
      } else {
        ASSERT_EQ(found.href.begin, 0U) << text;
      }
      const auto alternate = asset.find("alternate");
      ASSERT_EQ(found.alternates.has_value(), alternate != asset.end() && alternate->is_object()) << text;
    }
    ASSERT_EQ(next, places.assets.size()) << text;
  }
}

}  // namespace
}  // namespace hayden::stac
