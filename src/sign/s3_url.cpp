#include "sign/s3_url.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/percent.hpp"

namespace hayden::sign {
namespace {

S3UrlForm by_host(const std::string& scheme, const std::string& bucket, const std::string& host) {
  const auto full = bucket + "." + host;
  return {scheme + "://" + full + "/", full, "/"};
}

S3UrlForm by_path(const std::string& scheme, const std::string& bucket, const std::string& host) {
  return {scheme + "://" + host + "/" + bucket + "/", host, "/" + bucket + "/"};
}

bool is_dots(std::string_view segment) { return segment == "." || segment == ".."; }

bool has_dot_segment(std::string_view path) {
  for (std::size_t at = 0; at <= path.size();) {
    const auto end = std::min(path.find('/', at), path.size());
    if (is_dots(path.substr(at, end - at))) return true;
    at = end + 1;
  }
  return false;
}

bool has_encoded_separator(std::string_view path) {
  for (auto at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 1)) {
    const auto code = path.substr(at + 1, 2);
    if (code == "2f" || code == "2F" || code == "5c" || code == "5C" || code == "2e" || code == "2E")
      return true;
  }
  return false;
}

}  // namespace

std::vector<S3UrlForm> url_forms(const S3Bucket& bucket) {
  std::vector<S3UrlForm> forms;
  const bool dotted = bucket.name.find('.') != std::string::npos;
  const bool path_style = bucket.path_style || (bucket.endpoint.empty() && dotted);
  const auto add = [&](const std::string& scheme, const std::string& host) {
    forms.push_back(path_style ? by_path(scheme, bucket.name, host) : by_host(scheme, bucket.name, host));
  };
  const auto add_other = [&](const std::string& scheme, const std::string& host) {
    forms.push_back(path_style ? by_host(scheme, bucket.name, host) : by_path(scheme, bucket.name, host));
  };
  if (!bucket.endpoint.empty()) {
    const auto scheme = bucket.endpoint.substr(0, bucket.endpoint.find(':'));
    const auto host = bucket.endpoint.substr(scheme.size() + 3);
    add(scheme, host);
    add_other(scheme, host);
    return forms;
  }
  const std::string suffix = bucket.region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com";
  const std::array hosts{"s3." + bucket.region + suffix, "s3-" + bucket.region + suffix, "s3" + suffix};
  for (const auto& host : hosts) add("https", host);
  for (const auto& host : hosts) add_other("https", host);
  return forms;
}

std::optional<std::string> object_key(std::string_view path, bool is_uri) {
  if (path.empty() || has_encoded_separator(path) || path.find_first_of("?#\\") != std::string_view::npos)
    return {};
  auto key = is_uri ? std::optional{std::string{path}} : percent_decode(path);
  if (!key || has_dot_segment(*key) || !is_utf8(*key)) return {};
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
  if (std::any_of(key->begin(), key->end(), is_control)) return {};
  return key;
}

bool is_plain_key(std::string_view key) {
  static constexpr auto plain = [] {
    std::array<bool, 256> table{};
    for (const char c :
         std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/"}) {
      table[static_cast<unsigned char>(c)] = true;
    }
    return table;
  }();
  char before = '/';
  for (const char c : key) {
    if (!plain[static_cast<unsigned char>(c)] || (c == '.' && before == '/')) return false;
    before = c;
  }
  return !key.empty();
}

std::optional<std::string> known_region(std::string_view bucket) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> regions{
      {{"usgs-landsat", "us-west-2"}, {"usgs-landsat-ard", "us-west-2"}, {"deafrica-landsat", "af-south-1"}}};
  for (const auto& [name, region] : regions) {
    if (name == bucket) return std::string{region};
  }
  return {};
}

std::string mistake_of_endpoint(std::string_view url) {
  constexpr auto mistake = "must be of the form http(s)://host[:port], in lower case";
  const auto scheme = url.substr(0, std::min(url.find("://"), url.size()));
  if (scheme != "http" && scheme != "https") return mistake;
  const auto host = url.substr(scheme.size() + 3);
  const bool fit = !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view{".-:[]"}.find(c) != std::string_view::npos;
  });
  if (!fit) return mistake;
  // A Host header leaves it out, so the signature would not match.
  if (host.ends_with(scheme == "http" ? ":80" : ":443")) return "must not name the scheme's own port";
  return {};
}

}  // namespace hayden::sign
