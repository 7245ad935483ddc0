#include "sign/credentials_services.hpp"

#include <array>
#include <fstream>
#include <iterator>
#include <string_view>

#include "core/json.hpp"

namespace hayden::sign {
namespace {

using namespace std::chrono_literals;

constexpr auto patience_with_sts = 10s;
constexpr auto patience_with_container = 5s;
// Away from EC2 nothing answers at its address, and an anonymous crawl waits for that.
constexpr auto patience_with_instance = 1s;

std::optional<std::string> variable(const Environment& environment, const char* name) {
  auto value = environment(name);
  if (value && value->empty()) return {};
  return value;
}

std::string read_token(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  if (!file || text.empty())
    throw CredentialsError("The token file " + path + " cannot be read or is empty.");
  return text;
}

// The answers of STS have each element once and no attributes.
std::string element(const std::string& xml, const std::string& name) {
  const auto open = "<" + name + ">";
  const auto start = xml.find(open);
  const auto end = xml.find("</" + name + ">");
  if (start == std::string::npos || end == std::string::npos || end < start) return {};
  return xml.substr(start + open.size(), end - start - open.size());
}

std::string member(const Json& json, const char* name) {
  const auto at = json.find(name);
  return at != json.end() && at->is_string() ? at->get<std::string>() : std::string{};
}

std::optional<Credentials> from_json(const std::string& text) {
  try {
    const auto json = parse_json(text);
    if (!json.is_object()) return {};
    Credentials keys{member(json, "AccessKeyId"), member(json, "SecretAccessKey"), member(json, "Token"),
                     parse_rfc3339(member(json, "Expiration"))};
    if (keys.access_key_id.empty() || keys.secret_access_key.empty()) return {};
    return keys;
  } catch (const Problem&) {
    return {};
  }
}

// A token that is sent in clear must not leave the machine.
bool may_have_token(std::string_view url) {
  if (url.starts_with("https://")) return true;
  for (const std::string_view host :
       {"127.0.0.1", "localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"}) {
    const auto rest = url.substr(std::string_view{"http://"}.size());
    if (url.starts_with("http://") && rest.starts_with(host) &&
        (rest.size() == host.size() || rest[host.size()] == ':' || rest[host.size()] == '/'))
      return true;
  }
  return false;
}

}  // namespace

Credentials ask_web_identity(const WebIdentity& identity, const AskService& ask) {
  const auto token = read_token(identity.token_file);
  const std::array<std::pair<const char*, std::string>, 5> query{{{"Action", "AssumeRoleWithWebIdentity"},
                                                                  {"Version", "2011-06-15"},
                                                                  {"RoleArn", identity.role_arn},
                                                                  {"RoleSessionName", identity.session_name},
                                                                  {"WebIdentityToken", token}}};
  std::string url = identity.endpoint_url + "/?";
  for (const auto& [name, value] : query)
    url.append(name).append("=").append(percent_encode(value)).append("&");
  url.pop_back();
  const auto reply = ask("GET", url, {{"Accept", "application/xml"}}, patience_with_sts);
  if (!reply) throw CredentialsError("STS at " + identity.endpoint_url + " does not answer.");
  Credentials keys{element(reply->body, "AccessKeyId"), element(reply->body, "SecretAccessKey"),
                   element(reply->body, "SessionToken"), parse_rfc3339(element(reply->body, "Expiration"))};
  if (reply->status != 200 || keys.access_key_id.empty() || keys.secret_access_key.empty()) {
    const auto code = element(reply->body, "Code");
    throw CredentialsError("STS gives no keys for the role " + identity.role_arn + ": " +
                           (code.empty() ? "status " + std::to_string(reply->status) : code) + ".");
  }
  return keys;
}

std::optional<Credentials> ask_container(const Environment& environment, const AskService& ask) {
  std::string url;
  if (const auto relative = variable(environment, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) {
    url = "http://169.254.170.2" + *relative;
  } else if (const auto full = variable(environment, "AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
    url = *full;
  } else {
    return {};
  }
  if (!may_have_token(url))
    throw CredentialsError(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI names a host that keys are not asked of without TLS.");
  Pairs headers;
  if (const auto file = variable(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
    headers.emplace_back("Authorization", read_token(*file));
  } else if (const auto token = variable(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN")) {
    headers.emplace_back("Authorization", *token);
  }
  const auto reply = ask("GET", url, headers, patience_with_container);
  auto keys = reply && reply->status == 200 ? from_json(reply->body) : std::optional<Credentials>{};
  if (!keys) throw CredentialsError("The container's credentials service gives no keys.");
  return keys;
}

std::optional<Credentials> ask_instance(const Environment& environment, const AskService& ask) {
  if (variable(environment, "AWS_EC2_METADATA_DISABLED").value_or("") == "true") return {};
  auto base = variable(environment, "AWS_EC2_METADATA_SERVICE_ENDPOINT").value_or("http://169.254.169.254");
  while (base.ends_with('/')) base.pop_back();
  const auto token = ask("PUT", base + "/latest/api/token",
                         {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}}, patience_with_instance);
  if (!token || token->status != 200) return {};
  const Pairs headers{{"X-aws-ec2-metadata-token", token->body}};
  const auto folder = base + "/latest/meta-data/iam/security-credentials/";
  const auto role = ask("GET", folder, headers, patience_with_instance);
  if (!role || role->status != 200 || role->body.empty()) return {};
  const auto name = role->body.substr(0, role->body.find_first_of("\r\n"));
  const auto keys = ask("GET", folder + percent_encode(name), headers, patience_with_instance);
  if (!keys || keys->status != 200) return {};
  return from_json(keys->body);
}

}  // namespace hayden::sign
