#include "stac/fields.hpp"

#include <gtest/gtest.h>

#include <random>

#include "select_by_dom.hpp"

namespace hayden::stac {
namespace {

constexpr auto item =
    R"({"type":"Feature","stac_version":"1.0.0","stac_extensions":[],"id":"x","collection":"c",)"
    R"("geometry":{"type":"Point","coordinates":[1,2]},"bbox":[1,2,1,2],)"
    R"("properties":{"datetime":"2020-01-01T00:00:00Z","eo:cloud_cover":1e1,"proj:shape":[1,2]},)"
    R"("links":[{"rel":"via","href":"h"}],"assets":{"B1.TIF":{"href":"a","roles":["data"]},"B2":{"href":"b"}}})";

std::string selected(const Fields& fields, std::string_view text = item) {
  std::string out = "before";
  const auto links_at = static_cast<int>(text.find(R"("links":[)") + 9);
  const auto found = fields.select(text, links_at, out);
  out.erase(0, 6);
  const auto expected = out.find(R"("links":[)");
  EXPECT_EQ(found, expected == std::string::npos ? -1 : static_cast<int>(expected + 9)) << out;
  return out;
}

Fields get(std::string_view list) {
  Mistakes mistakes;
  auto fields = Fields::from_list(list, mistakes);
  mistakes.throw_if_any();
  return fields;
}

Fields post(std::string_view json) {
  Mistakes mistakes;
  auto fields = Fields::from_json(parse_json(json), mistakes);
  mistakes.throw_if_any();
  return fields;
}

constexpr auto default_set =
    R"({"type":"Feature","stac_version":"1.0.0","id":"x","collection":"c",)"
    R"("geometry":{"type":"Point","coordinates":[1,2]},"bbox":[1,2,1,2],)"
    R"("properties":{"datetime":"2020-01-01T00:00:00Z"},)"
    R"("links":[{"rel":"via","href":"h"}],"assets":{"B1.TIF":{"href":"a","roles":["data"]},"B2":{"href":"b"}}})";

TEST(fields, nothing_asked_for_means_the_default_set) {
  for (const auto* list : {"", ","}) EXPECT_EQ(selected(get(list)), default_set) << list;
  for (const auto* json :
       {"{}", R"({"include":null})", R"({"exclude":[]})", R"({"include":[],"exclude":null})"}) {
    EXPECT_EQ(selected(post(json)), default_set) << json;
  }
}

TEST(fields, what_is_included_comes_with_what_tells_items_apart) {
  constexpr auto with_bbox =
      R"({"type":"Feature","id":"x","collection":"c","bbox":[1,2,1,2],"links":[{"rel":"via","href":"h"}]})";
  for (const auto* list : {"bbox", "+bbox", " bbox"}) EXPECT_EQ(selected(get(list)), with_bbox);
  EXPECT_EQ(selected(post(R"({"include":["bbox"]})")), with_bbox);
  EXPECT_EQ(selected(post(R"({"include":["id","bbox"],"exclude":["collection","links"]})")),
            R"({"type":"Feature","id":"x","bbox":[1,2,1,2]})");
}

TEST(fields, only_exclusions_take_from_the_whole_item) {
  EXPECT_EQ(selected(get("-geometry,-bbox,-assets,-properties,-links,-stac_extensions")),
            R"({"type":"Feature","stac_version":"1.0.0","id":"x","collection":"c"})");
  EXPECT_EQ(selected(get("-nothing")), item);
  EXPECT_EQ(selected(post(R"({"exclude":["links"]})")).find("links"), std::string::npos);
}

TEST(fields, exclusions_beside_an_empty_inclusion_take_from_the_default_set) {
  for (const auto* include : {"[]", "null"}) {
    const auto fields = std::string{R"({"exclude":["assets","properties.datetime","bbox"],"include":)"};
    EXPECT_EQ(selected(post(fields + include + '}')),
              R"({"type":"Feature","stac_version":"1.0.0","id":"x","collection":"c",)"
              R"("geometry":{"type":"Point","coordinates":[1,2]},"links":[{"rel":"via","href":"h"}]})");
  }
}

TEST(fields, the_deepest_decides_and_inclusion_before_exclusion) {
  constexpr std::string_view before = R"({"type":"Feature","id":"x","collection":"c",)";
  constexpr std::string_view after = R"("links":[{"rel":"via","href":"h"}]})";
  const auto between = [&](const std::string& text) {
    EXPECT_TRUE(text.starts_with(before) && text.ends_with(after)) << text;
    return text.substr(before.size(), text.size() - before.size() - after.size());
  };
  EXPECT_EQ(between(selected(get("properties.eo:cloud_cover,-properties"))),
            R"("properties":{"eo:cloud_cover":1e1},)");
  EXPECT_EQ(between(selected(get("properties,-properties.datetime"))),
            R"("properties":{"eo:cloud_cover":1e1,"proj:shape":[1,2]},)");
  EXPECT_EQ(between(selected(get("bbox,-bbox"))), R"("bbox":[1,2,1,2],)");
  EXPECT_EQ(between(selected(get("properties.absent"))), R"("properties":{},)");
}

TEST(fields, names_without_their_prefix_are_properties) {
  EXPECT_EQ(selected(get("eo:cloud_cover,-links")),
            R"({"type":"Feature","id":"x","collection":"c","properties":{"eo:cloud_cover":1e1}})");
}

TEST(fields, names_may_hold_dots) {
  EXPECT_EQ(selected(get("assets.B1.TIF.href,-links")),
            R"({"type":"Feature","id":"x","collection":"c","assets":{"B1.TIF":{"href":"a"}}})");
}

TEST(fields, arrays_are_taken_or_left_whole) {
  EXPECT_EQ(selected(get("-links.rel,-geometry.coordinates.0")), item);
}

TEST(fields, takes_any_layout_and_escapes) {
  EXPECT_EQ(selected(get("properties.a,-links,-type,-id,-collection"),
                     "{ \"links\":[ ] ,\n\t\"properties\" : { \"\\u0061\" : \"}\\\"\\\\\" , \"b\":{} } }"),
            R"({"properties":{"\u0061":"}\"\\"}})");
}

TEST(fields, says_what_is_wrong) {
  for (const auto* json :
       {"null", "[]", "5", R"("id")", R"({"include":"id"})", R"({"exclude":[1]})", R"({"include":[""]})"}) {
    EXPECT_THROW(post(json), Problem) << json;
  }
  EXPECT_THROW(get("-"), Problem);
  EXPECT_THROW(get(std::string(1000, 'a')), Problem);
  std::string many = "a";
  for (int i = 0; i < 1000; ++i) many += ",a";
  EXPECT_THROW(get(many), Problem);
}

TEST(fields, finds_out_when_a_stored_item_is_broken) {
  for (std::size_t cut = 0; cut + 1 < std::string_view{item}.size(); ++cut) {
    std::string out;
    EXPECT_THROW(get("id,assets.B2").select(std::string_view{item}.substr(0, cut), 0, out),
                 std::runtime_error);
  }
}

/// Objects with the same few names again and again, so that fields meet members.
class RandomItems {
 public:
  explicit RandomItems(unsigned seed) : random_(seed) {}

  Json object(int depth) {
    Json json = Json::object();
    for (unsigned i = random_() % 6; i > 0; --i) json[name()] = value(depth);
    return json;
  }
  std::string path() {
    auto text = name();
    for (unsigned i = random_() % 3; i > 0; --i) text += '.' + name();
    return text;
  }
  bool coin() { return random_() % 2 == 0; }
  unsigned number(unsigned most) { return random_() % (most + 1); }

 private:
  std::string name() {
    static const std::vector<std::string> names{"properties", "a", "ab", "b",     "\"",
                                                "\\",         "é", "id", "links", ""};
    return names[random_() % names.size()];
  }
  Json value(int depth) {
    switch (random_() % (depth > 0 ? 8 : 5)) {
      case 0:
        return nullptr;
      case 1:
        return random_() % 1000 / 7.0;
      case 2:
        return "text, with } and ] and \" and \\";
      case 3:
        return coin();
      case 4:
        return Json::array({1, "]", Json::object({{"a", Json::array()}})});
      default:
        return object(depth - 1);
    }
  }

  std::mt19937 random_;
};

TEST(fields, select_what_a_plain_reading_of_the_rule_selects) {
  RandomItems random{20'240'611};
  for (int round = 0; round < 20'000; ++round) {
    const auto whole = random.object(3);
    std::vector<test::NamedField> fields;
    Json asked{{"exclude", Json::array()}};
    for (unsigned i = random.number(4); i > 0; --i) {
      // Below properties, so that a name without a prefix does not mean two.
      fields.push_back({"properties." + random.path(), random.coin()});
      auto& names = asked[fields.back().include ? "include" : "exclude"];
      names.push_back(fields.back().path);
    }
    if (asked["exclude"].empty() && !asked.contains("include")) continue;
    const bool rest = !asked.contains("include");
    for (const auto* name : {"type", "id", "collection", "links"}) fields.push_back({name, true});
    const auto expected = test::select_by_dom(whole, fields, rest);
    std::string out;
    Mistakes mistakes;
    const auto selection = Fields::from_json(asked, mistakes);
    ASSERT_TRUE(mistakes.empty());
    selection.select(dump_json(whole), 0, out);
    ASSERT_EQ(out, dump_json(expected)) << whole << asked;
  }
}

}  // namespace
}  // namespace hayden::stac
