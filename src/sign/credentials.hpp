#pragma once
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>

#include "core/percent.hpp"
#include "core/time.hpp"

namespace hayden::sign {

/// Keys of an S3 account. Never written to a log or an error.
struct Credentials {
  std::string access_key_id, secret_access_key;
  std::string session_token;            ///< empty for long-lived keys
  std::optional<Instant> expires = {};  ///< none for long-lived keys

  bool operator==(const Credentials&) const = default;
};

/// How a service of the machine or of AWS is asked: method, URL, headers, time to wait. Nothing when it does
/// not answer.
struct ServiceReply {
  int status = 0;
  std::string body;
  std::string bucket_region = {};  ///< x-amz-bucket-region, of S3
};
using AskService =
    std::function<std::optional<ServiceReply>(const std::string& method, const std::string& url,
                                              const Pairs& headers, std::chrono::milliseconds patience)>;

/// What the AWS environment variables, files and services say, by the rules the AWS command line has.
struct AwsSettings {
  std::optional<Credentials> credentials;
  std::function<Credentials()> renew;  ///< fetches them again; empty for keys that do not expire
  std::optional<std::string> region;
};

/// A profile or service that does not exist or holds no keys; the text is one sentence for the user.
class CredentialsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Looks up an environment variable; nothing when it is unset.
using Environment = std::function<std::optional<std::string>(const char* name)>;
std::optional<std::string> process_environment(const char* name);

/// Keys: those of `profile` when one is given; else the first that is there of
///   AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN;
///   web identity: AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN;
///   AWS_PROFILE or `default` in the shared credentials and config files (AWS_SHARED_CREDENTIALS_FILE,
///   AWS_CONFIG_FILE, ~/.aws), whose profile may name a web identity, too;
///   the container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI;
///   the instance's metadata service, version 2, unless AWS_EC2_METADATA_DISABLED is true.
/// Without `ask` no service is asked. Region: AWS_REGION, AWS_DEFAULT_REGION, the profile's. Throws
/// CredentialsError when what is asked for by name is missing or gives no keys, or when half a pair is set.
AwsSettings load_aws_settings(const Environment& environment, const std::optional<std::string>& profile,
                              const AskService& ask = {});

/// Keys that stay valid: they are fetched again before they expire. Safe to share between threads.
class CredentialsProvider {
 public:
  explicit CredentialsProvider(Credentials first, std::function<Credentials()> renew = {})
      : credentials_(std::move(first)), renew_(std::move(renew)) {}

  /// Throws CredentialsError when they have expired and cannot be had again.
  Credentials current(Instant now);

 private:
  std::mutex mutex_;
  Credentials credentials_;
  std::function<Credentials()> renew_;
};

}  // namespace hayden::sign
