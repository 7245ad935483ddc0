#include "api/problems.hpp"

#include <spdlog/spdlog.h>

#include "api/auth.hpp"
#include "api/links.hpp"
#include "api/signing/signing.hpp"
#include "core/json.hpp"
#include "core/problem.hpp"

namespace hayden::api {
namespace {

std::string_view code_of(int status) {
  switch (status) {
    case 400:
      return "BadRequest";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "NotFound";
    case 405:
      return "MethodNotAllowed";
    case 408:
      return "RequestTimeout";
    case 413:
      return "ContentTooLarge";
    case 414:
      return "URITooLong";
    case 415:
      return "UnsupportedMediaType";
    case 431:
      return "RequestHeaderFieldsTooLarge";
    case 501:
      return "NotImplemented";
    case 503:
      return "ServiceUnavailable";
    case 505:
      return "HTTPVersionNotSupported";
    default:
      return status < 500 ? "BadRequest" : "InternalError";
  }
}

}  // namespace

http::Response problem_response(int status, std::string_view code, std::string_view description) {
  http::Response response;
  response.status = status;
  response.set("Content-Type", std::string{media::json});
  response.set("Cache-Control", "no-store");
  if (status == 503) response.set("Retry-After", "1");
  response.body = R"({"code":)";
  append_json_string(response.body, code);
  response.body += R"(,"description":)";
  append_json_string(response.body, description);
  response.body += '}';
  return response;
}

http::Response problem_response(int status, std::string_view description) {
  return problem_response(status, code_of(status), description);
}

http::Response current_exception_response(std::string_view request_id) {
  try {
    throw;
  } catch (const Refusal& refusal) {
    auto response = problem_response(refusal.status(), refusal.code(), refusal.what());
    response.set("WWW-Authenticate", refusal.challenge());
    return response;
  } catch (const TooManySignatures& problem) {
    auto response = problem_response(problem.status(), problem.code(), problem.what());
    response.set("Retry-After", std::to_string(problem.wait().count()));
    return response;
  } catch (const Problem& problem) {
    if (problem.status() >= 500) {
      spdlog::error("request {}: {}: {}", request_id, problem.code(), problem.what());
    }
    return problem_response(problem.status(), problem.code(), problem.what());
  } catch (const std::exception& error) {
    spdlog::error("request {}: {}", request_id, error.what());
  } catch (...) {
    spdlog::error("request {}: an exception of unknown type", request_id);
  }
  return problem_response(500, "the service failed to answer; the log has the reason under this request id");
}

}  // namespace hayden::api
