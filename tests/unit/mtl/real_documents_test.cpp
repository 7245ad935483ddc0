// Every real document of the fixtures, where they are present: each gives the scene that the index of the
// fixtures tells of, or is refused for what is wrong with it.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "geo/geometry.hpp"
#include "mtl/scene.hpp"

namespace hayden::mtl {
namespace {

using testing::HasSubstr;

std::filesystem::path fixtures() {
  const char* const named = std::getenv("HAYDEN_FIXTURES");
  const auto folder = named != nullptr ? std::filesystem::path(named)
                                       : std::filesystem::path(HAYDEN_SOURCE_DIR) / "../shared/fixtures";
  return folder / "mtl";
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

using Row = std::map<std::string, std::string>;

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, '\t');) out.push_back(cell);
  return out;
}

/// The rows of that format and, where given, collection; none where the fixtures are absent.
std::vector<Row> rows(const std::string& format, const std::string& collection = {}) {
  std::vector<Row> out;
  std::ifstream index(fixtures() / "INDEX.tsv");
  std::string line;
  std::getline(index, line);
  const auto names = cells(line);
  while (std::getline(index, line)) {
    const auto values = cells(line);
    Row row;
    for (std::size_t i = 0; i < names.size() && i < values.size(); ++i) row[names[i]] = values[i];
    if (row["format"] == format && (collection.empty() || row["collection"] == collection))
      out.push_back(row);
  }
  return out;
}

std::string padded(int number) {
  const std::string digits = std::to_string(number);
  return std::string(3 - digits.size(), '0') + digits;
}

/// Documents that cannot be scenes, and why.
const std::map<std::string, std::string> refusals{
    {"momosea+Landsat-Level-1-MTL-C2toC1/LC08_L1GT_120038_20210105_20210105_02_RT_MTL__1.txt",
     "a file that another program has rewritten"},
    {"momosea+Landsat-Level-1-MTL-C2toC1/LE07_L1TP_120038_20210113_20210113_02_RT_MTL__1.txt",
     "a file that another program has rewritten"},
    {"senbox-org+optical-toolbox/test_broken_MTL.txt", "PRODUCT_METADATA.SPACECRAFT_ID: missing"}};

Scene scene_of(const Row& row) { return read_scene(parse_mtl(bytes_of(fixtures() / row.at("path")))); }

/// The rows of a format whose document becomes a scene.
std::vector<Row> readable(const std::string& format) {
  auto out = rows(format);
  std::erase_if(out, [](const Row& row) { return refusals.contains(row.at("path")); });
  return out;
}

std::string sensor_in_index(const Scene& scene) {
  return "LANDSAT_" + std::to_string(scene.spacecraft) + "/" + scene.sensor_id;
}

void expect_as_indexed(const Scene& scene, Row row) {
  SCOPED_TRACE(row["path"]);
  const std::map<std::string, Generation> generations{{"C2", Generation::collection2},
                                                      {"C1", Generation::collection1},
                                                      {"pre", Generation::pre_collection},
                                                      {"pre(legacy<2012)", Generation::pre_collection}};
  EXPECT_EQ(scene.generation, generations.at(row["collection"]));
  const bool legacy = row["collection"] == "pre(legacy<2012)";
  if (!legacy) {
    EXPECT_EQ(scene.product_id, row["product_or_scene_id"]);
  }
  EXPECT_EQ(padded(scene.wrs_path) + padded(scene.wrs_row), row["wrs_pathrow"]);
  EXPECT_EQ(format_rfc3339(scene.acquired).substr(0, 10), row["date"]);
  EXPECT_EQ(scene.processing_level, row["level"]);
  if (!legacy) {
    EXPECT_EQ(sensor_in_index(scene), row["sensor"]);
  }
  EXPECT_EQ(row["projection"] == "PS" ? "PS"
            : scene.epsg / 100 == 327 ? "UTM:-" + std::to_string(scene.epsg - 32700)
                                      : "UTM:" + std::to_string(scene.epsg - 32600),
            row["projection"]);
  EXPECT_FALSE(scene.files.empty());
  // Two published files of Collection 2 have the old root and the old name of the gains' section put back.
  if (row["repo"] != "mapbox/rio-toa") {
    EXPECT_FALSE(scene.scaling.empty());
  }
}

/// The corners are given both in metres and in degrees, so one proves the reading of the other.
void expect_corners_to_agree(const Scene& scene, Row row) {
  if (row["repo"] == "compgeolab/xlandsat") return;  // published with cropped corners in metres only
  SCOPED_TRACE(row["path"]);
  const double x = scene.reflective.origin_x + scene.reflective.cell / 2;
  const double y = scene.reflective.origin_y - scene.reflective.cell / 2;
  const auto corner = geo::to_lonlat(scene.epsg, std::vector<geo::Point>{{x, y}});
  EXPECT_NEAR(corner[0].x, scene.corners[0].lon, 6e-5);
  EXPECT_NEAR(corner[0].y, scene.corners[0].lat, 6e-6);
}

TEST(RealDocuments, are_found_where_the_fixtures_are) {
  const bool present = std::filesystem::exists(fixtures());
  for (const auto* format : {"odl", "json", "xml", "xml-espa", "xml-ard"}) {
    EXPECT_EQ(rows(format).empty(), !present) << format;
  }
}

TEST(RealDocuments, of_all_generations_become_the_indexed_scenes) {
  for (const auto* format : {"odl", "json", "xml"}) {
    for (const auto& row : readable(format)) {
      const Scene scene = scene_of(row);
      expect_as_indexed(scene, row);
      expect_corners_to_agree(scene, row);
    }
  }
}

TEST(RealDocuments, of_espa_and_ard_become_scenes) {
  for (const auto* format : {"xml-espa", "xml-ard"}) {
    for (auto row : rows(format)) {
      SCOPED_TRACE(row["path"]);
      const Scene scene = scene_of(row);
      EXPECT_EQ(scene.product_id, row["product_or_scene_id"]);
      EXPECT_EQ(format_rfc3339(scene.acquired).substr(0, 10), row["date"]);
      EXPECT_FALSE(scene.bands.empty());
    }
  }
}

TEST(RealDocuments, that_are_no_scene_are_refused_with_the_reason) {
  for (const auto* format : {"odl", "json", "xml"}) {
    for (const auto& row : rows(format)) {
      const auto why = refusals.find(row.at("path"));
      if (why == refusals.end()) continue;
      SCOPED_TRACE(row.at("path"));
      try {
        scene_of(row);
        ADD_FAILURE() << "became a scene";
      } catch (const Problem& problem) {
        EXPECT_THAT(problem.what(), HasSubstr(why->second));
      }
    }
  }
}

TEST(RealDocuments, of_one_product_in_text_json_and_xml_give_equal_scenes) {
  for (const auto& row : readable("odl")) {
    const auto path = fixtures() / row.at("path");
    for (const auto* extension : {".json", ".xml"}) {
      auto other = path;
      other.replace_extension(extension);
      if (!std::filesystem::exists(other)) continue;
      EXPECT_EQ(read_scene(parse_mtl(bytes_of(other))), scene_of(row)) << other;
    }
  }
}

}  // namespace
}  // namespace hayden::mtl
