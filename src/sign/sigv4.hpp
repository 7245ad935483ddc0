#pragma once
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/percent.hpp"
#include "core/time.hpp"
#include "sign/credentials.hpp"

namespace hayden::sign {

/// A request to sign. Nothing in it is percent-encoded: signing encodes path and query exactly once, as S3
/// wants it (no normalisation of `.`, `..` and `//`).
struct Request {
  std::string method = "GET";
  std::string host;  ///< as the Host header has it: with the port unless it is the scheme's own
  std::string path;  ///< begins with `/`
  Pairs query;
  Pairs headers;  ///< to be signed besides Host; names in lower case
};

/// AWS Signature Version 4 (docs.aws.amazon.com, "Signature Version 4 signing process") for requests without
/// a body. Pure but for a cache of the signing key, which depends only on secret, day, region and service.
/// Safe to share between threads.
class Signer {
 public:
  Signer(Credentials credentials, std::string region, std::string service = "s3");

  /// The headers to send besides `request.headers`: Authorization, x-amz-content-sha256, x-amz-date and, with
  /// temporary credentials, x-amz-security-token. The query must be sent as canonical_query() writes it.
  Pairs sign_headers(const Request& request, Instant now) const;

  /// The query string of a presigned URL, signature last. Valid for `lifetime`, which S3 allows up to 604,800
  /// s.
  std::string presign_query(const Request& request, Instant now, std::chrono::seconds lifetime) const;

 private:
  struct Stamp {
    std::string time;   ///< 20130524T000000Z
    std::string scope;  ///< 20130524/us-east-1/s3/aws4_request
  };
  Stamp stamp(Instant now) const;
  std::string signature(const std::string& canonical_request, const Stamp& stamp) const;
  std::string signing_key(std::string_view day) const;

  Credentials credentials_;
  std::string region_, service_;
  mutable std::mutex mutex_;
  mutable std::string cached_day_, cached_key_;
};

/// Encoded and in the byte order that the signature covers.
std::string canonical_query(const Pairs& query);
/// The path, each segment encoded once.
std::string canonical_path(std::string_view path);

}  // namespace hayden::sign
