#include "sign/sigv4.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST(Sigv4, orders_the_query_by_encoded_bytes) {
  EXPECT_EQ(canonical_query({{"b", "2"}, {"a", "z"}, {"a", "b c"}, {"A", "/"}, {"é", ""}}),
            "%C3%A9=&A=%2F&a=b%20c&a=z&b=2");
}

}  // namespace
}  // namespace hayden::sign
