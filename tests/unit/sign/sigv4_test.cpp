#include "sign/sigv4.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace hayden::sign {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

const Credentials example{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
const Instant example_time = *parse_rfc3339("2013-05-24T00:00:00Z");

std::string value(const Pairs& headers, const std::string& name) {
  for (const auto& [key, text] : headers) {
    if (key == name) return text;
  }
  return {};
}

TEST(Sigv4, presigns_the_get_of_the_aws_documentation) {
  const Signer signer(example, "us-east-1");
  const Request request{"GET", "examplebucket.s3.amazonaws.com", "/test.txt", {}, {}};
  EXPECT_EQ(
      signer.presign_query(request, example_time, std::chrono::seconds{86400}),
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2F"
      "aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
      "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST(Sigv4, presigns_a_head_as_botocore_does) {
  const Signer signer(example, "us-east-1");
  const Request request{"HEAD", "examplebucket.s3.amazonaws.com", "/test.txt", {}, {}};
  EXPECT_THAT(signer.presign_query(request, example_time, std::chrono::seconds{86400}),
              EndsWith("&X-Amz-Signature=f9c58dec0c3cada1e6f133547c7b6b2ef9d7df87447a785ad1b23079005271e5"));
}

TEST(Sigv4, presigns_an_awkward_key_with_token_and_requester_pays_as_botocore_does) {
  const Signer signer({example.access_key_id, example.secret_access_key, "TOK/+=en"}, "us-west-2");
  const Request request{"GET",
                        "usgs-landsat.s3.us-west-2.amazonaws.com",
                        "/collection02/a b+c.TIF",
                        {{"x-amz-request-payer", "requester"}},
                        {}};
  EXPECT_EQ(canonical_path(request.path), "/collection02/a%20b%2Bc.TIF");
  EXPECT_THAT(signer.presign_query(request, example_time, std::chrono::seconds{3600}),
              EndsWith("&x-amz-request-payer=requester&X-Amz-Signature="
                       "e2b4ecfa226124f13e2a10da3584e6fc34606a1f134c85d79e63d584a66d11b3"));
}

// AWS documentation, "Signature Calculations for the Authorization Header", example "Get Bucket (List
// Objects)".
TEST(Sigv4, signs_the_list_request_of_the_aws_documentation_by_header) {
  const Signer signer(example, "us-east-1");
  const Request request{
      "GET", "examplebucket.s3.amazonaws.com", "/", {{"prefix", "J"}, {"max-keys", "2"}}, {}};
  const auto headers = signer.sign_headers(request, example_time);
  EXPECT_EQ(value(headers, "Authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=host;x-amz-content-sha256;x-amz-date,"
            "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

// AWS documentation, same chapter, example "GET Object": a further header is signed.
TEST(Sigv4, signs_further_headers) {
  const Signer signer(example, "us-east-1");
  const Request request{"GET", "examplebucket.s3.amazonaws.com", "/test.txt", {}, {{"range", "bytes=0-9"}}};
  const auto headers = signer.sign_headers(request, example_time);
  EXPECT_THAT(value(headers, "Authorization"),
              EndsWith("Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
}

TEST(Sigv4, sends_and_signs_the_session_token) {
  const Signer signer({example.access_key_id, example.secret_access_key, "a-token"}, "us-east-1");
  const auto headers = signer.sign_headers({"GET", "host", "/", {}, {}}, example_time);
  EXPECT_EQ(value(headers, "x-amz-security-token"), "a-token");
  EXPECT_THAT(value(headers, "Authorization"), HasSubstr(";x-amz-security-token,"));
}

TEST(Sigv4, makes_a_new_key_when_the_day_changes) {
  const Signer signer(example, "us-east-1");
  const Request request{"GET", "examplebucket.s3.amazonaws.com", "/test.txt", {}, {}};
  signer.presign_query(request, example_time - std::chrono::hours{24}, std::chrono::seconds{86400});
  EXPECT_THAT(signer.presign_query(request, example_time, std::chrono::seconds{86400}),
              EndsWith("aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"));
}

TEST(Sigv4, never_gives_the_secret_away) {
  const Signer signer(example, "us-east-1");
  const Request request{"GET", "host", "/", {}, {}};
  EXPECT_THAT(signer.presign_query(request, example_time, std::chrono::seconds{60}),
              Not(HasSubstr(example.secret_access_key)));
  for (const auto& [name, text] : signer.sign_headers(request, example_time)) {
    EXPECT_THAT(text, Not(HasSubstr(example.secret_access_key))) << name;
  }
}

/// The query cases of the public SigV4 suite: another service, paths normalised or not, the hash of an empty
/// body.
struct SuiteCase {
  std::string path;
  Pairs query = {}, headers = {};
  std::string signature;
  bool normalise = true;
  std::string token = {};
  std::string method = "GET";
};

const std::string unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const std::string vanilla = "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d";

const SuiteCase suite[] = {
    {.path = "/", .signature = vanilla},
    {.path = "/example/..", .signature = vanilla},
    {.path = "/example1/example2/../..", .signature = vanilla},
    {.path = "/./", .signature = vanilla},
    {.path = "//", .signature = vanilla},
    {.path = "/./example", .signature = "35034b1a0bdd969f346975386daf8aedfd4976573b8348cf4f67eaa41c5857de"},
    {.path = "//example//", .signature = "c1834e8fb0307243711f0f907f6ab7311ed300d87f13792d7ee4da89ab93e082"},
    {.path = "//example//",
     .signature = "822a5a9ba28072c5ab2bb4a6307d0c88276d40e49fec6b724c03fb4d4ba60fc2",
     .normalise = false},
    {.path = "/example1/example2/../..",
     .signature = "b45db0bfd1cf15003493b733e33aa208dd981bd0e63037a6ed953f71d2118a16",
     .normalise = false},
    {.path = "/./",
     .signature = "a9b13e8f3484d9505bf1a6f347219f8f35b0fe8f128ceea597efc146a3dfe90c",
     .normalise = false},
    {.path = "/example space/",
     .signature = "7a1f416954786484c9824d93c1f26ef64acb9b1b6c9154d08c9f07d0e394abf6"},
    {.path = "/\u1234", .signature = "10eae3f14a260bd3911cc6d008d3c576d143b05b62f09782a7a4b37f52178e44"},
    {.path = "/" + unreserved,
     .signature = "95968482db1b9e0fadef6efc1bd24689f77c77d9ef56919c96a28cc92e0d6005"},
    {.path = "/",
     .query = {{"Param1", "value1"}},
     .signature = "49096700cbbaa5753443850f40df10f904fc2fdb544dc9512203cc77c471a9de"},
    {.path = "/",
     .query = {{"Param2", "value2"}, {"Param1", "value1"}},
     .signature = "86012e2c9ad4d77369f5d81c11f75158aae4f895a085212cc6d3f923d300bed5"},
    {.path = "/",
     .query = {{"Param-3", "Value3"}, {"Param", "Value2"}, {"\u1234", "Value1"}},
     .signature = "c5f1848ceec943ac2ca68ee720460c23aaae30a2300586597ada94c4a65e4787"},
    {.path = "/",
     .query = {{"\u1234", "bar"}},
     .signature = "0bdd809b1519ac4f0c1dc3540e2cc46bd0c7f778eda408b2ebf3b913d21ff600"},
    {.path = "/",
     .query = {{unreserved, unreserved}},
     .signature = "8e76a88a7433637b12778d5592799b29ad21ecd6cf6325051c21d86f0acda2bf"},
    {.path = "/",
     .headers = {{"My-Header1", " value1"}, {"My-Header2", R"( "a   b   c")"}},
     .signature = "e7bb0fd515e125e1aec2ecc4c0c17484fb06f6846b927c35e46005dd3df3acd4"},
    {.path = "/",
     .headers = {{"My-Header1", "value4"},
                 {"My-Header1", "value1"},
                 {"My-Header1", "value3"},
                 {"My-Header1", "value2"}},
     .signature = "313720e71ca6202fdcfa9b20f88de01a4eb0638a83c833b1c184359a4eda864e"},
    {.path = "/",
     .signature = "7ff2b50b376cb4d151970630573d6291dc128cc5c2a12ffb237f73cc53f67b6c",
     .token = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"},
};

TEST(Sigv4, gives_the_signatures_of_the_public_suite) {
  const auto time = *parse_rfc3339("2015-08-30T12:36:00Z");
  for (const auto& one : suite) {
    const Signer signer({"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", one.token}, "us-east-1",
                        {.service = "service",
                         .normalise_path = one.normalise,
                         .presigned_payload_hash = std::string{empty_payload_hash}});
    const auto query =
        signer.presign_query({one.method, "example.amazonaws.com", one.path, one.query, one.headers}, time,
                             std::chrono::seconds{3600});
    EXPECT_THAT(query, EndsWith("&X-Amz-Signature=" + one.signature)) << one.path << " " << query;
  }
}

std::string random_text(std::mt19937& random, std::size_t most, std::string_view alphabet) {
  std::string out(std::uniform_int_distribution<std::size_t>(1, most)(random), ' ');
  for (char& c : out)
    c = alphabet[std::uniform_int_distribution<std::size_t>(0, alphabet.size() - 1)(random)];
  return out;
}

TEST(Presigner, agrees_with_the_signer_of_single_requests) {
  constexpr std::string_view alphabet = "abcXYZ019-._~/ +%&=?#\"\\\xc3\xa9";
  std::mt19937 random{7};
  SigningKeys keys;
  for (int round = 0; round < 2000; ++round) {
    const Credentials credentials{random_text(random, 20, "ABC123"), random_text(random, 90, alphabet),
                                  round % 2 == 0 ? "" : random_text(random, 900, alphabet)};
    const auto path = "/" + random_text(random, 300, alphabet);
    PresignTerms terms;
    terms.method = round % 3 == 0 ? "HEAD" : "GET";
    terms.host = random_text(random, 70, "abc.-:12");
    terms.region = random_text(random, 15, "abc-12");
    terms.request_payer = round % 5 == 0;
    terms.time = example_time + std::chrono::seconds{random() % 1'000'000'000};
    terms.lifetime = std::chrono::seconds{1 + random() % 604'800};
    Request request{terms.method, terms.host, path, {}, {}};
    if (terms.request_payer) request.query.emplace_back("x-amz-request-payer", "requester");
    std::string query = "?";
    Presigner(credentials, terms, keys).append_query(query, canonical_path(path));
    ASSERT_EQ(query,
              "?" + Signer(credentials, terms.region).presign_query(request, terms.time, terms.lifetime))
        << round;
  }
}

TEST(Presigner, one_serves_many_paths) {
  SigningKeys keys;
  PresignTerms terms;
  terms.host = "examplebucket.s3.amazonaws.com";
  terms.region = "us-east-1";
  terms.time = example_time;
  terms.lifetime = std::chrono::seconds{86400};
  Presigner presigner(example, terms, keys);
  std::string other, query;
  presigner.append_query(other, "/other.txt");
  presigner.append_query(query, "/test.txt");
  EXPECT_THAT(query, EndsWith("aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"));
  EXPECT_NE(other, query);
}

TEST(Presigner, goes_on_from_any_common_beginning) {
  std::mt19937 random{11};
  SigningKeys keys;
  for (const auto* method : {"GET", "HEAD"}) {
    PresignTerms terms;
    terms.method = method;
    terms.host = "h";
    terms.region = "r";
    terms.time = example_time;
    terms.lifetime = std::chrono::seconds{60};
    Presigner presigner(example, terms, keys);
    const Signer signer(example, "r");
    std::string path = "/";
    for (int round = 0; round < 2000; ++round) {
      path.resize(1 + random() % path.size());
      path += random_text(random, 1 + random() % 150, "ab");
      std::string query;
      presigner.append_query(query, path);
      ASSERT_EQ(query, signer.presign_query({method, "h", path, {}, {}}, terms.time, terms.lifetime)) << path;
    }
  }
}

TEST(SigningKeys, a_key_is_derived_once) {
  SigningKeys keys;
  const auto first = keys.key("secret", "20130524", "us-east-1", "s3");
  EXPECT_EQ(keys.key("secret", "20130524", "us-east-1", "s3"), first);
  EXPECT_NE(keys.key("secret", "20130525", "us-east-1", "s3"), first);
  EXPECT_NE(keys.key("secret", "20130524", "us-west-2", "s3"), first);
  EXPECT_NE(keys.key("secret", "20130524", "us-east-1", "sqs"), first);
  EXPECT_NE(keys.key("another", "20130524", "us-east-1", "s3"), first);
}

TEST(AllowedLifetime, is_the_shortest_of_request_policy_week_and_credentials) {
  using std::chrono::seconds;
  const Credentials lasting{"a", "s", ""};
  Credentials passing = lasting;
  passing.expires = example_time + seconds{90} + std::chrono::milliseconds{500};
  EXPECT_EQ(allowed_lifetime(seconds{60}, seconds{3600}, lasting, example_time), seconds{60});
  EXPECT_EQ(allowed_lifetime(seconds{7200}, seconds{3600}, lasting, example_time), seconds{3600});
  EXPECT_EQ(allowed_lifetime(seconds{9'000'000}, seconds{9'000'000}, lasting, example_time),
            seconds{604'800});
  EXPECT_EQ(allowed_lifetime(seconds{3600}, seconds{3600}, passing, example_time), seconds{90});
  EXPECT_FALSE(allowed_lifetime(seconds{3600}, seconds{3600}, passing, example_time + seconds{90}));
  EXPECT_FALSE(allowed_lifetime(seconds{0}, seconds{3600}, lasting, example_time));
}

TEST(Sigv4, orders_the_query_by_encoded_bytes) {
  EXPECT_EQ(canonical_query({{"b", "2"}, {"a", "z"}, {"a", "b c"}, {"A", "/"}, {"é", ""}}),
            "%C3%A9=&A=%2F&a=b%20c&a=z&b=2");
}

}  // namespace
}  // namespace hayden::sign
