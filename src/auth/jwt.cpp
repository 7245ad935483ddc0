#include "auth/jwt.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include "core/base64url.hpp"

namespace hayden::auth {
namespace {

constexpr std::size_t largest_token = std::size_t{16} * 1024;  // bytes, as much as a request's head may have
constexpr int deepest = 16;
constexpr std::size_t most_keys = 100;
/// A member that is a string; nothing when it is absent, refused when it is something else.
std::string text_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return {};
  if (!found->is_string()) throw TokenRefused("the token has a header that is not as it should be");
  return found->get<std::string>();
}

Json decoded_object(std::string_view part) {
  const auto bytes = base64url_decode(part);
  if (!bytes) throw TokenRefused("the token is not base64url");
  try {
    auto json = parse_json(*bytes, deepest);
    if (json.is_object()) return json;
  } catch (const Problem&) {
  }
  throw TokenRefused("the token does not hold JSON objects");
}

bool is_token_type(std::string type) {
  std::transform(type.begin(), type.end(), type.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return type.empty() || type == "jwt" || type == "at+jwt" || type == "application/at+jwt";
}

/// A time in seconds since 1970, which may have a fraction.
std::optional<double> time_member(const Json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end()) return {};
  if (!found->is_number()) throw TokenRefused(std::string{"the token's "} + name + " is not a number");
  return found->get<double>();
}

bool is_string(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string();
}

bool is_for_verifying(const Json& jwk) {
  const auto operations = jwk.find("key_ops");
  return (!jwk.contains("use") || jwk["use"] == "sig") &&
         (operations == jwk.end() ||
          std::find(operations->begin(), operations->end(), "verify") != operations->end());
}

const Json* member(const Json& json, std::string_view path) {
  if (!json.is_object()) return nullptr;
  if (const auto whole = json.find(std::string{path}); whole != json.end()) return &*whole;
  for (auto dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1)) {
    const auto step = json.find(std::string{path.substr(0, dot)});
    if (step == json.end()) continue;
    if (const auto* const found = member(*step, path.substr(dot + 1))) return found;
  }
  return nullptr;
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> list;
  while (!text.empty()) {
    const auto space = std::min(text.find(' '), text.size());
    if (space > 0) list.emplace_back(text.substr(0, space));
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return list;
}

}  // namespace

Jwt Jwt::parse(std::string_view compact) {
  if (compact.size() > largest_token) throw TokenRefused("the token is too long");
  const auto first = compact.find('.');
  const auto second = first == std::string_view::npos ? first : compact.find('.', first + 1);
  if (second == std::string_view::npos || compact.find('.', second + 1) != std::string_view::npos) {
    throw TokenRefused("the token is not known here and is no JSON Web Token");
  }
  const auto header = decoded_object(compact.substr(0, first));
  const auto algorithm = algorithm_of(text_member(header, "alg"));
  if (!algorithm) throw TokenRefused("the token must be signed with RS256, PS256, ES256 or EdDSA");
  if (header.contains("crit")) throw TokenRefused("the token asks for extensions that are not known here");
  if (!is_token_type(text_member(header, "typ"))) throw TokenRefused("the token is not an access token");
  auto signature = base64url_decode(compact.substr(second + 1));
  if (!signature || signature->empty()) throw TokenRefused("the token has no signature");
  return {.signed_part = std::string{compact.substr(0, second)},
          .signature = *std::move(signature),
          .algorithm = *algorithm,
          .key_id = text_member(header, "kid"),
          .claims = decoded_object(compact.substr(first + 1, second - first - 1))};
}

bool KeySet::Key::fits(const Jwt& token) const {
  return key.fits(token.algorithm) && (!algorithm || algorithm == token.algorithm) &&
         (token.key_id.empty() || token.key_id == id);
}

KeySet KeySet::parse(std::string_view text) {
  KeySet set;
  try {
    const auto json = parse_json(text, deepest);
    const auto keys = json.is_object() ? json.find("keys") : json.end();
    if (keys == json.end() || !keys->is_array() || keys->size() > most_keys) {
      throw std::runtime_error("the answer is no JSON Web Key Set");
    }
    for (const auto& jwk : *keys) {
      auto key = PublicKey::from_jwk(jwk);
      if (!key || !is_for_verifying(jwk)) continue;
      const auto algorithm =
          is_string(jwk, "alg") ? algorithm_of(jwk["alg"].get<std::string>()) : std::nullopt;
      if (jwk.contains("alg") && !algorithm) continue;
      set.keys_.push_back({.id = is_string(jwk, "kid") ? jwk["kid"].get<std::string>() : "",
                           .algorithm = algorithm,
                           .key = *std::move(key)});
    }
  } catch (const Problem&) {
    throw std::runtime_error("the answer is not JSON");
  }
  if (set.keys_.empty()) {
    throw std::runtime_error("the JSON Web Key Set has no key for RS256, PS256, ES256 or EdDSA");
  }
  return set;
}

KeySet::Verdict KeySet::verify(const Jwt& token) const {
  auto verdict = Verdict::unknown_key;
  for (const auto& key : keys_) {
    if (!key.fits(token)) continue;
    if (key.key.verify(token.algorithm, token.signed_part, token.signature)) return Verdict::good;
    verdict = Verdict::forged;
  }
  return verdict;
}

void check_claims(const Json& claims, const Expectations& expected, Instant now) {
  const auto seconds = std::chrono::duration<double>(now.time_since_epoch()).count();
  const auto leeway = static_cast<double>(expected.leeway.count());
  const auto ends = time_member(claims, "exp");
  const auto begins = time_member(claims, "nbf");
  const auto issued = time_member(claims, "iat");
  const auto audience = claims.value("aud", Json{});
  if (claims.value("iss", Json{}) != expected.issuer) {
    throw TokenRefused("the token is from another issuer");
  }
  if (audience != expected.audience &&
      (!audience.is_array() ||
       std::find(audience.begin(), audience.end(), expected.audience) == audience.end())) {
    throw TokenRefused("the token is for another audience");
  }
  if (!ends) throw TokenRefused("the token has no time of expiry");
  if (*ends + leeway <= seconds) throw TokenRefused("the token has expired");
  if (begins && *begins - leeway > seconds) throw TokenRefused("the token is not valid yet");
  if (issued && *issued - leeway > seconds) throw TokenRefused("the token was issued in the future");
  if (!is_string(claims, "sub") || claims["sub"].get_ref<const std::string&>().empty())
    throw TokenRefused("the token has no subject");
}

std::vector<std::string> claim_values(const Json& claims, std::string_view path) {
  const auto* const found = member(claims, path);
  if (found == nullptr) return {};
  if (found->is_string()) return words(found->get_ref<const std::string&>());
  std::vector<std::string> values;
  if (!found->is_array()) return values;
  for (const auto& value : *found) {
    if (value.is_string()) values.push_back(value.get<std::string>());
  }
  return values;
}

}  // namespace hayden::auth
