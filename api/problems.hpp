#pragma once
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace hayden::api {

/// The error body every failure has: `{"code","description"}`, the `exception` schema of OGC API and STAC
/// API.
http::Response problem_response(int status, std::string_view code, std::string_view description);
/// With the code that goes with the status, e.g. `NotFound`.
http::Response problem_response(int status, std::string_view description);

/// The only place that turns an exception into an HTTP answer; called inside a catch block. A Problem is told
/// to the client as it is; anything else is logged with the request id and answered 500 without its text.
http::Response current_exception_response(std::string_view request_id);

}  // namespace hayden::api
