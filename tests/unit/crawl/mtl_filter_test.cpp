#include "crawl/mtl_filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <set>
#include <vector>

#include "fixtures.hpp"

namespace hayden::crawl {
namespace {

using ::testing::ElementsAre;

std::vector<Object> objects(const std::vector<std::string>& keys) {
  std::vector<Object> out;
  out.reserve(keys.size());
  for (const auto& key : keys) out.push_back({key, {}, 0, {}});
  return out;
}

std::vector<std::string> keys_of(const std::vector<Object>& chosen) {
  std::vector<std::string> keys;
  keys.reserve(chosen.size());
  for (const auto& object : chosen) keys.push_back(object.key);
  return keys;
}

std::vector<std::string> chosen(const std::vector<std::string>& keys) {
  return keys_of(MtlFilter{}.choose(objects(keys)));
}

TEST(MtlFilter, takes_json_rather_than_text_of_the_same_scene) {
  EXPECT_THAT(chosen({"a/LC08_A/LC08_A_ANG.txt", "a/LC08_A/LC08_A_MTL.json", "a/LC08_A/LC08_A_MTL.txt",
                      "a/LC08_A/LC08_A_MTL.xml", "a/LC08_B/LC08_B_MTL.txt", "a/LC08_B/LC08_B_SR_B1.TIF"}),
              ElementsAre("a/LC08_A/LC08_A_MTL.json", "a/LC08_B/LC08_B_MTL.txt"));
}

TEST(MtlFilter, keeps_the_same_file_name_in_two_folders_apart) {
  EXPECT_THAT(chosen({"a/X_MTL.json", "b/X_MTL.txt"}), ElementsAre("a/X_MTL.json", "b/X_MTL.txt"));
}

TEST(MtlFilter, passes_over_a_key_that_a_server_lists_twice) {
  EXPECT_THAT(chosen({"a/X_MTL.txt", "a/X_MTL.txt"}), ElementsAre("a/X_MTL.txt"));
}

TEST(MtlFilter, passes_over_what_only_looks_like_an_mtl) {
  EXPECT_THAT(chosen({"MTL.txt", "_MTL.txt", "a/_MTL.json", "a/X_MTL.txt/", "a/X_MTL.TIF", "a/X_MTL.txt.gz",
                      "a/X_mtl.txt", ""}),
              ElementsAre());
}

TEST(MtlFilter, takes_one_object_of_a_scene_whose_keys_lie_on_two_pages_in_any_order) {
  MtlFilter filter;
  EXPECT_THAT(keys_of(filter.choose(objects({"b/Y_MTL.txt", "a/X_MTL.json"}))),
              ElementsAre("a/X_MTL.json", "b/Y_MTL.txt"));
  EXPECT_THAT(keys_of(filter.choose(objects({"b/Y_MTL.json", "a/X_MTL.txt", "c/Z_MTL.xml"}))),
              ElementsAre("c/Z_MTL.xml"));
}

TEST(MtlFilter, remembers_the_scene_that_an_interrupted_listing_ended_with) {
  MtlFilter filter;
  filter.begin_behind("a/X_MTL.json");
  EXPECT_THAT(filter.choose(objects({"a/X_MTL.txt"})), ElementsAre());
}

TEST(MtlFilter, takes_the_xml_of_espa_and_ard_products_rather_than_the_mtl_beside_it) {
  EXPECT_THAT(
      chosen({"LC08_L1TP_046028_20180105_20180118_01_A1/LC08_L1TP_046028_20180105_20180118_01_A1.xml",
              "LC08_L1TP_046028_20180105_20180118_01_A1/LC08_L1TP_046028_20180105_20180118_01_A1_MTL.txt",
              "x/LC08_CU_027009_20130701_20181123_C01_V01.xml", "x/LC80460282018005LGN00.xml"}),
      ElementsAre("LC08_L1TP_046028_20180105_20180118_01_A1/LC08_L1TP_046028_20180105_20180118_01_A1.xml",
                  "x/LC08_CU_027009_20130701_20181123_C01_V01.xml", "x/LC80460282018005LGN00.xml"));
  EXPECT_THAT(chosen({"a/LC08_L1TP_046028_20180105_20180118_01_A1_solar_azimuth_band4.xml", "a/catalog.xml",
                      "a/LC08_L1TP_046028_20180105_20180118_01_A1.tif.aux.xml"}),
              ElementsAre());
}

TEST(MtlFilter, takes_keys_with_any_characters) {
  EXPECT_THAT(chosen({"LC08_é x+00_MTL.txt"}), ElementsAre("LC08_é x+00_MTL.txt"));
}

// A CSV of the fixtures as keys: commas stand for slashes.
std::vector<std::string> keys_in(const std::filesystem::path& csv) {
  std::vector<std::string> keys;
  const std::unique_ptr<gzFile_s, decltype(&gzclose)> file(gzopen(csv.c_str(), "rb"), gzclose);
  for (std::array<char, 4096> line{}; gzgets(file.get(), line.data(), line.size()) != nullptr;) {
    std::string key{line.data()};
    std::replace(key.begin(), key.end(), ',', '/');
    keys.push_back(key.substr(0, key.find_last_not_of("\r\n") + 1));
  }
  return keys;
}

TEST(MtlFilter, finds_every_scene_of_a_real_bucket_by_its_real_keys) {
  std::size_t scenes = 0, of_046028 = 0;
  for (const auto& csv : fixture_files("listings/dev-usgs-landsat", ".csv.gz")) {
    const auto keys = keys_in(csv);
    const auto found = chosen(keys);
    EXPECT_EQ(found.size(), std::set<std::string>(keys.begin(), keys.end()).size()) << csv;
    scenes += keys.size();
    of_046028 += static_cast<std::size_t>(std::count_if(
        found.begin(), found.end(), [](const auto& key) { return key.find("/046/028/") != key.npos; }));
  }
  if (!fixtures_present()) return;
  EXPECT_EQ(scenes, 93'978U);
  EXPECT_EQ(of_046028, 148U);
}

TEST(MtlFilter, finds_every_scene_of_a_real_layout_with_mtl_files) {
  for (const auto& csv : fixture_files("listings/deafrica-usgs-c2-data", ".csv.gz")) {
    std::vector<std::string> keys;
    // The bucket holds other metadata: what is expected is made of its real folders and names.
    for (const auto& key : keys_in(csv)) {
      const auto stem = key.substr(0, key.find_last_of('.'));
      for (const auto* ending : {".odc-metadata.yaml", "_MTL.json", "_MTL.txt"})
        keys.push_back(stem + ending);
    }
    const auto found = chosen(keys);
    EXPECT_TRUE(
        std::all_of(found.begin(), found.end(), [](const auto& key) { return key.ends_with("_MTL.json"); }));
    EXPECT_EQ(found.size() * 3, keys.size()) << csv;
  }
}

}  // namespace
}  // namespace hayden::crawl
