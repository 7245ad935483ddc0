#include "sign/s3_url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sign/sigv4.hpp"

namespace hayden::sign {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> starts(const S3Bucket& bucket) {
  std::vector<std::string> all;
  for (const auto& form : url_forms(bucket)) all.push_back(form.start);
  return all;
}

TEST(S3Url, buckets_of_aws_have_a_host_of_their_own_first) {
  EXPECT_THAT(starts({.name = "b", .region = "us-west-2"}),
              ElementsAre("https://b.s3.us-west-2.amazonaws.com/", "https://b.s3-us-west-2.amazonaws.com/",
                          "https://b.s3.amazonaws.com/", "https://s3.us-west-2.amazonaws.com/b/",
                          "https://s3-us-west-2.amazonaws.com/b/", "https://s3.amazonaws.com/b/"));
}

TEST(S3Url, names_with_dots_go_into_the_path) {
  EXPECT_EQ(starts({.name = "a.b", .region = "us-west-2"}).front(),
            "https://s3.us-west-2.amazonaws.com/a.b/");
  EXPECT_EQ(starts({.name = "b", .region = "cn-north-1"}).front(),
            "https://b.s3.cn-north-1.amazonaws.com.cn/");
}

TEST(S3Url, other_endpoints_keep_scheme_and_port) {
  const S3Bucket bucket{.name = "b", .region = "r", .endpoint = "http://localhost:9000", .path_style = true};
  EXPECT_THAT(starts(bucket), ElementsAre("http://localhost:9000/b/", "http://b.localhost:9000/"));
  EXPECT_EQ(url_forms(bucket).front().host, "localhost:9000");
  EXPECT_EQ(url_forms(bucket).front().path_prefix, "/b/");
}

TEST(S3Url, keys_are_decoded_once) {
  EXPECT_EQ(object_key("a%20b%2Bc+d.TIF", false), "a b+c+d.TIF");
  EXPECT_EQ(object_key("a%20b", true), "a%20b");
  EXPECT_EQ(object_key("é//x", true), "é//x");
}

TEST(S3Url, keys_that_others_would_take_for_other_keys_are_none) {
  for (const auto* path : {"", "..", "a/../b", "./a", "a/.", "a%2fb", "a%2Fb", "%2e%2E/a", "a%5cb", "a\\b",
                           "a?b", "a#b", "a\nb", "a\x7f", "\xff"}) {
    EXPECT_FALSE(object_key(path, true)) << path;
    EXPECT_FALSE(object_key(path, false)) << path;
  }
  EXPECT_FALSE(object_key("a%zz", false));
  EXPECT_FALSE(object_key("a%0Ab", false));
  EXPECT_TRUE(object_key("..a/b..", true));
}

TEST(S3Url, plain_keys_are_those_that_need_nothing_done) {
  for (const std::string key : {"a", "a/b-c_d~e.TIF", "A0/", "a/b.c.d", "/a"}) {
    EXPECT_TRUE(is_plain_key(key)) << key;
    EXPECT_EQ(object_key(key, true), key);
    EXPECT_EQ(object_key(key, false), key);
    EXPECT_EQ(canonical_path(key), key);
  }
  for (const auto* key : {"", "a b", "a%20", "é", ".a", "a/.b", "a/..", "a+b", "a\\b"}) {
    EXPECT_FALSE(is_plain_key(key)) << key;
  }
}

TEST(S3Url, endpoints_are_scheme_host_and_port) {
  for (const auto* good : {"http://localhost:9000", "https://s3.example.org", "https://[::1]:9"}) {
    EXPECT_EQ(mistake_of_endpoint(good), "") << good;
  }
  for (const auto* bad : {"", "localhost", "ftp://x", "http://", "http://a/b", "http://u@h", "http://UPPER",
                          "http://h:80", "https://h:443", "http://h?x"}) {
    EXPECT_NE(mistake_of_endpoint(bad), "") << bad;
  }
}

}  // namespace
}  // namespace hayden::sign
