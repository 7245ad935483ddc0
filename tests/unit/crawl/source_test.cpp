#include <gtest/gtest.h>

#include "crawl/source.hpp"

namespace hayden::crawl {
namespace {

TEST(Source, understands_buckets_with_and_without_prefix) {
  EXPECT_EQ(parse_source("s3://usgs-landsat").bucket, "usgs-landsat");
  EXPECT_EQ(parse_source("s3://usgs-landsat").prefix, "");
  const auto address = parse_source("s3://usgs-landsat/collection02/level-2/");
  EXPECT_EQ(address.bucket, "usgs-landsat");
  EXPECT_EQ(address.prefix, "collection02/level-2/");
}

TEST(Source, understands_folders_and_file_urls) {
  EXPECT_EQ(parse_source("some/folder").folder, "some/folder");
  EXPECT_EQ(parse_source("/some/folder").folder, "/some/folder");
  EXPECT_EQ(parse_source("file:///some/a%20b").folder, "/some/a b");
  EXPECT_EQ(parse_source("file://localhost/some").folder, "/some");
}

TEST(Source, refuses_what_it_cannot_crawl) {
  for (const auto* source :
       {"s3://", "s3:///key", "s3://user@host/x", "https://example.com/x", "file://host/x"}) {
    EXPECT_THROW(parse_source(source), SourceError) << source;
  }
}

TEST(Source, a_key_below_the_source_starts_behind_the_last_slash_of_the_prefix) {
  const auto below = [](const std::string& prefix, const std::string& key) {
    S3Options options;
    options.bucket = "b";
    options.prefix = prefix;
    return S3Store(options).below_source(key);
  };
  EXPECT_EQ(below("", "a/b/c"), "a/b/c");
  EXPECT_EQ(below("a/", "a/b/c"), "b/c");
  EXPECT_EQ(below("a/b", "a/b/c"), "b/c");
}

TEST(Source, refuses_endpoints_that_are_no_plain_http_urls) {
  for (const auto* endpoint :
       {"127.0.0.1:9000", "ftp://host", "http://", "http://host/path", "http://user@host"}) {
    S3Options options;
    options.bucket = "b";
    options.endpoint_url = endpoint;
    EXPECT_THROW(S3Store{options}, SourceError) << endpoint;
  }
}

}  // namespace
}  // namespace hayden::crawl
