#include "http/encoding.hpp"

#include <gtest/gtest.h>

#include "decode.hpp"

namespace hayden::http {
namespace {

TEST(Negotiation, prefers_zstd_then_br_then_gzip_among_equals) {
  EXPECT_EQ(negotiate("gzip, deflate, br, zstd"), Coding::zstd);
  EXPECT_EQ(negotiate("gzip, deflate, br"), Coding::br);
  EXPECT_EQ(negotiate("gzip, deflate"), Coding::gzip);
  EXPECT_EQ(negotiate("GZIP"), Coding::gzip);
  EXPECT_EQ(negotiate("x-gzip"), Coding::gzip);
}

TEST(Negotiation, follows_the_clients_weights) {
  EXPECT_EQ(negotiate("zstd;q=0.1, gzip;q=0.9, br;q=0.5"), Coding::gzip);
  EXPECT_EQ(negotiate("zstd;q=0.001, gzip ; q=0.002"), Coding::gzip);
  EXPECT_EQ(negotiate("gzip;q=0.5, identity;q=0.9"), Coding::identity);
  EXPECT_EQ(negotiate("gzip;q=0, br;q=0.0"), Coding::identity);
  EXPECT_EQ(negotiate("zstd;q=1.000, br"), Coding::zstd);
  EXPECT_EQ(negotiate("zstd;level=1;q=0.1, gzip;Q=0.2"), Coding::gzip);
  for (const auto* malformed : {"q=x", "q=", "q", "q=-1", "q=2", "q=1e-1", "q=nan", "q=0.5x"}) {
    EXPECT_EQ(negotiate("zstd;" + std::string{malformed} + ", gzip;q=0.001"), Coding::gzip) << malformed;
  }
}

TEST(Negotiation, sends_plain_bytes_when_nothing_is_asked_for) {
  EXPECT_EQ(negotiate(""), Coding::identity);
  EXPECT_EQ(negotiate("deflate, compress"), Coding::identity);
  EXPECT_EQ(negotiate(",, ;q=1,"), Coding::identity);
}

TEST(Negotiation, takes_the_wildcard_for_gzip_only) {
  EXPECT_EQ(negotiate("*"), Coding::gzip);
  EXPECT_EQ(negotiate("*;q=0.5, br;q=0.4"), Coding::gzip);
  EXPECT_EQ(negotiate("gzip;q=0, *"), Coding::identity);
}

TEST(Negotiation, falls_back_to_plain_bytes_even_when_they_are_refused) {
  EXPECT_EQ(negotiate("identity;q=0"), Coding::identity);
  EXPECT_EQ(negotiate("*;q=0"), Coding::identity);
  EXPECT_EQ(negotiate("identity;q=0, gzip;q=0.1"), Coding::gzip);
}

TEST(Compressible, knows_what_shrinks) {
  for (const auto* type : {"application/json", "application/geo+json", "application/geo+json; charset=utf-8",
                           "application/schema+json", "application/vnd.oai.openapi+json;version=3.0",
                           "application/yaml", "text/html", "text/plain; version=0.0.4"}) {
    EXPECT_TRUE(compressible(type)) << type;
  }
  for (const auto* type : {"image/png", "application/zstd", "application/octet-stream", "", "text/"}) {
    EXPECT_FALSE(compressible(type)) << type;
  }
}

class Compression : public testing::TestWithParam<Coding> {};

TEST_P(Compression, gives_back_what_went_in_however_it_was_cut) {
  std::string plain;
  for (int i = 0; i < 40'000; ++i) plain += "{\"id\":" + std::to_string(i * 7919) + "},";
  for (const std::size_t piece : {std::size_t{1000}, std::size_t{65'536}, plain.size()}) {
    const auto compressor = make_compressor(GetParam());
    std::string encoded;
    for (std::size_t at = 0; at < plain.size(); at += piece) {
      compressor->write(std::string_view(plain).substr(at, piece), false, encoded);
    }
    compressor->write("", true, encoded);
    EXPECT_LT(encoded.size(), plain.size() / 2);
    EXPECT_EQ(test::decode(coding_name(GetParam()), encoded), plain);
  }
}

TEST_P(Compression, encodes_nothing_as_an_empty_body) {
  const auto compressor = make_compressor(GetParam());
  std::string encoded;
  compressor->write("", true, encoded);
  EXPECT_EQ(test::decode(coding_name(GetParam()), encoded), "");
}

INSTANTIATE_TEST_SUITE_P(all, Compression, testing::Values(Coding::gzip, Coding::br, Coding::zstd),
                         [](const auto& tested) { return std::string(coding_name(tested.param)); });

TEST(EntityTag, becomes_weak_once) {
  EXPECT_EQ(weak_etag("\"a\""), "W/\"a\"");
  EXPECT_EQ(weak_etag("W/\"a\""), "W/\"a\"");
}

TEST(EntityTag, matches_weakly_in_lists_and_by_wildcard) {
  EXPECT_TRUE(etag_matches("\"a\"", "\"a\""));
  EXPECT_TRUE(etag_matches("W/\"a\"", "\"a\""));
  EXPECT_TRUE(etag_matches("\"a\"", "W/\"a\""));
  EXPECT_TRUE(etag_matches("\"x\" , W/\"b,c\",\"a\"", "\"a\""));
  EXPECT_TRUE(etag_matches("\"x\", W/\"b,c\"", "\"b,c\""));
  EXPECT_TRUE(etag_matches(" * ", "\"a\""));
  EXPECT_FALSE(etag_matches("\"ab\"", "\"a\""));
  EXPECT_FALSE(etag_matches("a", "\"a\""));
  EXPECT_FALSE(etag_matches("\"a", "\"a\""));
  EXPECT_FALSE(etag_matches("", "\"a\""));
}

}  // namespace
}  // namespace hayden::http
