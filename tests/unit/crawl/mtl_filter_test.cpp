#include "crawl/mtl_filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <vector>

#include "fixtures.hpp"

namespace hayden::crawl {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> chosen(const std::vector<std::string>& keys) {
  MtlFilter filter;
  std::vector<std::string> out;
  std::copy_if(keys.begin(), keys.end(), std::back_inserter(out),
               [&](const std::string& key) { return filter.accepts(key); });
  return out;
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

TEST(MtlFilter, takes_keys_with_any_characters) {
  EXPECT_THAT(chosen({"LC08_é x+00_MTL.txt"}), ElementsAre("LC08_é x+00_MTL.txt"));
}

// A CSV of the fixtures as keys: commas stand for slashes.
std::vector<std::string> keys_of(const std::filesystem::path& csv) {
  std::vector<std::string> keys;
  const std::unique_ptr<gzFile_s, decltype(&gzclose)> file(gzopen(csv.c_str(), "rb"), gzclose);
  for (std::array<char, 4096> line{}; gzgets(file.get(), line.data(), line.size()) != nullptr;) {
    std::string key{line.data()};
    std::replace(key.begin(), key.end(), ',', '/');
    keys.push_back(key.substr(0, key.find_last_not_of("\r\n") + 1));
  }
  return keys;
}

TEST(MtlFilter, finds_every_scene_of_the_real_listings_and_nothing_else) {
  std::size_t scenes = 0;
  for (const auto& csv : fixture_files("listings", ".csv.gz")) {
    std::vector<std::string> keys;
    // These buckets hold other metadata: what is expected is made of their real folders and names.
    for (const auto& key : keys_of(csv)) {
      keys.push_back(key);
      const auto stem = key.substr(0, key.find_last_of('.'));
      keys.push_back(stem + "_MTL.json");
      keys.push_back(stem + "_MTL.txt");
      ++scenes;
    }
    std::sort(keys.begin(), keys.end());
    const auto found = chosen(keys);
    EXPECT_TRUE(
        std::all_of(found.begin(), found.end(), [](const auto& key) { return key.ends_with("_MTL.json"); }));
    EXPECT_EQ(found.size() * 3, keys.size()) << csv;
  }
  if (!fixtures_present()) return;
  EXPECT_EQ(scenes, 93'978U + 179'747U);
}

}  // namespace
}  // namespace hayden::crawl
