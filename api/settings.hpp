#pragma once
#include <string>

namespace hayden::api {

/// What the operator decides about the face of the service.
struct Settings {
  std::string id = "hayden";  ///< of the landing page's Catalog
  std::string title = "Hayden";
  std::string description = "A STAC API and Open Data Cube index in one.";
  std::string base_url;      ///< public URL without a slash at the end; empty: taken from each request
  bool trust_proxy = false;  ///< believe Forwarded and X-Forwarded-*
};

/// Takes off the slashes at the end. Throws std::invalid_argument with one sentence unless `url` is an
/// absolute http(s) URL without query and fragment, or empty.
std::string checked_base_url(std::string url);

}  // namespace hayden::api
