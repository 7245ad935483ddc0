#include "crawl/list_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "fixtures.hpp"

namespace hayden::crawl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ByteStream bytes_of(std::string text, std::size_t piece = 7) {
  return [text = std::move(text), piece, at = std::size_t{0}]() mutable {
    auto part = text.substr(std::min(at, text.size()), piece);
    at += part.size();
    return part;
  };
}

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(text.size() + 1000, '\0');
  std::string in = text;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::vector<std::string> lines_of(const std::string& text, std::size_t piece = 7) {
  LineReader reader(bytes_of(text, piece), "text");
  std::vector<std::string> lines;
  while (auto line = reader.next()) lines.push_back(std::move(*line));
  return lines;
}

TEST(LineReader, reads_plain_and_gzip_text_with_any_line_ends) {
  EXPECT_THAT(lines_of("one\r\ntwo\n\nlast"), ElementsAre("one", "two", "", "last"));
  EXPECT_THAT(lines_of(gzip("one\r\ntwo\n\nlast\n")), ElementsAre("one", "two", "", "last"));
  EXPECT_THAT(lines_of(gzip("one\ntw") + gzip("o\nthree"), 3), ElementsAre("one", "two", "three"));
  EXPECT_THAT(lines_of(gzip("one\n"), 1), ElementsAre("one"));
  EXPECT_THAT(lines_of(""), IsEmpty());
}

TEST(LineReader, refuses_gzip_that_is_cut_short_or_damaged_and_lines_without_end) {
  auto packed = gzip("one\ntwo\n");
  EXPECT_THROW(lines_of(packed.substr(0, packed.size() - 4)), SourceError);
  packed[14] = static_cast<char>(~packed[14]);
  packed[15] = static_cast<char>(~packed[15]);
  EXPECT_THROW(lines_of(packed), SourceError);
  EXPECT_THROW(lines_of(std::string(2'000'000, 'x'), 65536), SourceError);
}

struct Read {
  std::string store;
  std::vector<Object> objects;
  std::vector<std::string> mistakes;
  std::size_t pages = 0;
};

Read read(const ListAddress& address, ListOpener opener) {
  ListFile list(address, std::move(opener));
  Read out;
  out.store = list.store();
  list.list(
      [&](const Page& page, MtlFilter& /*filter*/) {
        out.objects.insert(out.objects.end(), page.objects.begin(), page.objects.end());
        out.mistakes.insert(out.mistakes.end(), page.unreadable.begin(), page.unreadable.end());
        ++out.pages;
        EXPECT_FALSE(page.covers);
        return true;
      },
      {});
  return out;
}

Read read(const std::string& text, ListFormat format = ListFormat::automatic) {
  return read({format, "list"}, {[text] { return bytes_of(text, 4096); }, {}});
}

TEST(ListFile, understands_which_sources_are_lists) {
  EXPECT_EQ(parse_list_address("-").value().location, "-");
  EXPECT_EQ(parse_list_address("keys:-").value().format, ListFormat::keys);
  EXPECT_EQ(parse_list_address("scene-list:s3://b/x").value().location, "s3://b/x");
  EXPECT_EQ(parse_list_address("inventory:/a/manifest.json").value().format, ListFormat::inventory);
  for (const auto* list :
       {"s3://landsat-pds/c1/L8/scene_list.gz", "LANDSAT_OT_C2_L2.csv.gz", "a/manifest.json"})
    EXPECT_TRUE(parse_list_address(list)) << list;
  for (const auto* other :
       {"s3://bucket/prefix", "/data", "file:///data", "s3://b/x_MTL.json", "nope:x", "s3://keys:x"})
    EXPECT_FALSE(parse_list_address(other)) << other;
}

TEST(ListFile, takes_the_keys_of_a_scene_list_from_its_urls) {
  const auto old = read(
      "entityId,acquisitionDate,cloudCover,processingLevel,path,row,min_lat,min_lon,max_lat,max_lon,download_"
      "url\n"
      "LC80101172015002LGN00,2015-01-02 15:49:05.571384,80.81,L1GT,10,117,-79.0,-139.6,-77.7,-125.0,"
      "https://s3-us-west-2.amazonaws.com/landsat-pds/L8/010/117/LC80101172015002LGN00/index.html\n");
  EXPECT_EQ(old.store, "s3://landsat-pds");
  ASSERT_THAT(old.objects, SizeIs(1));
  EXPECT_EQ(old.objects[0].key, "L8/010/117/LC80101172015002LGN00/LC80101172015002LGN00_MTL.txt");
  EXPECT_EQ(old.objects[0].cloud_cover, 80.81);
  EXPECT_EQ(old.objects[0].mark, "");
}

TEST(ListFile, tells_rows_that_are_not_utf_8_and_goes_on) {
  const auto got = read(
      "SCENE_ID,PRODUCT_ID,CLOUD_COVER,BASE_URL\n"
      "x,LC08_L1TP_001002_20130101_20170101_01_T1\xE9,1,gs://b/LC08/01/001/002/a\n"
      "x,LC08_L1TP_001002_20130117_20170101_01_T1,1,gs://b/LC08/01/001/002/b\n");
  EXPECT_THAT(got.mistakes, ElementsAre(HasSubstr("line 2: it is not UTF-8.")));
  EXPECT_THAT(got.objects, SizeIs(1));
}

TEST(ListFile, reads_a_real_scene_list_plain_and_packed) {
  if (!fixtures_present()) return;
  const auto folder = fixtures() / "listings";
  const auto plain = read(read_file(folder / "landsat-pds_c1_scene_list_sample.csv"));
  const auto packed = read(read_file(folder / "landsat-pds_c1_scene_list_sample.gz"));
  EXPECT_THAT(plain.mistakes, IsEmpty());
  EXPECT_EQ(plain.objects.size(), packed.objects.size());
  ASSERT_GE(plain.objects.size(), 100U);
  EXPECT_EQ(plain.objects[0].key,
            "c1/L8/149/022/LC08_L1TP_149022_20180804_20180804_01_RT/"
            "LC08_L1TP_149022_20180804_20180804_01_RT_MTL.txt");
}

TEST(ListFile, knows_where_usgs_keeps_what_the_bulk_metadata_name) {
  const auto got = read(
      "Landsat Product Identifier L2,Landsat Product Identifier L1,WRS Path,Scene Cloud Cover L1\n"
      "LC08_L2SP_042034_20210715_20210722_02_T1,LC08_L1TP_042034_20210715_20210722_02_T1,42,10\n"
      "LT05_L2SP_042034_19990715_20210722_02_T2,x,42,\n"
      "\"LE07_L2SP_042034_20010715_20210722_02_T1\",x,42,-1\n"
      "nonsense,x,42,3\n");
  EXPECT_EQ(got.store, "s3://usgs-landsat");
  ASSERT_THAT(got.objects, SizeIs(3));
  EXPECT_EQ(got.objects[0].key,
            "collection02/level-2/standard/oli-tirs/2021/042/034/LC08_L2SP_042034_20210715_20210722_02_T1/"
            "LC08_L2SP_042034_20210715_20210722_02_T1_MTL.json");
  EXPECT_EQ(got.objects[0].cloud_cover, 10);
  EXPECT_THAT(got.objects[1].key, HasSubstr("/tm/1999/"));
  EXPECT_THAT(got.objects[2].key, HasSubstr("/etm/2001/"));
  EXPECT_EQ(got.objects[2].cloud_cover, std::nullopt);
  EXPECT_THAT(got.mistakes,
              ElementsAre(HasSubstr("list line 5: The row 'nonsense,x,42,3' names no product")));
}

TEST(ListFile, reads_real_bulk_metadata_of_before_the_collections) {
  if (!fixtures_present()) return;
  const auto got = read(read_file(fixtures() / "listings/usgs_bulk_metadata_sample_2015.csv"));
  EXPECT_THAT(got.mistakes, IsEmpty());
  ASSERT_FALSE(got.objects.empty());
  EXPECT_EQ(got.objects[0].key, "L8/156/064/LC81560642015209LGN00/LC81560642015209LGN00_MTL.txt");
}

TEST(ListFile, reads_googles_index) {
  const auto got = read(
      "SCENE_ID,PRODUCT_ID,SPACECRAFT_ID,CLOUD_COVER,BASE_URL\n"
      "LC80441172017001LGN00,LC08_L1GT_044117_20170101_20170218_01_T2,LANDSAT_8,5.5,"
      "gs://gcp-public-data-landsat/LC08/01/044/117/LC08_L1GT_044117_20170101_20170218_01_T2\n"
      "LM10010111975001AAA00,,LANDSAT_1,,gs://gcp-public-data-landsat/LM01/PRE/001/011/"
      "LM10010111975001AAA00\n");
  EXPECT_EQ(got.store, "gs://gcp-public-data-landsat");
  ASSERT_THAT(got.objects, SizeIs(2));
  EXPECT_EQ(got.objects[0].key,
            "LC08/01/044/117/LC08_L1GT_044117_20170101_20170218_01_T2/"
            "LC08_L1GT_044117_20170101_20170218_01_T2_MTL.txt");
  EXPECT_EQ(got.objects[1].key, "LM01/PRE/001/011/LM10010111975001AAA00/LM10010111975001AAA00_MTL.txt");
}

TEST(ListFile, reads_an_inventory_with_marks_and_without_deleted_versions) {
  const std::string manifest =
      R"({"sourceBucket":"scenes","destinationBucket":"arn:aws:s3:::lists","version":"2016-11-30",
    "fileFormat":"CSV","fileSchema":"Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag",
    "files":[{"key":"i/data/1.csv.gz","size":1,"MD5checksum":"x"},{"key":"i/data/2.csv.gz","size":1}]})";
  std::vector<std::string> opened;
  const auto got = read(
      {ListFormat::automatic, "m"},
      {[&] { return bytes_of(manifest); },
       [&](const std::string& key) {
         opened.push_back(key);
         return bytes_of(
             gzip(key == "i/data/1.csv.gz"
                      ? "\"scenes\",\"a/X%C3%A9+_MTL.json\",\"v\",\"true\",\"false\",\"14000\",\"t\",\"e1\"\n"
                        "\"scenes\",\"a/OLD_MTL.json\",\"v\",\"false\",\"false\",\"1\",\"t\",\"e0\"\n"
                        "\"scenes\",\"a/GONE_MTL.json\",\"v\",\"true\",\"true\",\"\",\"t\",\"\"\n"
                      : "\"scenes\",\"b/Y_MTL.json\",\"v\",\"true\",\"false\",\"15000\",\"t\",\"e2\"\n"));
       }});
  EXPECT_EQ(got.store, "s3://scenes");
  EXPECT_THAT(opened, ElementsAre("i/data/1.csv.gz", "i/data/2.csv.gz"));
  ASSERT_THAT(got.objects, SizeIs(2));
  EXPECT_EQ(got.objects[0].key, "a/Xé _MTL.json");
  EXPECT_EQ(got.objects[0].mark, "e1");
  EXPECT_EQ(got.objects[0].size, 14000U);
  EXPECT_EQ(got.objects[1].key, "b/Y_MTL.json");
}

TEST(ListFile, refuses_inventories_that_it_cannot_read) {
  for (const auto* manifest :
       {R"({"fileFormat":"Parquet","destinationBucket":"a","fileSchema":"x","files":[]})",
        R"({"fileFormat":"CSV"})", R"({"fileFormat":1})", "{", "{}"})
    EXPECT_THROW(read(manifest), SourceError) << manifest;
}

TEST(ListFile, reads_keys_and_urls_of_objects) {
  EXPECT_THAT(read("a/X_MTL.json\n# a comment\n\nb/Y_MTL.txt\n").objects, SizeIs(2));
  for (const auto* url : {"s3://bucket/a/X_MTL.json", "https://bucket.s3.amazonaws.com/a/X_MTL.json",
                          "https://bucket.s3.us-west-2.amazonaws.com/a/X_MTL.json",
                          "https://s3-us-west-2.amazonaws.com/bucket/a/X_MTL.json"}) {
    const auto got = read(url);
    EXPECT_EQ(got.store, "s3://bucket") << url;
    ASSERT_THAT(got.objects, SizeIs(1)) << url;
    EXPECT_EQ(got.objects[0].key, "a/X_MTL.json") << url;
  }
  EXPECT_EQ(read("https://storage.googleapis.com/b/a/X_MTL.json").store, "gs://b");
}

TEST(ListFile, tells_of_rows_that_are_elsewhere_or_nothing_and_goes_on) {
  const auto got = read("s3://one/a/X_MTL.json\ns3://two/a/X_MTL.json\nhttps://example.com/x\ns3://one/b\n");
  EXPECT_THAT(got.objects, SizeIs(2));
  EXPECT_THAT(got.mistakes,
              ElementsAre(HasSubstr("line 2: it is in s3://two, not in s3://one"),
                          HasSubstr("line 3: The row 'https://example.com/x' is no URL of an object")));
}

TEST(ListFile, gives_long_lists_in_pages) {
  std::string text;
  for (int i = 0; i < 2500; ++i) text += "a/" + std::to_string(i) + "_MTL.json\n";
  const auto got = read(text);
  EXPECT_EQ(got.objects.size(), 2500U);
  EXPECT_GE(got.pages, 3U);
}

TEST(ListFile, refuses_what_is_no_list_rather_than_guess) {
  for (const auto* text : {"GROUP = LANDSAT_METADATA_FILE\n", "a,b,c\n1,2,3\n", "II*"})
    EXPECT_THROW(read(text), SourceError) << text;
  EXPECT_THROW(read("a,b\n", ListFormat::scene_list), SourceError);
  EXPECT_THROW(read("a,b\n", ListFormat::gcs_index), SourceError);
  EXPECT_THROW(read("a,b\n", ListFormat::bulk_metadata), SourceError);
}

TEST(Csv, splits_quoted_fields) {
  EXPECT_THAT(split_csv(R"(a,"b,c","d ""e""",)"), ElementsAre("a", "b,c", "d \"e\"", ""));
  EXPECT_THAT(split_csv(""), ElementsAre(""));
}

}  // namespace
}  // namespace hayden::crawl
