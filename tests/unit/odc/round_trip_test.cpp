// Facts that both forms can hold survive the way from one to the other and back.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

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

/// The Items of USGS and of stactools, where the fixtures are present.
std::vector<Json> real_items() {
  const char* const named = std::getenv("HAYDEN_FIXTURES");
  const auto folder = named != nullptr ? std::filesystem::path(named)
                                       : std::filesystem::path(HAYDEN_SOURCE_DIR) / "../shared/fixtures";
  std::vector<Json> items;
  if (!std::filesystem::exists(folder)) return items;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream file(entry.path());
    Json item = Json::parse(file, nullptr, false);
    if (item.is_object() && item.value("type", "") == "Feature") items.push_back(std::move(item));
  }
  return items;
}

/// What an Item says of time and other properties, read as its specification has it.
Facts properties_in(const Json& item) {
  Facts facts;
  for (const auto& [name, value] : item.at("properties").items()) {
    if (!name.starts_with("proj:")) facts[name] = value;
  }
  for (const char* name : {"proj:epsg", "proj:shape"}) facts[name] = item.at("properties").at(name);
  for (std::size_t i = 0; i < 6; ++i) {
    facts["proj:transform " + std::to_string(i)] = item.at("properties").at("proj:transform").at(i);
  }
  return facts;
}

/// What the way through a dataset adds: defaults and what only EO3 asks for.
const std::set<std::string> added = {
    "created",      "odc:file_format", "odc:product",        "odc:region_code",
    "odc:producer", "title",           "odc:product_family", "dea:dataset_maturity"};

TEST(round_trip, keeps_properties_and_hrefs_of_real_items) {
  for (const Json& item : real_items()) {
    if (!item.at("properties").contains("proj:transform")) {
      EXPECT_THROW(dataset_of(item), Problem) << item.at("id");
      continue;
    }
    const Json document = dataset_of(item);
    const Json back = item_from_dataset({.document = document,
                                         .item_id = item.at("id").get<std::string>(),
                                         .collection = item.value("collection", "c"),
                                         .locations = {"https://h.example/x.yaml"},
                                         .sources = sources_of_item(item)});
    Facts facts = properties_in(back);
    Facts given = properties_in(item);
    if (const auto azimuth = given.find("view:sun_azimuth"); azimuth != given.end() && azimuth->second < 0) {
      given["eo:sun_azimuth"] = azimuth->second;  // what the view extension would refuse keeps EO3's name
      given.erase(azimuth);
    }
    for (const auto& name : added) {
      if (!given.contains(name)) facts.erase(name);
    }
    EXPECT_EQ(difference(given, facts), "") << item.at("id");
    ASSERT_EQ(back.at("assets").size(), item.at("assets").size()) << item.at("id");
    for (const auto& [key, asset] : item.at("assets").items()) {
      const auto href = asset.at("href").get<std::string>();
      const auto name = href.substr(href.rfind('/') + 1);
      EXPECT_TRUE(back.at("assets").at(key).at("href").get<std::string>().ends_with(name)) << key;
    }
  }
}

}  // namespace
}  // namespace hayden::odc
