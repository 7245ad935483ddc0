#include "http/router.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <utility>

#include "core/percent.hpp"

namespace hayden::http {

namespace {

/// Methods of HTTP (RFC 9110, RFC 5789) that a path can lack; the last two no path has.
constexpr std::array<std::string_view, 9> known_methods{"GET",    "HEAD",    "POST",  "PUT",  "PATCH",
                                                        "DELETE", "OPTIONS", "TRACE", "QUERY"};

bool is_parameter(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

/// The segments between the slashes, at most `most` + 1 of them: more can match nothing. One trailing slash
/// is dropped.
std::vector<std::string_view> split(std::string_view path, std::size_t most) {
  std::vector<std::string_view> segments;
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path.empty()) return segments;
  while (segments.size() <= most) {
    const auto slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return segments;
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  return std::equal(pattern.begin(), pattern.end(), segments.begin(), segments.end(),
                    [](const std::string& expected, const std::string& segment) {
                      return is_parameter(expected) ? !segment.empty() : expected == segment;
                    });
}

Routed refuse(int status, std::string description) {
  Routed routed;
  routed.status = status;
  routed.description = std::move(description);
  return routed;
}

}  // namespace

const std::string* PathParameters::find(std::string_view name) const {
  for (const auto& [key, value] : values_) {
    if (key == name) return &value;
  }
  return nullptr;
}

const std::string& PathParameters::at(std::string_view name) const {
  if (const auto* const value = find(name)) return *value;
  throw std::out_of_range("no such path parameter");
}

void Router::add(std::string method, std::string pattern, Handler handler) {
  auto path =
      std::find_if(paths_.begin(), paths_.end(), [&](const Path& known) { return known.pattern == pattern; });
  if (path == paths_.end()) {
    Path fresh{pattern, {}, {}};
    for (const auto segment : split(pattern, pattern.size())) fresh.segments.emplace_back(segment);
    deepest_ = std::max(deepest_, fresh.segments.size());
    // At the first segment where two patterns differ in kind, the literal comes first.
    const auto before = [](const Path& a, const Path& b) {
      return std::lexicographical_compare(
          a.segments.begin(), a.segments.end(), b.segments.begin(), b.segments.end(),
          [](const std::string& x, const std::string& y) { return !is_parameter(x) && is_parameter(y); });
    };
    path = paths_.insert(std::upper_bound(paths_.begin(), paths_.end(), fresh, before), std::move(fresh));
  }
  path->routes.push_back({std::move(method), std::move(pattern), std::move(handler)});
}

Routed Router::find(std::string_view method, std::string_view path) const {
  if (std::find(known_methods.begin(), known_methods.end(), method) == known_methods.end()) {
    return refuse(501, "This method is not implemented.");
  }
  if (path == "*") {
    Routed routed;
    routed.status = 204;
    routed.allow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
    return routed;
  }
  std::vector<std::string> segments;
  for (const auto raw : split(path, deepest_)) {
    auto segment = percent_decode(raw);
    if (!segment) return refuse(400, "The path has a broken percent-escape, a NUL, or is not UTF-8.");
    segments.push_back(std::move(*segment));
  }
  const auto found = std::find_if(paths_.begin(), paths_.end(), [&](const Path& candidate) {
    return matches(candidate.segments, segments);
  });
  if (found == paths_.end()) return refuse(404, "There is nothing at this path.");
  Routed routed;
  routed.pattern = found->pattern;
  if (method == "OPTIONS") {
    routed.status = 204;
    routed.allow = allow(*found);
    return routed;
  }
  const auto wanted = method == "HEAD" ? std::string_view("GET") : method;
  const auto route = std::find_if(found->routes.begin(), found->routes.end(),
                                  [&](const Route& candidate) { return candidate.method == wanted; });
  if (route == found->routes.end()) {
    routed.status = 405;
    routed.allow = allow(*found);
    routed.description = "This path answers " + routed.allow + ".";
    return routed;
  }
  routed.status = 200;
  routed.route = &*route;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto& name = found->segments[i];
    if (is_parameter(name)) routed.parameters.add(name.substr(1, name.size() - 2), std::move(segments[i]));
  }
  return routed;
}

std::string Router::allow(const Path& path) {
  std::string list;
  for (const auto& route : path.routes) {
    list += route.method;
    list += route.method == "GET" ? ", HEAD, " : ", ";
  }
  return list + "OPTIONS";
}

}  // namespace hayden::http
