#include "stac/page_token.hpp"

#include "core/base64url.hpp"
#include "core/json.hpp"

namespace hayden::stac {

std::string PageToken::encode() const {
  Json json = Json::array({backwards, sort, values});
  if (matched) {
    json.push_back(*matched);
    json.push_back(matched_is_estimate);
  }
  return base64url_encode(dump_json(json));
}

std::optional<PageToken> PageToken::decode(std::string_view text) {
  constexpr std::size_t longest_token = 16'384;
  if (text.size() > longest_token) return {};
  const auto bytes = base64url_decode(text);
  if (!bytes) return {};
  const Json json = Json::parse(*bytes, nullptr, false);
  const bool counted = json.is_array() && json.size() == 5;
  if (!json.is_array() || (json.size() != 3 && !counted)) return {};
  if (!json[0].is_boolean() || !json[1].is_string() || !json[2].is_array()) return {};
  if (counted && (!json[3].is_number_integer() || !json[4].is_boolean())) return {};
  PageToken token;
  token.backwards = json[0].get<bool>();
  token.sort = json[1].get<std::string>();
  for (const auto& value : json[2]) {
    if (!value.is_string()) return {};
    token.values.push_back(value.get<std::string>());
    if (token.values.back().find('\0') != std::string::npos) return {};
  }
  if (counted) {
    token.matched = json[3].get<std::int64_t>();
    token.matched_is_estimate = json[4].get<bool>();
  }
  return token;
}

}  // namespace hayden::stac
