#pragma once
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/percent.hpp"
#include "core/time.hpp"
#include "sign/credentials.hpp"

/// AWS Signature Version 4 (docs.aws.amazon.com, "Signature Version 4 signing process") for requests without
/// a body. Pure: time and keys are given.
namespace hayden::sign {

/// A request to sign. Nothing in it is percent-encoded: signing encodes path and query exactly once.
struct Request {
  std::string method = "GET";
  std::string host;  ///< as the Host header has it: with the port unless it is the scheme's own
  std::string path;  ///< begins with `/`
  Pairs query;
  Pairs headers;  ///< to be signed besides Host; of one name, their values are joined in their order
};

/// What services do differently. The defaults are those of S3.
struct SigningRules {
  std::string service = "s3";
  bool normalise_path = false;  ///< take `.`, `..` and `//` out of the path (RFC 3986 §6), as all but S3 do
  std::string presigned_payload_hash = "UNSIGNED-PAYLOAD";  ///< of presigned requests
};

/// SHA-256 of nothing: the payload hash of requests without a body.
inline constexpr std::string_view empty_payload_hash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The longest that S3 lets a presigned URL live: a week.
inline constexpr std::chrono::seconds longest_lifetime{604'800};

/// How long a URL signed at `now` may live: what is asked for, but not beyond `most`, S3's week, and the end
/// of the credentials. Nothing when less than a second is left.
std::optional<std::chrono::seconds> allowed_lifetime(std::chrono::seconds asked, std::chrono::seconds most,
                                                     const Credentials& credentials, Instant now);

class SigningKey;  ///< depends on secret, day, region and service only

/// Keeps the signing keys of the last days and regions. Safe to share between threads.
class SigningKeys {
 public:
  std::shared_ptr<const SigningKey> key(const std::string& secret, std::string_view day,
                                        const std::string& region, const std::string& service);

 private:
  struct Kept {
    std::string secret, day, region, service;
    std::shared_ptr<const SigningKey> key;
  };
  static constexpr std::size_t most_kept = 64;
  std::mutex mutex_;
  std::vector<Kept> kept_;  ///< oldest first
};

/// Signs single requests with the keys of one account. Safe to share between threads.
class Signer {
 public:
  Signer(Credentials credentials, std::string region, SigningRules rules = {});

  /// The headers to send besides `request.headers`: Authorization, x-amz-content-sha256, x-amz-date and, with
  /// temporary credentials, x-amz-security-token. The query must be sent as canonical_query() writes it.
  Pairs sign_headers(const Request& request, Instant now) const;

  /// The query string of a presigned URL, signature last. Valid for `lifetime`; see allowed_lifetime().
  std::string presign_query(const Request& request, Instant now, std::chrono::seconds lifetime) const;

 private:
  std::string signature(const std::string& canonical_request, const std::string& time) const;
  std::string scope(std::string_view time) const;
  std::string canonical_request(const Request& request, const std::string& query, const Pairs& headers,
                                std::string_view payload_hash) const;

  Credentials credentials_;
  std::string region_;
  SigningRules rules_;
  mutable SigningKeys keys_;
};

/// What many presigned URLs of one bucket have in common.
struct PresignTerms {
  std::string method = "GET";
  std::string host;  ///< as the Host header has it
  std::string region;
  bool request_payer = false;  ///< adds the signed query parameter x-amz-request-payer=requester
  Instant time;                ///< of signing; whole seconds
  std::chrono::seconds lifetime{0};
};

/// Presigns many S3 URLs that differ in their path alone: what they share is made once, the hash of what a
/// path has in common with the one before is gone on from, and the rest costs one SHA-256 and one HMAC. The
/// result is byte for byte that of Signer::presign_query(). Not to be shared between threads.
class Presigner {
 public:
  Presigner(const Credentials& credentials, PresignTerms terms, SigningKeys& keys);
  Presigner(Presigner&&) noexcept;
  Presigner& operator=(Presigner&&) noexcept;
  Presigner(const Presigner&) = delete;
  Presigner& operator=(const Presigner&) = delete;
  ~Presigner();

  /// Appends the query, without `?`, for a path that is encoded as canonical_path() does it.
  void append_query(std::string& out, std::string_view encoded_path);
  const PresignTerms& terms() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Encoded and in the byte order that the signature covers.
std::string canonical_query(const Pairs& query);
/// The path, each segment encoded once.
std::string canonical_path(std::string_view path);

}  // namespace hayden::sign
