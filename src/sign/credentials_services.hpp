#pragma once
#include "sign/credentials.hpp"

namespace hayden::sign {

/// Trades the token of a file for keys of a role (STS AssumeRoleWithWebIdentity). Throws CredentialsError.
struct WebIdentity {
  std::string token_file, role_arn, session_name;
  std::string endpoint_url;  ///< of STS: `https://sts.us-east-1.amazonaws.com`
};
Credentials ask_web_identity(const WebIdentity& identity, const AskService& ask);

/// The keys of the container that the program runs in, by the AWS_CONTAINER_* variables; nothing when there
/// are none. Throws CredentialsError when they are set but give no keys.
std::optional<Credentials> ask_container(const Environment& environment, const AskService& ask);

/// The keys of the instance that the program runs on (metadata service version 2); nothing when there is no
/// such service or the instance has no role.
std::optional<Credentials> ask_instance(const Environment& environment, const AskService& ask);

}  // namespace hayden::sign
