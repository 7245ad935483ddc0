#include "odc/changes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hayden::odc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// `path` of a safe change, `!path` of an unsafe one.
std::vector<std::string> told(const std::vector<Change>& changes) {
  std::vector<std::string> out;
  for (const auto& change : changes) out.push_back((change.safe ? "" : "!") + change.path);
  return out;
}

Json json(const char* text) { return Json::parse(text); }

TEST(changes, do_not_regard_the_order_of_keys_or_how_numbers_are_written) {
  EXPECT_THAT(product_changes(json(R"({"a": 1, "b": {"c": [1], "d": 2}})"),
                              json(R"({"b": {"d": 2.0, "c": [1]}, "a": 1})")),
              IsEmpty());
}

TEST(changes, hold_both_sides) {
  const auto changes =
      dataset_changes(json(R"({"a": {"b": 1, "c": 2}})"), json(R"({"a": {"b": "x", "d": [3]}})"));
  ASSERT_THAT(told(changes), ElementsAre("!a.b", "!a.c", "!a.d"));
  EXPECT_EQ(changes[0].before, 1);
  EXPECT_EQ(changes[0].after, "x");
  EXPECT_EQ(changes[1].after, nullptr);
  EXPECT_EQ(changes[2].before, nullptr);
  EXPECT_EQ(changes[2].after, json("[3]"));
}

TEST(changes, compare_lists_element_by_element) {
  EXPECT_THAT(
      told(product_changes(json(R"({"m": [{"a": 1}, 2, 3]})"), json(R"({"m": [{"a": 2}, 2, 4, 5]})"))),
      ElementsAre("!m.0.a", "!m.2", "!m.3"));
}

TEST(metadata_type_changes, let_new_fields_and_descriptions_pass) {
  const Json before = json(R"({"name": "a", "description": "x", "dataset": {"id": ["id"],
                               "search_fields": {"lat": {"type": "double", "offset": ["a"]}}}})");
  Json after = before;
  after["description"] = "y";
  after["dataset"]["measurements"] = {"m"};
  after["dataset"]["search_fields"]["lon"] = {{"offset", {"b"}}};
  EXPECT_THAT(told(metadata_type_changes(before, after)),
              ElementsAre("dataset.measurements", "dataset.search_fields.lon", "description"));
  after["dataset"]["search_fields"]["lat"]["indexed"] = false;
  after["dataset"]["search_fields"]["lat"]["offset"] = {"b"};
  after["dataset"].erase("id");
  after["name"] = "b";
  EXPECT_THAT(told(metadata_type_changes(before, after)),
              ElementsAre("!dataset.id", "dataset.measurements", "!dataset.search_fields.lat.indexed",
                          "!dataset.search_fields.lat.offset.0", "dataset.search_fields.lon", "description",
                          "!name"));
  EXPECT_THAT(told(metadata_type_changes(after, before)), testing::Contains("!dataset.search_fields.lon"));
}

TEST(product_changes, let_looser_rules_and_old_storage_settings_pass) {
  const Json before = json(R"({"name": "a", "description": "x", "license": "MIT", "metadata_type": "eo3",
      "metadata": {"product": {"name": "a"}, "more": {"b": 1}},
      "storage": {"chunking": {"x": 1}, "driver": "x", "dimension_order": ["x"], "crs": "EPSG:4326"}})");
  const Json after = json(R"({"name": "a", "description": "y", "license": "BSD", "metadata_type": "eo",
      "metadata": {"product": {"name": "a"}}, "storage": {"crs": "EPSG:4326"}})");
  EXPECT_THAT(told(product_changes(before, after)),
              ElementsAre("description", "license", "metadata.more", "metadata_type", "storage.chunking",
                          "storage.dimension_order", "storage.driver"));
  EXPECT_THAT(told(product_changes(after, before)),
              ElementsAre("description", "license", "!metadata.more", "metadata_type", "!storage.chunking",
                          "!storage.dimension_order", "!storage.driver"));
  Json deeper = before;
  deeper["metadata"]["more"].erase("b");
  EXPECT_THAT(told(product_changes(before, deeper)), ElementsAre("!metadata.more.b"))
      << "datacube looks no deeper than the members of metadata";
  Json tighter = before;
  tighter["metadata"]["product"]["name"] = "b";
  tighter["measurements"] = {{{"name", "red"}}};
  EXPECT_THAT(told(product_changes(before, tighter)), ElementsAre("!measurements", "!metadata.product.name"));
}

TEST(dataset_changes, let_new_root_members_and_allowed_paths_pass) {
  const Json before = json(R"({"a": {"b": 1, "c": {"d": 1}}, "properties": {"x": 1}})");
  const Json after =
      json(R"({"a": {"b": 2, "c": {"d": 2}}, "properties": {"x": 2, "y": 3}, "new": {"k": 1}})");
  EXPECT_THAT(told(dataset_changes(before, after)),
              ElementsAre("!a.b", "!a.c.d", "new", "!properties.x", "!properties.y"));
  EXPECT_THAT(told(dataset_changes(before, after, {"properties", "a.c"})),
              ElementsAre("!a.b", "a.c.d", "new", "properties.x", "properties.y"));
}

TEST(dataset_changes, tell_a_whole_document_of_another_kind) {
  EXPECT_THAT(told(dataset_changes(json("{}"), json("[]"))), ElementsAre("!"));
}

}  // namespace
}  // namespace hayden::odc
