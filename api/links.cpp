#include "api/links.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "core/json.hpp"
#include "core/problem.hpp"

namespace hayden::api {
namespace {

bool is_alnum(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool only(std::string_view text, std::string_view more) {
  return std::ranges::all_of(text,
                             [&](char c) { return is_alnum(c) || more.find(c) != std::string_view::npos; });
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port > 0 && port <= 65'535;
}

/// `host[:port]` (RFC 3986 §3.2.2), the host a name, an IPv4 address or an IPv6 address in brackets.
bool is_authority(std::string_view text) {
  if (text.empty() || text.size() > 261) return false;
  std::string_view host = text, rest;
  if (text.front() == '[') {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return false;
    host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
    if (!only(host, ":.")) return false;
  } else {
    const auto colon = text.find(':');
    host = text.substr(0, colon);
    if (colon != std::string_view::npos) rest = text.substr(colon);
    if (!only(host, "-._")) return false;
  }
  return !host.empty() && (rest.empty() || (rest.front() == ':' && is_port(rest.substr(1))));
}

bool is_prefix(std::string_view text) {
  return !text.empty() && text.front() == '/' && text.size() <= 256 && only(text, "/-._~%");
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The element that the proxy nearest to the client wrote.
std::string_view first_element(std::string_view list) { return trim(list.substr(0, list.find(','))); }

std::string_view without_slashes_at_end(std::string_view text) {
  return text.substr(0, text.find_last_not_of('/') + 1);
}

struct Origin {
  std::string scheme = "http", authority, prefix;
};

void read_forwarded(std::string_view element, Origin& origin) {
  while (!element.empty()) {
    const auto end = element.find(';');
    const auto pair = trim(element.substr(0, end));
    element = end == std::string_view::npos ? std::string_view{} : element.substr(end + 1);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    auto value = pair.substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    const auto name = pair.substr(0, equals);
    if (http::same_name(name, "proto")) origin.scheme = value;
    if (http::same_name(name, "host")) origin.authority = value;
  }
}

void read_x_forwarded(const http::Request& request, Origin& origin) {
  if (const auto proto = request.header("X-Forwarded-Proto")) origin.scheme = first_element(*proto);
  if (const auto host = request.header("X-Forwarded-Host")) origin.authority = first_element(*host);
  const auto port = request.header("X-Forwarded-Port");
  if (!port || !is_port(first_element(*port))) return;
  const bool has_port = origin.authority.find(':', origin.authority.rfind(']') + 1) != std::string::npos;
  const bool is_default = first_element(*port) == (origin.scheme == "https" ? "443" : "80");
  if (!has_port && !is_default) origin.authority.append(":").append(first_element(*port));
}

}  // namespace

std::string checked_base_url(std::string url) {
  if (url.empty()) return url;
  const auto scheme_end = std::min(url.find("://"), url.size());
  const auto scheme = url.substr(0, scheme_end);
  const auto rest =
      without_slashes_at_end(std::string_view{url}.substr(std::min(scheme_end + 3, url.size())));
  const auto slash = std::min(rest.find('/'), rest.size());
  const auto path = rest.substr(slash);
  if ((scheme != "http" && scheme != "https") || !is_authority(rest.substr(0, slash)) ||
      (!path.empty() && !is_prefix(path))) {
    throw std::invalid_argument("the base URL must look like https://example.org/stac, not '" + url + "'");
  }
  return scheme + "://" + std::string{rest};
}

Links Links::of(const http::Request& request, const Settings& settings) {
  if (!settings.base_url.empty()) return Links(settings.base_url);
  Origin origin;
  origin.authority = request.header("Host").value_or("localhost");
  if (settings.trust_proxy) {
    if (const auto forwarded = request.header("Forwarded")) {
      read_forwarded(first_element(*forwarded), origin);
    } else {
      read_x_forwarded(request, origin);
    }
    const auto prefix =
        without_slashes_at_end(first_element(request.header("X-Forwarded-Prefix").value_or("")));
    if (is_prefix(prefix)) origin.prefix = prefix;
    if (origin.scheme != "https") origin.scheme = "http";
  }
  if (!is_authority(origin.authority)) {
    throw Problem(400, "InvalidHost",
                  "the Host header must be a host name or address, with or without a port");
  }
  return Links(origin.scheme + "://" + origin.authority + origin.prefix);
}

std::string Links::collection(std::string_view id) const {
  return base_ + "/collections/" + percent_encode(id);
}

std::string Links::items(std::string_view collection) const {
  return Links::collection(collection) + "/items";
}

std::string Links::browse(std::string_view collection) const {
  return Links::collection(collection) + "/browse";
}

std::string Links::item(std::string_view collection, std::string_view id) const {
  return items(collection) + '/' + percent_encode(id);
}

std::string query_as_sent(std::string_view raw) {
  return raw.empty() ? std::string{} : '?' + percent_encode(raw, "%!$&'()*+,/:;=?@");
}

std::string query_with(const Pairs& query, std::string_view name, std::string_view value) {
  std::string out;
  for (const auto& [other, given] : query) {
    if (other == name) continue;
    out += out.empty() ? '?' : '&';
    out += percent_encode(other) + '=' + percent_encode(given, ",:/");
  }
  out += out.empty() ? '?' : '&';
  return out.append(name).append("=").append(percent_encode(value));
}

std::string query_with_token(const Pairs& query, std::string_view token) {
  return query_with(query, "token", token);
}

LinkList& LinkList::add(std::string_view rel, std::string_view type, std::string_view href,
                        std::string_view title, std::string_view more) {
  if (!text_.empty()) text_ += ',';
  text_.append(R"({"rel":")").append(rel).append(R"(","type":")").append(type);
  text_.append(R"(","href":")").append(href).append("\"");
  if (!title.empty()) append_json_string(text_.append(R"(,"title":)"), title);
  if (!more.empty()) text_.append(",").append(more);
  text_ += '}';
  return *this;
}

}  // namespace hayden::api
