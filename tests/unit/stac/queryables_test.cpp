#include "stac/queryables.hpp"

#include <gtest/gtest.h>

namespace hayden::stac {
namespace {

TEST(queryables, finds_a_property_with_and_without_its_prefix) {
  for (const auto* name : {"eo:cloud_cover", "properties.eo:cloud_cover"}) {
    const auto* const found = find_queryable(name);
    ASSERT_NE(found, nullptr) << name;
    EXPECT_EQ(found->name, "eo:cloud_cover");
    EXPECT_EQ(found->type, PropertyType::number);
  }
}

TEST(queryables, finds_every_property_it_lists_under_its_own_name) {
  ASSERT_FALSE(known_queryables().empty());
  for (const auto& queryable : known_queryables()) {
    EXPECT_EQ(find_queryable(queryable.name), &queryable) << queryable.name;
    EXPECT_FALSE(queryable.title.empty()) << queryable.name;
  }
}

TEST(queryables, takes_an_unknown_property_for_one_of_any_type) {
  for (const auto* name : {"mine:own", "properties.", "", "eo:cloud_cove", "zzz"}) {
    EXPECT_EQ(find_queryable(name), nullptr) << name;
    EXPECT_EQ(queryable_type(name), PropertyType::any) << name;
  }
}

}  // namespace
}  // namespace hayden::stac
