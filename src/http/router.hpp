#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.hpp"

namespace hayden::http {

/// The decoded `{name}` parts of a matched path.
class PathParameters {
 public:
  /// The value of `name`; throws std::out_of_range when the route's pattern has no such part (a programming
  /// error).
  const std::string& at(std::string_view name) const;
  /// The same; null when the pattern has no such part.
  const std::string* find(std::string_view name) const;
  void add(std::string name, std::string value) { values_.emplace_back(std::move(name), std::move(value)); }

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

using Handler = std::function<Response(const Request&, const PathParameters&)>;

struct Route {
  std::string method;   ///< "GET" also answers HEAD
  std::string pattern;  ///< e.g. "/collections/{collection}/items/{item}"
  Handler handler;
};

/// What became of a path and a method.
struct Routed {
  int status =
      404;  ///< 200: call route->handler; 204: OPTIONS, answer with `allow`; 400, 404, 405, 501: refuse
  const Route* route = nullptr;  ///< set with 200; lives as long as the router
  std::string pattern;  ///< of the matched path, also with 204 and 405; empty when none: for metrics and logs
  PathParameters parameters;  ///< filled with 200
  std::string allow;          ///< value of the Allow header; set with 204 and 405
  std::string description;    ///< for the client; set with 400, 404, 405, 501
};

/// The route table. The raw path is split at `/` first and each segment percent-decoded once, so `%2F` stays
/// inside its segment. One trailing slash is tolerated. A literal segment wins over a `{parameter}`. Routes
/// are added before the first request; find() is safe from several threads.
class Router {
 public:
  void add(std::string method, std::string pattern, Handler handler);

  /// `path` is Request::path: raw, or `*` (OPTIONS only).
  Routed find(std::string_view method, std::string_view path) const;

 private:
  struct Path {
    std::string pattern;
    std::vector<std::string> segments;
    std::vector<Route> routes;
  };
  static std::string allow(const Path& path);

  std::vector<Path> paths_;  // literal segments before parameters, so that the first match is the best
  std::size_t deepest_ = 0;
};

}  // namespace hayden::http
