#include "api/call.hpp"

#include "api/etag.hpp"
#include "api/signing/signing.hpp"
#include "core/problem.hpp"
#include "http/encoding.hpp"

namespace hayden::api {

std::optional<std::string_view> Call::parameter(std::string_view name) const {
  std::optional<std::string_view> value;
  for (const auto& [key, text] : query) {
    if (key == name) value = text;
  }
  return value;
}

std::string Call::url_in(Form other) const {
  return links.base() + percent_encode(request.path, "%!$&'()*+,/:;=@") +
         query_with(query, "f", name_of(other));
}

std::string client_address(const http::Request& request, const Settings& settings) {
  const auto forwarded = request.header("X-Forwarded-For");
  if (!settings.trust_proxy || !forwarded) return request.remote_address;
  // The trusted proxy wrote the last one; those before it are what its client said.
  const auto last = forwarded->substr(forwarded->rfind(',') + 1);
  const auto begin = last.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return request.remote_address;
  return std::string{last.substr(begin, last.find_last_not_of(" \t") - begin + 1)};
}

db::Pool& writers_of(const Services& services) {
  if (services.writers == nullptr) {
    throw Problem(403, "ReadOnlyService", "this service only reads: it was started without --database-url");
  }
  return *services.writers;
}

stac::PropertyLookup property_lookup(const Services& services) {
  return [&properties = services.properties](std::string_view name) { return properties.type_of(name); };
}

std::string form_etag(const Call& call, std::string etag) {
  if (call.form != Form::json) etag.insert(etag.size() - 1, '.' + std::string{name_of(call.form)});
  return etag;
}

void add_alternates(LinkList& links, const Call& call) {
  for (const auto form : call.forms) {
    if (form != Form::json) links.add("alternate", media_type_of(form), call.url_in(form));
  }
}

http::Response ok(std::string_view type, std::string body) {
  http::Response response;
  response.set("Content-Type", std::string{type}).set("Cache-Control", "no-cache");
  response.body = std::move(body);
  return response;
}

http::Response ok(const Call& call, std::string_view type, const std::string& etag, std::string body) {
  if (auto unchanged = not_modified(call, etag)) return *std::move(unchanged);
  auto response = ok(type, std::move(body));
  response.set("ETag", form_etag(call, etag));
  return response;
}

std::string document_etag(const Call& call, const Services& services, const std::string& stored) {
  ETag etag;
  etag.add(stored).add(call.links.base());
  // What is signed, and which hrefs lead here, is seen in Items and Collections.
  if (services.signing != nullptr) etag.add(services.signing->fingerprint());
  return etag.text();
}

std::optional<http::Response> not_modified(const Call& call, const std::string& json_etag) {
  const auto etag = form_etag(call, json_etag);
  const bool is_read = call.request.method == "GET" || call.request.method == "HEAD";
  const auto known = call.request.header("If-None-Match");
  if (!is_read || !known || !http::etag_matches(*known, etag)) return {};
  http::Response response;
  response.status = 304;
  response.set("ETag", etag).set("Cache-Control", "no-cache");
  return response;
}

}  // namespace hayden::api
