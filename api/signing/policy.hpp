#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"

namespace hayden::api {

/// What the hrefs of a collection's assets are when nobody asks for signed ones.
enum class HrefOutput {
  original,   ///< as they are stored
  redirect,   ///< links of this service that lead to signed URLs; the stored ones become `alternate.s3`
  alternate,  ///< as they are stored; the links of this service are `alternate.https`
};

/// How many signatures a caller may have; nothing: any number.
struct SigningLimits {
  std::optional<std::int64_t> per_minute, per_day;
};

/// Where the keys for a bucket come from.
struct KeySource {
  std::string profile;  ///< of the AWS files
  /// Names of environment variables that hold keys; empty: as the AWS tools find them.
  std::string access_key_id_variable, secret_access_key_variable, session_token_variable;

  std::string name()
      const;  ///< for people: `profile usgs`, `the environment variables A and B`, `the default chain`
  bool operator==(const KeySource&) const = default;
};

/// One bucket whose objects may be signed for.
struct BucketPolicy {
  std::string bucket;
  std::vector<std::string> prefixes{""};  ///< of keys; each empty or with `/` at its end
  std::string region;                     ///< empty: looked up
  std::string endpoint;                   ///< empty: AWS
  bool path_style = false;
  bool requester_pays = false;
  KeySource keys;
  std::chrono::seconds max_expiry{0};
  std::string role;        ///< the least one that may have URLs of it
  bool anonymous = false;  ///< callers without a token may, too, if they have the role
};

/// What an operator allows to be signed, and for whom (docs/signing.md).
struct SigningPolicy {
  std::chrono::seconds expiry{3'600};  ///< of those who ask for none
  std::chrono::seconds reread{60};     ///< between two readings of files with keys
  SigningLimits limits, anonymous_limits;
  std::vector<BucketPolicy> buckets;
  HrefOutput output = HrefOutput::original;
  std::map<std::string, HrefOutput> collections;  ///< those that differ

  HrefOutput output_of(const std::string& collection) const;
};

/// Throws Problem(400) that names every mistake by its path in the document.
SigningPolicy read_signing_policy(const Json& document);

/// From a file in YAML or JSON. Throws the same, and std::runtime_error when it cannot be read.
SigningPolicy load_signing_policy(const std::string& path);

/// `3600`, `90m`, `12h` or `7d`. Nothing when it is none of these.
std::optional<std::chrono::seconds> parse_period(std::string_view text);

}  // namespace hayden::api
