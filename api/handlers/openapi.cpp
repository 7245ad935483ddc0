#include "api/etag.hpp"
#include "api/handlers/handlers.hpp"
#include "api/openapi_document.hpp"

namespace hayden::api::handlers {
namespace {

http::Response document(const Call& call, std::string_view type, std::string_view text) {
  return ok(call, type, ETag{}.add(text).text(), std::string{text});
}

}  // namespace

http::Response openapi_json(Call& call, const Services&) {
  return document(call, media::openapi, openapi_document::json);
}

http::Response openapi_yaml(Call& call, const Services&) {
  return document(call, media::yaml, openapi_document::yaml);
}

http::Response openapi_html(Call& call, const Services&) {
  auto response = document(call, media::html, openapi_document::html);
  response.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
  return response;
}

}  // namespace hayden::api::handlers
