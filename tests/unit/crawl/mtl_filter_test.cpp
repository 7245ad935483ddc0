#include "crawl/listing.hpp"

#include <fmt/format.h>
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

// As the last page of a run of keys, or as another of an ordered listing.
Page page_of(const std::vector<std::string>& keys) {
  Page page;
  page.objects = objects(keys);
  page.last = true;
  return page;
}
Page page_of(const std::vector<std::string>& keys, const std::string& after, const std::string& until,
             bool last) {
  auto page = page_of(keys);
  page.covers = {after, until};
  page.last = last;
  return page;
}

std::vector<std::string> keys_of(const std::vector<ListedScene>& chosen) {
  std::vector<std::string> keys;
  keys.reserve(chosen.size());
  for (const auto& scene : chosen) keys.push_back(scene.metadata.key);
  return keys;
}

std::vector<std::string> chosen_from(MtlFilter& filter, Page page) { return keys_of(filter.choose(page)); }

std::vector<std::string> chosen(const std::vector<std::string>& keys) {
  MtlFilter filter;
  return chosen_from(filter, page_of(keys));
}

const std::string product = "LC08_L2SP_046028_20200904_20200906_02_T1";
const std::string other_product = "LC08_L2SP_046028_20200920_20201006_02_T1";

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
  EXPECT_THAT(
      chosen({"MTL.txt", "_MTL.txt", "a/_MTL.json", "a/X_MTL.txt/", "a/X_MTL.TIF", "a/X_MTL.txt.gz", ""}),
      ElementsAre());
}

TEST(MtlFilter, takes_one_object_of_a_scene_whose_keys_lie_on_two_pages_in_any_order) {
  MtlFilter filter;
  EXPECT_THAT(chosen_from(filter, page_of({"b/Y_MTL.txt", "a/X_MTL.json"})),
              ElementsAre("a/X_MTL.json", "b/Y_MTL.txt"));
  EXPECT_THAT(chosen_from(filter, page_of({"b/Y_MTL.json", "a/X_MTL.txt", "c/Z_MTL.xml"})),
              ElementsAre("c/Z_MTL.xml"));
}

// The keys of two whole scenes, in order, one of them with a folder in its folder.
std::vector<std::string> keys_of_two_scenes() {
  std::vector<std::string> keys{"a/readme.txt"};
  for (const auto& name : {product, other_product}) {
    const auto file = fmt::format("a/{0}/{0}", name);
    for (const auto* ending : {"_ANG.txt", "_B1.TIF", "_MTL.json", "_MTL.txt", "_SR_stac.json"})
      keys.push_back(file + ending);
  }
  keys.push_back("a/" + product + "/gap_mask/x.tif");
  keys.push_back("a/" + product + "/z.tif");
  std::sort(keys.begin(), keys.end());
  return keys;
}

TEST(MtlFilter, gives_the_same_scenes_wherever_pages_end) {
  const auto keys = keys_of_two_scenes();
  std::set<std::string> seen;
  for (std::size_t first = 0; first <= keys.size(); ++first) {
    for (std::size_t second = first; second <= keys.size(); ++second) {
      MtlFilter filter;
      std::string after;
      std::string text;
      const std::array<std::size_t, 4> ends{0, first, second, keys.size()};
      for (std::size_t i = 0; i < 3; ++i) {
        const std::vector<std::string> some(keys.begin() + static_cast<std::ptrdiff_t>(ends[i]),
                                            keys.begin() + static_cast<std::ptrdiff_t>(ends[i + 1]));
        const bool last = i == 2;
        const auto until = last ? end_of_prefix("a/") : some.empty() ? after : some.back();
        auto page = page_of(some, std::exchange(after, until), until, last);
        for (const auto& scene : filter.choose(page)) {
          text += scene.metadata.key + (scene.whole ? " whole " : " ") + scene.mark();
          for (const auto& object : scene.beside) text += " " + object.key;
        }
      }
      seen.insert(text);
    }
  }
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_THAT(*seen.begin(), ::testing::HasSubstr("a/" + product + "/z.tif"));
  EXPECT_THAT(*seen.begin(), ::testing::Not(::testing::HasSubstr("gap_mask")));
}

TEST(MtlFilter, a_listing_that_is_gone_on_with_behind_what_is_settled_gives_every_scene) {
  const auto keys = keys_of_two_scenes();
  const auto all = chosen(keys);
  for (std::size_t end = 0; end <= keys.size(); ++end) {
    const auto cut = keys.begin() + static_cast<std::ptrdiff_t>(end);
    MtlFilter before, behind;
    auto page = page_of({keys.begin(), cut}, "", end > 0 ? keys[end - 1] : "", false);
    auto found = chosen_from(before, std::move(page));
    const auto from = std::upper_bound(keys.begin(), keys.end(), before.settled().value_or(""));
    EXPECT_LE(from, cut);
    for (auto& key : chosen_from(behind, page_of({from, keys.end()}))) found.push_back(std::move(key));
    EXPECT_EQ(found, all) << end;
  }
}

TEST(MtlFilter, knows_what_lies_beside_a_scene_only_where_all_of_it_was_listed) {
  const auto file = "a/" + product + "/" + product;
  const std::vector<std::string> keys{file + "_ANG.txt", file + "_MTL.json", file + "_SR_B1.TIF"};
  const auto is_whole = [&](const Page& page) {
    MtlFilter filter;
    auto copy = page;
    return filter.choose(copy).at(0).whole;
  };
  EXPECT_TRUE(is_whole(page_of(keys, "", end_of_prefix(""), true)));
  EXPECT_TRUE(
      is_whole(page_of(keys, before_prefix("a/" + product + "/"), end_of_prefix("a/" + product), true)));
  EXPECT_FALSE(is_whole(page_of(keys, before_prefix(file + "_"), end_of_prefix(file + "_"), true)));
  EXPECT_FALSE(is_whole(page_of(keys, file + "_AAA.txt", end_of_prefix(""), true)));
  EXPECT_FALSE(is_whole(page_of(keys))) << "a list, or a listing without an order";
}

TEST(MtlFilter, the_mark_of_a_scene_changes_with_what_lies_beside_it) {
  const auto file = "a/" + product + "/" + product;
  const auto mark_with = [&](const Object& object) {
    auto page = page_of({file + "_MTL.json"}, "", end_of_prefix(""), true);
    page.objects.front().mark = "e-1";
    page.objects.push_back(object);
    MtlFilter filter;
    return filter.choose(page).at(0).mark();
  };
  const auto mark = mark_with({file + "_SR_B1.TIF", "e", 7, {}});
  EXPECT_EQ(metadata_mark(mark), "e-1");
  EXPECT_NE(mark_with({file + "_SR_B1.TIF", "e", 8, {}}), mark);
  EXPECT_EQ(mark_with({file + "_SR_B1.TIF", "f", 7, {}}), mark) << "the Item is the same";
  EXPECT_NE(mark_with({file + "_ANG.txt", "e", 7, {}}), mark_with({file + "_ANG.txt", "f", 7, {}}));
  EXPECT_EQ(mark_with({"b/else.txt", "e", 7, {}}), "e-1");
  EXPECT_EQ(metadata_mark("e-1"), "e-1");
  EXPECT_EQ(metadata_mark(""), "");
}

TEST(MtlFilter, a_folder_of_very_many_files_is_not_remembered_but_its_scenes_are) {
  MtlFilter filter;
  const auto folder = "a/" + product + "/";
  for (int page_number = 0; page_number < 10; ++page_number) {
    std::vector<std::string> keys(1000);
    for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = fmt::format("{}f{}{:03}", folder, page_number, i);
    EXPECT_THAT(chosen_from(filter, page_of(keys, "", keys.back(), false)), ElementsAre());
  }
  EXPECT_THAT(chosen_from(filter, page_of({folder + "z_MTL.txt"}, folder, end_of_prefix(""), true)),
              ElementsAre(folder + "z_MTL.txt"));
}

TEST(scene_prefix, is_the_folder_of_a_product_or_the_name_that_its_files_share) {
  EXPECT_EQ(scene_prefix("x/" + product + "/sub/file.tif"), "x/" + product + "/");
  EXPECT_EQ(scene_prefix("x/" + product + "_SR_B1.TIF"), "x/" + product);
  EXPECT_EQ(scene_prefix("x/LC80460282018005LGN00_B1.TIF"), "x/LC80460282018005LGN00");
  EXPECT_EQ(scene_prefix("x/LC80460282018005_B1.TIF"), "x/LC80460282018005");
  EXPECT_EQ(scene_prefix("LC08_CU_027009_20130701_20181123_C01_V01.xml"),
            "LC08_CU_027009_20130701_20181123_C01_V01");
  EXPECT_EQ(scene_prefix("LC08_CU_027009_20130701_20210504_02/a"), "LC08_CU_027009_20130701_20210504_02/");
  EXPECT_EQ(scene_prefix("x/L71090081_08120090415_MTL.txt"), "x/L71090081_08120090415");
  EXPECT_EQ(scene_prefix("x/_y"), "x/_y");
  EXPECT_EQ(scene_prefix(""), "");
  EXPECT_TRUE(belongs_to_scene("x/" + product + "/sub/"));
  EXPECT_TRUE(belongs_to_scene("x/" + product + "/"));
  EXPECT_FALSE(belongs_to_scene("x/"));
  EXPECT_FALSE(belongs_to_scene("x/y_z/"));
  EXPECT_FALSE(belongs_to_scene(""));
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

TEST(MtlFilter, takes_endings_in_any_case) {
  EXPECT_THAT(chosen({"a/X_MTL.TXT", "a/X_mtl.json", "b/Y_MTL.TXT"}),
              ElementsAre("a/X_mtl.json", "b/Y_MTL.TXT"));
}

TEST(MtlFilter, takes_tiles_of_collection_2_too_to_say_why_they_are_refused) {
  EXPECT_THAT(
      chosen({"a/LC08_CU_027009_20130701_20210504_02.xml", "a/LC08_CU_027009_20130701_20210504_02_SR.xml"}),
      ElementsAre("a/LC08_CU_027009_20130701_20210504_02.xml"));
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
