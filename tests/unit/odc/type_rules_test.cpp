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
using testing::StartsWith;

std::vector<std::string> faults_of_type(const Json& definition) {
  Mistakes mistakes;
  check_metadata_type(definition, mistakes);
  return mistakes.all();
}

std::vector<std::string> faults_of_product(const Json& definition) {
  Mistakes mistakes;
  check_product(definition, mistakes);
  return mistakes.all();
}

void expect_one(const std::vector<std::string>& faults, const Fault& expected) {
  EXPECT_THAT(faults,
              ElementsAre(AllOf(StartsWith(std::string(expected.path) + ": "), HasSubstr(expected.what))))
      << expected.at << " = " << (expected.value.is_discarded() ? "gone" : dump_json(expected.value));
}

Json metadata_type() {
  return Json::parse(R"({
    "name": "eo_own", "description": "Own fields",
    "dataset": {
      "id": ["id"], "creation_dt": ["properties", "odc:processing_datetime"], "label": ["label"],
      "sources": ["lineage", "source_datasets"], "grid_spatial": ["grid_spatial", "projection"],
      "measurements": ["measurements"], "format": ["properties", "odc:file_format"],
      "search_fields": {
        "platform": {"description": "Platform code", "offset": ["properties", "eo:platform"], "indexed": false},
        "gsd": {"type": "double", "offset": ["properties", "eo:gsd"]},
        "time": {"type": "datetime-range",
                 "min_offset": [["properties", "dtr:start_datetime"], ["properties", "datetime"]],
                 "max_offset": [["properties", "dtr:end_datetime"], ["properties", "datetime"]]}}}})");
}

TEST(check_metadata_type, passes_a_good_one) { EXPECT_THAT(faults_of_type(metadata_type()), IsEmpty()); }

TEST(check_metadata_type, names_each_fault_by_its_path) {
  const std::vector<Fault> faults = {
      {"/name", gone, "name", "missing"},
      {"/name", "own-type", "name", "letters"},
      {"/name", "", "name", "letters"},
      {"/name", "a\n", "name", "letters"},
      {"/description", 3, "description", "text"},
      {"/dataset", gone, "dataset", "missing"},
      {"/dataset", "x", "dataset", "object"},
      {"/version", 1, "version", "not known"},
      {"/dataset/id", gone, "dataset.id", "missing"},
      {"/dataset/label", "label", "dataset.label", "list of text"},
      {"/dataset/format", {"a", 1}, "dataset.format", "list of text"},
      {"/dataset/time", {"a"}, "dataset.time", "not known"},
      {"/dataset/search_fields", gone, "dataset.search_fields", "missing"},
      {"/dataset/search_fields", Json::array(), "dataset.search_fields", "object"},
      {"/dataset/search_fields/platform", "x", "dataset.search_fields.platform", "object"},
      {"/dataset/search_fields/platform/indexed", "yes", "dataset.search_fields.platform.indexed", "true"},
      {"/dataset/search_fields/platform/offset", gone, "dataset.search_fields.platform.offset", "missing"},
      {"/dataset/search_fields/platform/offset", Json::array(), "dataset.search_fields.platform.offset",
       "key"},
      {"/dataset/search_fields/platform/extra", 1, "dataset.search_fields.platform.extra", "not known"},
      {"/dataset/search_fields/platform/min_offset",
       {{"a"}},
       "dataset.search_fields.platform.min_offset",
       "range"},
      {"/dataset/search_fields/gsd/type", "float", "dataset.search_fields.gsd.type", "one of string"},
      {"/dataset/search_fields/gsd/type", "numeric", "dataset.search_fields.gsd.type", "use double"},
      {"/dataset/search_fields/time/max_offset", gone, "dataset.search_fields.time.max_offset", "missing"},
      {"/dataset/search_fields/time/min_offset", Json::array(), "dataset.search_fields.time.min_offset",
       "path"},
      {"/dataset/search_fields/time/min_offset",
       {"a"},
       "dataset.search_fields.time.min_offset[0]",
       "list of text"},
      {"/dataset/search_fields/time/offset", {"a"}, "dataset.search_fields.time.offset", "no range"},
      {"/dataset/search_fields/product", {{"offset", {"a"}}}, "dataset.search_fields.product", "hides"},
      {"/dataset/search_fields/-", {{"offset", {"a"}}}, "dataset.search_fields.-", "letter"},
  };
  for (const auto& fault : faults)
    expect_one(faults_of_type(changed(metadata_type(), fault.at, fault.value)), fault);
}

TEST(check_metadata_type, names_all_faults_at_once) {
  Json definition = changed(changed(metadata_type(), "/name", gone), "/dataset/id", 3);
  definition["dataset"]["search_fields"]["gsd"]["offset"] = {1};
  EXPECT_THAT(faults_of_type(definition), ElementsAre(StartsWith("name: "), StartsWith("dataset.id: "),
                                                      StartsWith("dataset.search_fields.gsd.offset: ")));
  EXPECT_THAT(faults_of_type(Json::array()), ElementsAre("the document: must be an object"));
}

TEST(check_metadata_type, stops_counting_at_a_hundred) {
  Json definition = metadata_type();
  for (int i = 0; i < 500; ++i) definition["more" + std::to_string(i)] = 1;
  EXPECT_EQ(faults_of_type(definition).size(), 100U);
}

Json product() {
  return Json::parse(R"({
    "name": "ls8_own", "description": "Own product", "metadata_type": "eo3", "license": "CC-BY-4.0",
    "metadata": {"product": {"name": "ls8_own"}}, "managed": false, "default_band": {"dtype": "int16"},
    "storage": {"crs": "EPSG:3577", "resolution": {"y": -25, "x": 25}, "tile_size": {"y": 1, "x": 1},
                "driver": "NetCDF CF", "dimension_order": ["time", "y", "x"], "chunking": {"x": 200}},
    "load": {"crs": "EPSG:32655", "resolution": {"y": -30, "x": 30}, "align": {"y": 15, "x": 15}},
    "extra_dimensions": [{"name": "z", "values": [1, 2], "dtype": "float64"}],
    "measurements": [
      {"name": "red", "dtype": "int16", "nodata": -999, "units": "1", "aliases": ["b4", "band_4", "red"],
       "scale_factor": 0.1, "add_offset": 1, "spectral_definition": {"wavelength": [1], "response": [0.5]}},
      {"name": "qa", "dtype": "uint16", "nodata": "NaN", "units": "bit",
       "flags_definition": {"cloud": {"bits": 3, "values": {"0": "no", "1": "yes"}, "description": "d"}}},
      {"name": "spec", "dtype": "float32", "nodata": 0, "units": "1", "extra_dim": "z",
       "spectral_definition": [{"wavelength": [1], "response": [2]}, {}]}]})");
}

TEST(check_product, passes_a_good_one) {
  EXPECT_THAT(faults_of_product(product()), IsEmpty());
  for (const auto& name : landsat_product_names()) {
    EXPECT_THAT(faults_of_product(landsat_product(name)), IsEmpty()) << name;
  }
}

TEST(check_product, names_each_fault_by_its_path) {
  const std::string long_name(41, 'x');
  const std::vector<Fault> faults = {
      {"/name", gone, "name", "missing"},
      {"/name", "landsat-c2l1", "name", "letters"},
      {"/name", long_name, "name", "at most 40"},
      {"/description", gone, "description", "missing"},
      {"/metadata", gone, "metadata", "missing"},
      {"/metadata", "x", "metadata", "object"},
      {"/metadata_type", gone, "metadata_type", "missing"},
      {"/metadata_type", 3, "metadata_type", "name of a metadata type"},
      {"/license", "all rights", "license", "SPDX"},
      {"/license", "", "license", "SPDX"},
      {"/managed", "no", "managed", "true or false"},
      {"/default_band", 3, "default_band", "object"},
      {"/version", 3, "version", "not known"},
      {"/measurements", Json::object(), "measurements", "list"},
      {"/measurements/1", "qa", "measurements[1]", "object"},
      {"/measurements/1/dtype", "float", "measurements[1].dtype", "one of float16"},
      {"/measurements/1/dtype", gone, "measurements[1].dtype", "missing"},
      {"/measurements/1/nodata", "none", "measurements[1].nodata", "number"},
      {"/measurements/1/nodata", nullptr, "measurements[1].nodata", "number"},
      {"/measurements/1/units", 1, "measurements[1].units", "text"},
      {"/measurements/1/name", "q a", "measurements[1].name", "letters"},
      {"/measurements/1/name", "red", "measurements[1].name", "another measurement"},
      {"/measurements/1/aliases", {"x", "b4"}, "measurements[1].aliases[1]", "another measurement"},
      {"/measurements/0/aliases", {"qa"}, "measurements[0].aliases[0]", "another measurement"},
      {"/measurements/0/aliases", "b4", "measurements[0].aliases", "list of text"},
      {"/measurements/0/scale_factor", "1", "measurements[0].scale_factor", "number"},
      {"/measurements/0/add_offset", true, "measurements[0].add_offset", "number"},
      {"/measurements/0/resampling", "x", "measurements[0].resampling", "not known"},
      {"/measurements/0/spectral_definition", 1, "measurements[0].spectral_definition", "object or a list"},
      {"/measurements/0/spectral_definition/response",
       {"x"},
       "measurements[0].spectral_definition.response",
       "list of numbers"},
      {"/measurements/1/flags_definition", Json::array(), "measurements[1].flags_definition", "object"},
      {"/measurements/1/flags_definition/cloud/bits", gone, "measurements[1].flags_definition.cloud.bits",
       "missing"},
      {"/measurements/1/flags_definition/cloud/bits", "3", "measurements[1].flags_definition.cloud.bits",
       "number or a list"},
      {"/measurements/1/flags_definition/cloud/values",
       {1},
       "measurements[1].flags_definition.cloud.values",
       "object"},
      {"/measurements/2/extra_dim", "w", "measurements[2].extra_dim", "extra_dimensions"},
      {"/measurements/2/spectral_definition", Json::array({Json::object()}),
       "measurements[2].spectral_definition", "one entry for each value of z"},
      {"/measurements/2/spectral_definition/0/response",
       {1, 2},
       "measurements[2].spectral_definition[0].response",
       "as many"},
      {"/extra_dimensions/0/values", {"a"}, "extra_dimensions[0].values", "list of numbers"},
      {"/extra_dimensions/0/unit", "m", "extra_dimensions[0].unit", "not known"},
      {"/storage/crs", "EPSG:99999", "storage.crs", "no CRS"},
      {"/storage/resolution/y", gone, "storage.resolution.y", "missing"},
      {"/storage/origin", {{"x", 0}, {"y", "0"}}, "storage.origin.y", "number"},
      {"/storage/tiles", 1, "storage.tiles", "not known"},
      {"/load/crs", gone, "load.crs", "missing"},
      {"/load/resolution", 30, "load.resolution", "object"},
      {"/load/tile_size", 30, "load.tile_size", "not known"},
  };
  for (const auto& fault : faults) {
    expect_one(faults_of_product(changed(product(), fault.at, fault.value)), fault);
  }
}

TEST(check_product, wants_the_axes_of_a_geographic_crs) {
  Json definition = changed(product(), "/storage/crs", "epsg:4326");
  definition["storage"].erase("tile_size");
  EXPECT_THAT(faults_of_product(definition), ElementsAre(StartsWith("storage.resolution.latitude: "),
                                                         StartsWith("storage.resolution.longitude: ")));
}

TEST(check_product, checks_a_metadata_type_in_the_place_of_its_name) {
  EXPECT_THAT(faults_of_product(changed(product(), "/metadata_type", metadata_type())), IsEmpty());
  const Json broken = changed(metadata_type(), "/dataset/id", gone);
  EXPECT_THAT(faults_of_product(changed(product(), "/metadata_type", broken)),
              ElementsAre("metadata_type.dataset.id: is missing"));
}

TEST(check_product, names_all_faults_at_once) {
  EXPECT_THAT(faults_of_product(Json::object()),
              ElementsAre("name: is missing", "description: is missing", "metadata_type: is missing",
                          "metadata: is missing"));
}

}  // namespace
}  // namespace hayden::odc
