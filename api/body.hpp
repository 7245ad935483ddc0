#pragma once
#include <initializer_list>
#include <string_view>

#include "http/message.hpp"

namespace hayden::api {

/// What Content-Type says, without parameters; empty when there is none.
std::string_view media_type(const http::Request& request);
/// Whether a media type is one of these, in any case.
bool is_any_of(std::string_view type, std::initializer_list<std::string_view> types);
/// Throws Problem(415) when a body has a content coding.
void refuse_compressed(const http::Request& request);

/// Throws Problem(415) unless the body is JSON or GeoJSON without a content coding; one without a type is
/// taken to be JSON.
void require_json_body(const http::Request& request);

}  // namespace hayden::api
