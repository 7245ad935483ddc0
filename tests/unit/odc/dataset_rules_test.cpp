#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "document_rules.hpp"
#include "odc/dataset.hpp"
#include "odc/documents.hpp"

namespace hayden::odc {
namespace {

using test::changed;
using test::Fault;
using test::gone;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::StartsWith;

constexpr auto source_a = "5e1359de-0f91-5988-a6f0-8a0a84090600";
constexpr auto source_b = "5e1359de-0f91-5988-a6f0-8a0a84090601";

Json dataset() {
  return Json::parse(R"({
    "$schema": "https://schemas.opendatacube.org/dataset",
    "id": "5e1359de-0f91-5988-a6f0-8a0a840906f4", "label": "a scene", "product": {"name": "ls8_own"},
    "crs": "epsg:32633",
    "grids": {"default": {"shape": [100, 200], "transform": [30, 0, 300000, 0, -30, 5100000, 0, 0, 1]},
              "pan": {"shape": [200, 400], "transform": [15, 0, 300000, 0, -15, 5100000]}},
    "geometry": {"type": "Polygon", "coordinates": [[[300000, 5100000], [306000, 5100000], [306000, 5097000],
                                                     [300000, 5100000]]]},
    "properties": {"datetime": "2020-01-01T00:00:00Z", "odc:processing_datetime": "2020-01-02 10:00:00.5",
                   "dtr:start_datetime": "2020-01-01", "dtr:end_datetime": "2020-01-01T00:00:01+00:00"},
    "measurements": {"red": {"path": "red.tif", "band": 1}, "pan": {"path": "pan.tif", "grid": "pan"}},
    "accessories": {"thumbnail": {"path": "t.jpg"}},
    "lineage": {"level1": ["5e1359de-0f91-5988-a6f0-8a0a84090600"], "other": []}})");
}

std::vector<std::string> faults_of(const Json& document) {
  Mistakes mistakes;
  check_dataset(document, mistakes);
  return mistakes.all();
}

TEST(check_dataset, passes_what_clients_send_and_what_is_stored) {
  EXPECT_THAT(faults_of(dataset()), IsEmpty());
  EXPECT_THAT(faults_of(stored_dataset(dataset())), IsEmpty());
}

TEST(check_dataset, passes_what_datacube_can_do_without) {
  Json document = dataset();
  for (const char* name : {"label", "product", "geometry", "measurements", "lineage", "accessories"})
    document.erase(name);
  document["own"] = {{"anything", {1, nullptr}}};
  EXPECT_THAT(faults_of(document), IsEmpty());
  for (const char* name : {"geometry", "lineage"}) document[name] = nullptr;
  EXPECT_THAT(faults_of(document), IsEmpty());
  document["properties"].erase("datetime");
  EXPECT_THAT(faults_of(document), IsEmpty()) << "start and end are enough";
  document["properties"] = {{"datetime", "2020-01-01T10:20"}};
  EXPECT_THAT(faults_of(document), IsEmpty());
}

TEST(check_dataset, names_each_fault_by_its_path) {
  const std::vector<Fault> faults = {
      {"/$schema", gone, "the document", "legacy"},
      {"/$schema", "https://schemas.opendatacube.org/dataset/2", "$schema", "must be https"},
      {"/id", gone, "id", "missing"},
      {"/id", "scene-1", "id", "UUID"},
      {"/id", 5, "id", "UUID"},
      {"/product", "ls8", "product", "object"},
      {"/product/name", gone, "product.name", "missing"},
      {"/product/name", "landsat-8", "product.name", "letters"},
      {"/crs", gone, "crs", "missing"},
      {"/crs", 32633, "crs", "text"},
      {"/crs", "epsg:99999", "crs", "no CRS"},
      {"/crs", "+proj=utm +zone=33 +nadgrids=/etc/passwd", "crs", "no CRS"},
      {"/grids", Json::array(), "grids", "object"},
      {"/grids/pan", nullptr, "grids.pan", "object"},
      {"/grids/pan/shape", {1, 2, 3}, "grids.pan.shape", "two positive"},
      {"/grids/pan/shape", {0, 5}, "grids.pan.shape", "two positive"},
      {"/grids/pan/shape", {"1", "2"}, "grids.pan.shape", "two positive"},
      {"/grids/default/transform", gone, "grids.default.transform", "missing"},
      {"/grids/default/transform", {1, 2, 3}, "grids.default.transform", "6 numbers"},
      {"/grids/default/transform", {30, 0, 0, 0, -30, 0, 0, 0, 2}, "grids.default.transform", "0, 0, 1"},
      {"/grids/default/transform", {30, 0, 0, 0, true, 0}, "grids.default.transform", "6 numbers"},
      {"/grids/default/transform", {30, 0, 5, 60, 0, 7}, "grids.default.transform", "line"},
      {"/geometry/type", gone, "geometry.type", "missing"},
      {"/geometry/coordinates", gone, "geometry.coordinates", "missing"},
      {"/geometry/type", "MultiPolygon", "geometry.type", "Polygon"},
      {"/geometry/coordinates", Json::array(), "geometry.coordinates", "rings"},
      {"/geometry/coordinates", {{{1, 2}, {3, 4}}}, "geometry.coordinates", "three positions"},
      {"/geometry/coordinates/0/1", {1}, "geometry.coordinates", "two numbers"},
      {"/geometry/coordinates/0/1", {300000, 5100000, "z"}, "geometry.coordinates", "two numbers"},
      {"/properties", gone, "properties", "missing"},
      {"/properties", "x", "properties", "object"},
      {"/properties/datetime", "last week", "properties.datetime", "time such as"},
      {"/properties/datetime", 2020, "properties.datetime", "time such as"},
      {"/properties/datetime", "0000-01-01", "properties.datetime", "time such as"},
      {"/properties/datetime", "2020-02-30", "properties.datetime", "time such as"},
      {"/properties/datetime", "2016-12-31T23:59:60Z", "properties.datetime", "time such as"},
      {"/properties/datetime", "2020-01-01T00:00:00+10:00", "properties.datetime", "UTC"},
      {"/properties/odc:processing_datetime", "2020-01-01T00:00:00 +1000",
       "properties.odc:processing_datetime", "UTC"},
      {"/properties/dtr:end_datetime", "2019-01-01", "properties.dtr:end_datetime", "before"},
      {"/measurements", Json::array(), "measurements", "object"},
      {"/measurements/red", "red.tif", "measurements.red", "object"},
      {"/measurements/red/path", gone, "measurements.red.path", "missing"},
      {"/measurements/red/path", 1, "measurements.red.path", "text"},
      {"/measurements/red/band", "1", "measurements.red.band", "whole number"},
      {"/measurements/pan/grid", "g15", "measurements.pan.grid", "among grids"},
      {"/lineage", Json::array(), "lineage", "object"},
      {"/lineage/level1", source_a, "lineage.level1", "list"},
      {"/lineage/level1", {{"id", source_a}}, "lineage.level1", "embedded"},
      {"/lineage/level1", Json::array({nullptr}), "lineage.level1[0]", "UUID"},
      {"/lineage/level1", Json::array({"scene"}), "lineage.level1[0]", "UUID"},
      {"/lineage/other", Json::array({source_a}), "lineage.other[0]", "same dataset as lineage.level1[0]"},
      {"/lineage/other", Json::array({"5E1359DE0F915988A6F08A0A840906F4"}), "lineage.other[0]", "itself"},
      {"/location", 3, "location", "text"},
      {"/extent", {{"lat", {{"begin", 1}, {"end", 2}}}}, "extent.lon", "missing"},
      {"/extent",
       {{"lat", {{"begin", 1}, {"end", 2}}}, {"lon", {{"begin", 179}, {"end", -179}}}},
       "extent.lon.end",
       "-180 to 180"},
      {"/grid_spatial", 3, "grid_spatial", "object"},
  };
  for (const auto& fault : faults) {
    EXPECT_THAT(faults_of(changed(dataset(), fault.at, fault.value)),
                ElementsAre(AllOf(StartsWith(std::string(fault.path) + ": "), HasSubstr(fault.what))))
        << fault.at << " = " << (fault.value.is_discarded() ? "gone" : dump_json(fault.value));
  }
}

TEST(check_dataset, passes_what_is_made_of_items) {
  for (const auto& name : landsat_product_names()) {
    const Json product = landsat_product(name);
    Json item = {{"id", "scene"},
                 {"properties",
                  {{"datetime", "2020-09-05T04:55:02+10:00"},
                   {"proj:epsg", 32660},
                   {"proj:shape", {7941, 7811}},
                   {"proj:transform", {30, 0, 700000, 0, -30, 5214315}}}}};
    for (const auto& measurement : product["measurements"]) {
      item["assets"][measurement["name"].get<std::string>()] = {{"href", "s3://b/red.TIF"},
                                                                {"type", "image/tiff; application=geotiff"}};
    }
    const Json document = dataset_from_item(item, source_a, name);
    EXPECT_THAT(faults_of(document), IsEmpty()) << name;
    EXPECT_EQ(stored_dataset(document), document) << "it is in the stored form already";
    EXPECT_TRUE(matches(product["metadata"], document));
    EXPECT_THAT(missing_measurements(product, document), IsEmpty());
  }
}

TEST(check_dataset, passes_times_as_people_and_programs_write_them) {
  for (const char* time : {"2020-01-01", "2020-01-02 10:00:00.5", "2020-01-02T10:20", "2014-03-05t10:20:30z",
                           "2014-03-05T10:20:30.123456789Z", "2020-01-01 10:20 Z", "2020-01-01T10:20+00",
                           "2020-01-01T10:20-00:00", "2020-01-01T10:20:30 +0000", "0001-01-01"}) {
    EXPECT_THAT(faults_of(changed(dataset(), "/properties/odc:processing_datetime", time)), IsEmpty())
        << time;
  }
}

TEST(check_dataset, wants_a_default_grid_and_a_time) {
  EXPECT_THAT(faults_of(changed(dataset(), "/grids/default", gone)),
              ElementsAre("grids.default: is missing"));
  Json document = dataset();
  document["properties"] = {{"dtr:start_datetime", "2020-01-01"}, {"datetime", nullptr}};
  EXPECT_THAT(faults_of(document), ElementsAre("properties.datetime: is missing"));
}

TEST(check_dataset, refuses_more_grids_than_anybody_has) {
  Json document = dataset();
  for (int i = 0; i < 100; ++i) document["grids"]["g" + std::to_string(i)] = document["grids"]["pan"];
  EXPECT_THAT(faults_of(document), ElementsAre(HasSubstr("at most 100")));
}

TEST(check_dataset, refuses_sources_that_would_share_a_classifier) {
  Json document = dataset();
  document["lineage"] = {{"l", {source_a, source_b}}, {"l1", {"5e1359de-0f91-5988-a6f0-8a0a84090602"}}};
  EXPECT_THAT(faults_of(document),
              ElementsAre(AllOf(StartsWith("lineage.l1[0]: "), HasSubstr("stored as l1"))));
}

TEST(check_dataset, names_all_faults_at_once) {
  EXPECT_THAT(faults_of(Json::object()),
              ElementsAre(HasSubstr("$schema"), "id: is missing", "crs: is missing", "grids: is missing",
                          "properties: is missing"));
  EXPECT_THAT(faults_of("x"), ElementsAre("the document: must be an object"));
}

TEST(canonical_uuid, takes_uuids_with_and_without_hyphens) {
  EXPECT_EQ(canonical_uuid("5E1359DE-0F91-5988-A6F0-8A0A840906F4"), "5e1359de-0f91-5988-a6f0-8a0a840906f4");
  EXPECT_EQ(canonical_uuid("5e1359de0f915988a6f08a0a840906f4"), "5e1359de-0f91-5988-a6f0-8a0a840906f4");
  for (const char* none : {"", "5e1359de-0f91-5988-a6f0-8a0a840906f", "5e1359de0-f91-5988-a6f0-8a0a840906f4",
                           "5g1359de-0f91-5988-a6f0-8a0a840906f4", "5e1359de-0f91-5988-a6f0-8a0a840906f4a"}) {
    EXPECT_EQ(canonical_uuid(none), std::nullopt) << none;
  }
}

TEST(sources_of, numbers_several_of_one_classifier) {
  Json document = dataset();
  document["lineage"] = {{"level1", {source_a, source_b}},
                         {"ard", {"5E1359DE0F915988A6F08A0A840906F4"}},
                         {"none", Json::array()}};
  EXPECT_THAT(sources_of(document), ElementsAre(Pair("ard", "5e1359de-0f91-5988-a6f0-8a0a840906f4"),
                                                Pair("level11", source_a), Pair("level12", source_b)));
}

TEST(sources_of, reads_the_stored_form_too) {
  Json document = dataset();
  document["lineage"] = {{"source_datasets", {{"level1", {{"id", source_a}}}, {"ard", source_b}}}};
  EXPECT_THAT(faults_of(document), IsEmpty());
  EXPECT_THAT(sources_of(document), ElementsAre(Pair("ard", source_b), Pair("level1", source_a)));
  EXPECT_THAT(sources_of(stored_dataset(document)), IsEmpty());
  document.erase("lineage");
  EXPECT_THAT(sources_of(document), IsEmpty());
}

TEST(matches, wants_everything_that_the_product_demands) {
  const Json document =
      Json::parse(R"({"product": {"name": "LS8"}, "properties": {"a": 1, "b": [1, "x"]}, "n": null})");
  for (const char* demanded :
       {R"({})", R"({"product": {"name": "ls8"}})", R"({"properties": {"b": [1, "x"]}})",
        R"({"properties": {"a": 1.0}})", R"({"product": null})", R"({"n": null})"}) {
    EXPECT_TRUE(matches(Json::parse(demanded), document)) << demanded;
  }
  for (const char* demanded : {R"({"product": {"name": "ls7"}})", R"({"product": {"nam": "ls8"}})",
                               R"({"product": "ls8"})", R"({"properties": {"b": [1, "X"]}})",
                               R"({"properties": {"a": "1"}})", R"({"other": null})", R"({"n": {}})"}) {
    EXPECT_FALSE(matches(Json::parse(demanded), document)) << demanded;
  }
}

TEST(missing_measurements, leaves_out_those_of_extra_dimensions) {
  const Json product = Json::parse(
      R"({"measurements": [{"name": "red"}, {"name": "nir"}, {"name": "z", "extra_dim": "t"}, {"name": "qa"}]})");
  EXPECT_THAT(missing_measurements(product, {{"measurements", {{"red", Json::object()}}}}),
              ElementsAre("nir", "qa"));
  EXPECT_THAT(missing_measurements(product, Json::object()), ElementsAre("red", "nir", "qa"));
  EXPECT_THAT(missing_measurements(Json::object(), dataset()), IsEmpty());
}

Json metadata_type() {
  return Json::parse(R"({"name": "own", "description": "d", "dataset": {
    "id": ["id"], "label": ["label"], "creation_dt": ["properties", "made"], "sources": ["lineage"],
    "search_fields": {
      "region": {"offset": ["properties", "region"]},
      "notes": {"offset": ["properties", "notes"], "indexed": false},
      "cloud": {"type": "double", "offset": ["properties", "cloud"]},
      "orbit": {"type": "integer", "offset": ["properties", "orbit"]},
      "seen": {"type": "datetime", "offset": ["properties", "seen"]},
      "path": {"type": "integer-range", "min_offset": [["properties", "p0"], ["properties", "p1"]],
               "max_offset": [["properties", "p1"]]},
      "time": {"type": "datetime-range", "min_offset": [["properties", "t0"]], "max_offset": [["properties", "t1"]]}}}})");
}

std::vector<std::string> field_faults(const char* properties) {
  Mistakes mistakes;
  check_search_fields(metadata_type(), {{"properties", Json::parse(properties)}}, mistakes);
  return mistakes.all();
}

TEST(check_search_fields, passes_values_that_can_be_indexed) {
  for (const char* properties :
       {R"({})", R"({"cloud": null, "region": 5, "orbit": "12"})",
        R"({"cloud": "12.5", "orbit": 12, "cloud": 3})", R"({"seen": "2020-01-01", "p0": 1, "p1": 2})",
        R"({"p1": 2})", R"({"t0": "2020-01-01", "t1": "2020-01-01"})"}) {
    EXPECT_THAT(field_faults(properties), IsEmpty()) << properties;
  }
  EXPECT_THAT(field_faults((R"({"notes": ")" + std::string(5000, 'x') + R"("})").c_str()), IsEmpty());
}

TEST(check_search_fields, names_values_that_would_break_an_index_or_a_search) {
  const std::vector<std::pair<std::string, const char*>> broken = {
      {R"({"cloud": "clear"})", "properties.cloud: must be a number"},
      {R"({"cloud": true})", "properties.cloud: must be a number"},
      {R"({"cloud": {"a": 1}})", "properties.cloud: must be a number"},
      {R"({"orbit": 1.5})", "properties.orbit: must be a whole number of 32 bits"},
      {R"({"orbit": 3000000000})", "properties.orbit: must be a whole number of 32 bits"},
      {R"({"seen": "soon"})", "properties.seen: must be a time such as 2014-03-05T10:20:30Z"},
      {R"({"seen": "2020-01-01T00:00:00+10:00"})",
       "properties.seen: must be in UTC: the index would drop its offset"},
      {R"({"made": "soon"})", "properties.made: must be a time such as 2014-03-05T10:20:30Z"},
      {R"({"p0": 3, "p1": 2})", ""},
      {R"({"t0": "2020-01-02", "t1": "2020-01-01"})",
       "properties.t1: must not be less than where time begins"},
      {R"({"region": ")" + std::string(3000, 'x') + R"("})",
       "properties.region: must have at most 2000 bytes, for it is indexed"},
  };
  for (const auto& [properties, fault] : broken) {
    if (*fault == '\0') {
      EXPECT_THAT(field_faults(properties.c_str()), IsEmpty()) << "the least of both begins the range";
    } else {
      EXPECT_THAT(field_faults(properties.c_str()), ElementsAre(fault)) << properties;
    }
  }
}

}  // namespace
}  // namespace hayden::odc
