#include "api/body.hpp"

#include <algorithm>

#include "api/links.hpp"
#include "core/problem.hpp"

namespace hayden::api {

std::string_view media_type(const http::Request& request) {
  auto type = request.header("Content-Type").value_or("");
  type = type.substr(0, type.find(';'));
  return type.substr(0, type.find_last_not_of(" \t") + 1);
}

bool is_any_of(std::string_view type, std::initializer_list<std::string_view> types) {
  return std::ranges::any_of(types, [&](std::string_view one) { return http::same_name(type, one); });
}

void refuse_compressed(const http::Request& request) {
  const auto coding = request.header("Content-Encoding");
  if (coding && !http::same_name(*coding, "identity")) {
    throw Problem(415, "UnsupportedMediaType", "the body must not be compressed");
  }
}

void require_json_body(const http::Request& request) {
  refuse_compressed(request);
  const auto type = media_type(request);
  if (type.empty() || is_any_of(type, {media::json, media::geojson})) return;
  throw Problem(415, "UnsupportedMediaType", "the body must be application/json or application/geo+json");
}

}  // namespace hayden::api
