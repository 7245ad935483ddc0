#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hayden::api {

/// Which roles the values of an OpenID Connect issuer's role claim stand for: value and agdc role.
using RoleMap = std::vector<std::pair<std::string, std::string>>;

/// Reads `value=agdc_role,…`. Throws Problem(400) that names every mistake.
RoleMap parse_role_map(std::string_view text);

/// What the operator decides about the face of the service.
struct Settings {
  std::string id = "hayden";  ///< of the landing page's Catalog
  std::string title = "Hayden";
  std::string description = "A STAC API and Open Data Cube index in one.";
  std::string base_url;      ///< public URL without a slash at the end; empty: taken from each request
  bool trust_proxy = false;  ///< believe Forwarded and X-Forwarded-*
  std::string anonymous_role = "agdc_user";  ///< of those who send no token; empty: none
  RoleMap role_map;
};

/// Takes off the slashes at the end. Throws std::invalid_argument with one sentence unless `url` is an
/// absolute http(s) URL without query and fragment, or empty.
std::string checked_base_url(std::string url);

}  // namespace hayden::api
