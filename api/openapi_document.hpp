#pragma once
#include <string_view>

/// openapi/openapi.yaml as the service hands it out; made at build time by openapi_embed.py.
namespace hayden::api::openapi_document {

extern const std::string_view json;
extern const std::string_view yaml;
extern const std::string_view html;  ///< for people: one page, no scripts, nothing loaded from elsewhere

}  // namespace hayden::api::openapi_document
