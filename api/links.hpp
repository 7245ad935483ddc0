#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "api/settings.hpp"
#include "core/percent.hpp"
#include "http/message.hpp"

namespace hayden::api {

namespace media {
inline constexpr std::string_view json = "application/json";
inline constexpr std::string_view geojson = "application/geo+json";
inline constexpr std::string_view schema = "application/schema+json";
inline constexpr std::string_view openapi = "application/vnd.oai.openapi+json;version=3.0";
inline constexpr std::string_view yaml = "application/yaml";
inline constexpr std::string_view csv = "text/csv; charset=utf-8";
inline constexpr std::string_view html = "text/html";
inline constexpr std::string_view ndjson = "application/x-ndjson";
}  // namespace media

inline constexpr std::string_view queryables_rel = "http://www.opengis.net/def/rel/ogc/1.0/queryables";
inline constexpr std::string_view sortables_rel = "http://www.opengis.net/def/rel/ogc/1.0/sortables";

/// Absolute, percent-encoded URLs of this service as one client sees it. All of them are plain ASCII and need
/// no escaping in JSON.
class Links {
 public:
  /// `base`: scheme, host and path prefix, without a slash at the end.
  explicit Links(std::string base) : base_(std::move(base)) {}
  /// The base is the configured one, else what a trusted proxy says (Forwarded, RFC 7239, before
  /// X-Forwarded-Proto, -Host, -Port; X-Forwarded-Prefix with either), else the Host header. Throws
  /// Problem(400) on an unusable Host.
  static Links of(const http::Request& request, const Settings& settings);

  const std::string& base() const { return base_; }
  std::string root() const { return base_ + '/'; }
  std::string to(std::string_view path) const { return base_ + std::string{path}; }
  std::string collection(std::string_view id) const;
  std::string items(std::string_view collection) const;
  std::string browse(std::string_view collection) const;
  std::string item(std::string_view collection, std::string_view id) const;

 private:
  std::string base_;
};

/// `?` and the query as the client sent it, made safe to stand in a link; empty for an empty query.
std::string query_as_sent(std::string_view raw);
/// `?` and all parameters but `name`, with that one last.
std::string query_with(const Pairs& query, std::string_view name, std::string_view value);
std::string query_with_token(const Pairs& query, std::string_view token);

/// Builds the inside of a `links` array.
class LinkList {
 public:
  /// `more`: further members, ready as JSON, e.g. `"method":"GET"`.
  LinkList& add(std::string_view rel, std::string_view type, std::string_view href,
                std::string_view title = {}, std::string_view more = {});
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace hayden::api
