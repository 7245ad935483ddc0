// Every real MTL of the fixtures, where they are present: each gives the scene that the index of the fixtures
// tells of, or is refused for the generation it is of.
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

/// The XML form has the same groups and values; Hayden does not read it, but it widens the set of real facts.
Document document_from_xml(std::string_view text) {
  Document document;
  int depth = 0;
  for (auto at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
    const auto end = text.find('>', at);
    const std::string_view tag = text.substr(at + 1, end - at - 1);
    if (tag.starts_with('?')) continue;
    if (tag.starts_with('/')) {
      --depth;
    } else if (++depth == 1) {
      document.root = tag;
    } else if (depth == 2) {
      document.sections.push_back({std::string{tag}, {}});
    } else {
      const std::string_view value = text.substr(end + 1, text.find('<', end) - end - 1);
      document.sections.back().values.emplace_back(tag, value);
    }
  }
  return document;
}

std::string padded(int number) {
  const std::string digits = std::to_string(number);
  return std::string(3 - digits.size(), '0') + digits;
}

void expect_as_indexed(const Scene& scene, Row row) {
  SCOPED_TRACE(row["path"]);
  EXPECT_EQ(scene.product_id, row["product_or_scene_id"]);
  EXPECT_EQ(padded(scene.wrs_path) + padded(scene.wrs_row), row["wrs_pathrow"]);
  EXPECT_EQ(format_rfc3339(scene.acquired).substr(0, 10), row["date"]);
  EXPECT_EQ(scene.processing_level, row["level"]);
  EXPECT_EQ("LANDSAT_" + std::to_string(scene.spacecraft) + "/" + scene.sensor_id, row["sensor"]);
  EXPECT_EQ(row["projection"] == "PS" ? "PS" : "UTM:" + std::to_string(scene.epsg - 32600),
            row["projection"]);
  EXPECT_FALSE(scene.files.empty());
  // One published file has its old root and old name of the gains' section put back.
  EXPECT_EQ(scene.scaling.empty(), scene.document.root == "L1_METADATA_FILE");
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
  for (const auto* format : {"odl", "json", "xml"}) EXPECT_EQ(rows(format).empty(), !present) << format;
}

TEST(RealDocuments, of_collection_2_become_the_indexed_scenes) {
  for (const auto* format : {"odl", "json"}) {
    for (auto row : rows(format, "C2")) {
      const Scene scene = read_scene(parse_mtl(bytes_of(fixtures() / row["path"])));
      expect_as_indexed(scene, row);
      expect_corners_to_agree(scene, row);
    }
  }
}

TEST(RealDocuments, of_collection_2_in_xml_hold_the_same_facts) {
  for (auto row : rows("xml", "C2")) {
    const Scene scene = read_scene(document_from_xml(bytes_of(fixtures() / row["path"])));
    expect_as_indexed(scene, row);
    expect_corners_to_agree(scene, row);
  }
}

TEST(RealDocuments, of_other_generations_are_refused_by_name) {
  const std::map<std::string, std::string> reasons{{"C1", "a Collection 1 product"},
                                                   {"pre", "a product from before the collections"},
                                                   {"pre(legacy<2012)", "a legacy product"}};
  for (const auto* format : {"odl", "json"}) {
    for (auto row : rows(format)) {
      if (row["collection"] == "C2") continue;
      SCOPED_TRACE(row["path"]);
      try {
        read_scene(parse_mtl(bytes_of(fixtures() / row["path"])));
        ADD_FAILURE() << "read as Collection 2";
      } catch (const Problem& problem) {
        EXPECT_THAT(problem.what(), HasSubstr(reasons.at(row["collection"])));
      }
    }
  }
}

TEST(RealDocuments, of_one_product_in_text_json_and_xml_give_equal_scenes) {
  for (auto row : rows("odl", "C2")) {
    const auto path = fixtures() / row["path"];
    const Scene scene = read_scene(parse_mtl(bytes_of(path)));
    for (const auto* extension : {".json", ".xml"}) {
      auto other = path;
      other.replace_extension(extension);
      if (!std::filesystem::exists(other)) continue;
      const auto bytes = bytes_of(other);
      const bool xml = bytes.starts_with("<");
      EXPECT_EQ(read_scene(xml ? document_from_xml(bytes) : parse_mtl(bytes)), scene) << other;
    }
  }
}

}  // namespace
}  // namespace hayden::mtl
