#pragma once
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

namespace hayden::sign {

/// Keys of an S3 account. Never written to a log or an error.
struct Credentials {
  std::string access_key_id, secret_access_key;
  std::string session_token;  ///< empty for long-lived keys
};

/// What the AWS environment variables and files say, by the rules the AWS command line has.
struct AwsSettings {
  std::optional<Credentials> credentials;
  std::optional<std::string> region;
};

/// A profile that does not exist or holds no keys; the text is one sentence for the user.
class CredentialsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Looks up an environment variable; nothing when it is unset.
using Environment = std::function<std::optional<std::string>(const char* name)>;
std::optional<std::string> process_environment(const char* name);

/// Keys: those of `profile` when one is given; else AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
/// AWS_SESSION_TOKEN; else those of AWS_PROFILE or `default` in the shared credentials and config files
/// (AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE, ~/.aws). Region: AWS_REGION, AWS_DEFAULT_REGION, the
/// profile's. Throws CredentialsError when a profile asked for by name is missing or has no keys, or when
/// half a pair is set.
AwsSettings load_aws_settings(const Environment& environment, const std::optional<std::string>& profile);

}  // namespace hayden::sign
