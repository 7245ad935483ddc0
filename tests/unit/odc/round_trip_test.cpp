// Facts that both forms can hold survive the way from one to the other and back.
#include <gtest/gtest.h>

#include "core/problem.hpp"
#include "odc/dataset.hpp"
#include "odc/item.hpp"
#include "scene_facts.hpp"
#include "stac/item_document.hpp"

namespace hayden::odc {
namespace {

using test::Facts;
using test::Origin;
using test::Scene;

constexpr int scenes = 200;

/// Every fact that is lost, changed or made up; nothing when they are the same.
std::string difference(const Facts& expected, const Facts& actual) {
  std::string out;
  for (const auto& [name, value] : expected) {
    const auto found = actual.find(name);
    if (found == actual.end()) {
      out += "lost " + name + " = " + value.dump() + "\n";
    } else if (found->second != value) {
      out += "changed " + name + " = " + value.dump() + " to " + found->second.dump() + "\n";
    }
  }
  for (const auto& [name, value] : actual) {
    if (!expected.contains(name)) out += "made up " + name + " = " + value.dump() + "\n";
  }
  return out;
}

/// A dataset without a geometry covers its grid, and says so when it comes back.
Facts without_geometry_unless(bool kept, Facts facts) {
  if (!kept) facts.erase("geometry");
  return facts;
}

Json item_of(const Json& document, const Scene& scene) {
  return item_from_dataset({.document = document,
                            .item_id = document.at("id").get<std::string>(),
                            .collection = "a-collection",
                            .locations = scene.locations,
                            .sources = scene.sources});
}

Json dataset_of(const Json& item) {
  return dataset_from_item(item, dataset_id_of_item(item), product_name_of_item(item));
}

TEST(round_trip, keeps_every_fact_of_a_dataset) {
  std::mt19937 random(20200904);
  for (int i = 0; i < scenes; ++i) {
    const Scene scene = test::draw_scene(random, Origin::eo3);
    const bool has_geometry = scene.facts.contains("geometry");
    const Json item = item_of(scene.document, scene);
    ASSERT_EQ(difference(scene.facts, test::facts_of_item(item)), "") << i << scene.document.dump(1);
    stac::prepare_item(item);

    const Json back = dataset_of(item);
    const auto facts = test::facts_of_dataset(back, {location_of_item(item)}, sources_of_item(item));
    ASSERT_EQ(difference(scene.facts, without_geometry_unless(has_geometry, facts)), "") << i << item.dump(1);
    ASSERT_EQ(location_of_item(item), scene.locations.front());
  }
}

TEST(round_trip, keeps_every_fact_of_an_item_that_a_dataset_can_hold) {
  std::mt19937 random(20211231);
  for (int i = 0; i < scenes; ++i) {
    const Scene scene = test::draw_scene(random, Origin::stac);
    const bool has_geometry = scene.facts.contains("geometry");
    const Json document = dataset_of(scene.document);
    const auto sources = sources_of_item(scene.document);
    const auto facts = test::facts_of_dataset(document, {location_of_item(scene.document)}, sources);
    ASSERT_EQ(difference(scene.facts, without_geometry_unless(has_geometry, facts)), "")
        << i << scene.document.dump(1);

    const Json back = item_of(document, scene);
    ASSERT_EQ(difference(scene.facts, without_geometry_unless(has_geometry, test::facts_of_item(back))), "")
        << i << document.dump(1);
    stac::prepare_item(back);
  }
}

}  // namespace
}  // namespace hayden::odc
