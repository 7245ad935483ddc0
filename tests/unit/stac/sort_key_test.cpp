#include "stac/sort_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hayden::stac {
namespace {

using testing::HasSubstr;

std::optional<SortKey> key_of(std::string_view name, Mistakes& mistakes) {
  return sort_key(name, true, known_property, mistakes);
}

std::string complaint_about(std::string_view name) {
  Mistakes mistakes;
  EXPECT_FALSE(key_of(name, mistakes));
  return mistakes.empty() ? "" : mistakes.all().front();
}

TEST(sort_key, knows_fields_with_and_without_their_prefix) {
  Mistakes mistakes;
  for (const auto* name : {"datetime", "properties.datetime"}) {
    EXPECT_EQ(key_of(name, mistakes)->field, SortKey::Field::datetime);
  }
  for (const auto* name : {"eo:cloud_cover", "properties.eo:cloud_cover"}) {
    EXPECT_EQ(key_of(name, mistakes),
              (SortKey{SortKey::Field::property, true, "eo:cloud_cover", PropertyType::number}));
  }
  EXPECT_EQ(key_of("proj:epsg", mistakes)->type, PropertyType::number);
  EXPECT_EQ(key_of("created", mistakes)->type, PropertyType::timestamp);
  EXPECT_EQ(key_of("platform", mistakes)->type, PropertyType::text);
  EXPECT_EQ(key_of("id", mistakes)->field, SortKey::Field::id);
  EXPECT_EQ(key_of("collection", mistakes)->field, SortKey::Field::collection);
  EXPECT_TRUE(mistakes.empty());
}

TEST(sort_key, names_what_cannot_be_sorted_by) {
  EXPECT_THAT(complaint_about("no:such"), HasSubstr("'no:such' cannot be sorted by: no item has it"));
  EXPECT_THAT(complaint_about(""), HasSubstr("no item has it"));
  for (const auto* name : {"geometry", "proj:shape", "properties.proj:projjson"}) {
    EXPECT_THAT(complaint_about(name),
                HasSubstr(std::string{"'"} + name + "' cannot be sorted by: its values have no order"));
  }
  EXPECT_LT(complaint_about(std::string(10'000, 'x')).size(), 300U);
}

TEST(sort_key, asks_what_items_have) {
  Mistakes mistakes;
  const auto lookup = [](std::string_view name) -> std::optional<PropertyType> {
    return name == "own:date" ? std::optional{PropertyType::date} : std::nullopt;
  };
  EXPECT_EQ(sort_key("properties.own:date", false, lookup, mistakes)->type, PropertyType::timestamp);
  EXPECT_FALSE(sort_key("eo:cloud_cover", false, lookup, mistakes));
  EXPECT_TRUE(sort_key("id", false, lookup, mistakes));
}

TEST(sort_key, the_whole_order_tells_all_items_apart) {
  Mistakes mistakes;
  EXPECT_EQ(sort_text(total_sort({})), "-datetime,-collection,-id");
  EXPECT_EQ(sort_text(total_sort({*sort_key("id", false, known_property, mistakes)})), "+id,+collection");
  EXPECT_EQ(sort_text(total_sort({*sort_key("collection", true, known_property, mistakes)})),
            "-collection.id,-id");
  const auto text = sort_text(total_sort({*sort_key("eo:cloud_cover", true, known_property, mistakes),
                                          *sort_key("datetime", false, known_property, mistakes)}));
  EXPECT_TRUE(text.starts_with("-properties.eo:cloud_cover/")) << text;
  EXPECT_TRUE(text.ends_with(",+datetime,+collection,+id")) << text;
}

}  // namespace
}  // namespace hayden::stac
