#include "api/call.hpp"

#include "core/problem.hpp"
#include "http/encoding.hpp"

namespace hayden::api {

std::optional<std::string_view> Call::parameter(std::string_view name) const {
  std::optional<std::string_view> value;
  for (const auto& [key, text] : query) {
    if (key == name) value = text;
  }
  return value;
}

db::Pool& writers_of(const Services& services) {
  if (services.writers == nullptr) {
    throw Problem(403, "ReadOnlyService", "this service only reads: it was started without --database-url");
  }
  return *services.writers;
}

Json read_json(const http::Request& request) {
  const auto coding = request.header("Content-Encoding");
  if (coding && !http::same_name(*coding, "identity")) {
    throw Problem(415, "UnsupportedMediaType", "the body must not be compressed");
  }
  auto type = request.header("Content-Type").value_or("");
  type = type.substr(0, type.find(';'));
  type = type.substr(0, type.find_last_not_of(" \t") + 1);
  if (!type.empty() && !http::same_name(type, media::json)) {
    throw Problem(415, "UnsupportedMediaType", "the body must be application/json");
  }
  return parse_json(request.body);
}

http::Response unshared(int status, const Json& body) {
  http::Response response;
  response.status = status;
  response.set("Content-Type", std::string{media::json}).set("Cache-Control", "no-store");
  response.body = dump_json(body);
  return response;
}

http::Response ok(std::string_view type, std::string body) {
  http::Response response;
  response.set("Content-Type", std::string{type}).set("Cache-Control", "no-cache");
  response.body = std::move(body);
  return response;
}

http::Response ok(const Call& call, std::string_view type, const std::string& etag, std::string body) {
  if (auto unchanged = not_modified(call, etag)) return *std::move(unchanged);
  auto response = ok(type, std::move(body));
  response.set("ETag", etag);
  return response;
}

std::optional<http::Response> not_modified(const Call& call, const std::string& etag) {
  const bool is_read = call.request.method == "GET" || call.request.method == "HEAD";
  const auto known = call.request.header("If-None-Match");
  if (!is_read || !known || !http::etag_matches(*known, etag)) return {};
  http::Response response;
  response.status = 304;
  response.set("ETag", etag).set("Cache-Control", "no-cache");
  return response;
}

}  // namespace hayden::api
