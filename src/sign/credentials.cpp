#include "sign/credentials.hpp"

#include <cstdlib>
#include <fstream>
#include <map>
#include <string_view>

#include "sign/credentials_services.hpp"

namespace hayden::sign {
namespace {

using Settings = std::map<std::string, std::string>;

std::string_view trimmed(std::string_view text) {
  static constexpr std::string_view space = " \t\r";
  const auto first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

// Adds the settings of one section to `settings`; true when the section is there. Indented lines belong to
// nested settings (`s3 =`), which are not read.
bool read_section(const std::string& path, std::string_view section, Settings& settings) {
  std::ifstream file(path);
  bool found = false, inside = false;
  for (std::string line; std::getline(file, line);) {
    const auto text = trimmed(line);
    if (text.empty() || text.front() == '#' || text.front() == ';') continue;
    if (text.front() == '[') {
      inside = trimmed(text.substr(1, text.find(']') - 1)) == section;
      found = found || inside;
      continue;
    }
    const auto equals = text.find('=');
    if (!inside || equals == std::string_view::npos || line.front() == ' ' || line.front() == '\t') continue;
    settings.insert_or_assign(std::string{trimmed(text.substr(0, equals))},
                              std::string{trimmed(text.substr(equals + 1))});
  }
  return found;
}

std::optional<std::string> setting(const Settings& settings, const std::string& name) {
  const auto at = settings.find(name);
  if (at == settings.end() || at->second.empty()) return {};
  return at->second;
}

std::optional<std::string> variable(const Environment& environment, const char* name) {
  auto value = environment(name);
  if (value && value->empty()) return {};
  return value;
}

// The credentials file wins over the config file, as in the AWS tools.
std::optional<Settings> read_profile(const Environment& environment, const std::string& profile) {
  const std::string home = environment("HOME").value_or("");
  const auto config = variable(environment, "AWS_CONFIG_FILE").value_or(home + "/.aws/config");
  const auto shared =
      variable(environment, "AWS_SHARED_CREDENTIALS_FILE").value_or(home + "/.aws/credentials");
  Settings settings;
  const bool in_config =
      read_section(config, profile == "default" ? profile : "profile " + profile, settings);
  const bool in_shared = read_section(shared, profile, settings);
  if (!in_config && !in_shared) return {};
  return settings;
}

std::optional<Credentials> pair_of(std::optional<std::string> id, std::optional<std::string> secret,
                                   std::optional<std::string> token, const std::string& where) {
  if (!id && !secret) return {};
  if (!id || !secret) {
    throw CredentialsError(where + " sets only one of access key id and secret access key; both are needed.");
  }
  return Credentials{std::move(*id), std::move(*secret), std::move(token).value_or(""), {}};
}

std::optional<Credentials> from_environment(const Environment& environment) {
  return pair_of(variable(environment, "AWS_ACCESS_KEY_ID"), variable(environment, "AWS_SECRET_ACCESS_KEY"),
                 variable(environment, "AWS_SESSION_TOKEN"), "The environment");
}

std::optional<Credentials> from_profile(const Settings& settings, const std::string& profile) {
  return pair_of(setting(settings, "aws_access_key_id"), setting(settings, "aws_secret_access_key"),
                 setting(settings, "aws_session_token"), "The AWS profile '" + profile + "'");
}

// Keys ended so soon before are fetched anew, so that no request is signed with dead ones.
constexpr std::chrono::minutes renew_before{5};

std::optional<WebIdentity> web_identity(const Environment& environment,
                                        const std::optional<Settings>& profile,
                                        const std::optional<std::string>& region) {
  auto file = variable(environment, "AWS_WEB_IDENTITY_TOKEN_FILE");
  auto role = variable(environment, "AWS_ROLE_ARN");
  if (profile) {
    file = setting(*profile, "web_identity_token_file");
    role = setting(*profile, "role_arn");
  }
  if (!file || !role) return {};
  const auto endpoint = variable(environment, "AWS_ENDPOINT_URL_STS")
                            .value_or("https://sts." + region.value_or("us-east-1") + ".amazonaws.com");
  return WebIdentity{*file, *role, variable(environment, "AWS_ROLE_SESSION_NAME").value_or("hayden"),
                     endpoint};
}

void take_web_identity(AwsSettings& out, const WebIdentity& identity, const AskService& ask) {
  out.renew = [identity, ask] { return ask_web_identity(identity, ask); };
  out.credentials = out.renew();
}

// What the services of this machine have, if it has any.
void take_from_machine(AwsSettings& out, const Environment& environment, const AskService& ask) {
  using Source = std::optional<Credentials> (*)(const Environment&, const AskService&);
  for (const Source source : {Source{ask_container}, Source{ask_instance}}) {
    out.credentials = source(environment, ask);
    if (!out.credentials) continue;
    out.renew = [environment, ask, source] {
      auto keys = source(environment, ask);
      if (!keys) throw CredentialsError("The machine's credentials service gives no keys any more.");
      return *keys;
    };
    return;
  }
}

}  // namespace

std::optional<std::string> process_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) return {};
  return std::string{value};
}

Credentials CredentialsProvider::current(Instant now) {
  const std::lock_guard lock(mutex_);
  const bool ends_soon = credentials_.expires && *credentials_.expires - renew_before < now;
  if (!ends_soon || !renew_) return credentials_;
  try {
    credentials_ = renew_();
  } catch (const CredentialsError&) {
    if (*credentials_.expires <= now) throw;
  }
  return credentials_;
}

AwsSettings load_aws_settings(const Environment& environment, const std::optional<std::string>& profile,
                              const AskService& ask) {
  const auto named = profile ? profile : variable(environment, "AWS_PROFILE");
  const auto name = named.value_or("default");
  const auto settings = read_profile(environment, name);

  AwsSettings out;
  out.region = variable(environment, "AWS_REGION");
  if (!out.region) out.region = variable(environment, "AWS_DEFAULT_REGION");
  if (!out.region && settings) out.region = setting(*settings, "region");

  if (!profile) out.credentials = from_environment(environment);
  const auto identity = profile ? std::nullopt : web_identity(environment, {}, out.region);
  if (!out.credentials && identity && ask) take_web_identity(out, *identity, ask);
  if (!out.credentials && named && !settings) {
    throw CredentialsError("The AWS profile '" + name +
                           "' is neither in the credentials nor in the config file.");
  }
  if (!out.credentials && settings) out.credentials = from_profile(*settings, name);
  const auto profile_identity = settings ? web_identity(environment, settings, out.region) : std::nullopt;
  if (!out.credentials && profile_identity && ask) take_web_identity(out, *profile_identity, ask);
  if (!out.credentials && named) {
    throw CredentialsError(
        "The AWS profile '" + name +
        "' holds no access key and no web identity; profiles with another role, SSO or a process "
        "are not read, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead.");
  }
  if (!out.credentials && ask) take_from_machine(out, environment, ask);
  return out;
}

}  // namespace hayden::sign
