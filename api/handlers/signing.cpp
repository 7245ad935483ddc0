#include <algorithm>

#include "api/handlers/handlers.hpp"
#include "api/odc/input.hpp"
#include "api/odc/output.hpp"
#include "api/signing/item_hrefs.hpp"
#include "core/json.hpp"
#include "core/problem.hpp"
#include "stac/item_places.hpp"

namespace hayden::api::handlers {
namespace {

/// Of hrefs in one request.
constexpr std::size_t most_hrefs = 10'000;

Signing& signing_of(const Services& services) {
  if (services.signing == nullptr) {
    throw Problem(404, "SigningNotConfigured",
                  "this service signs no URLs: it was started without --signing");
  }
  return *services.signing;
}

std::string audit_of(const Signing& signing, const Signable& href) {
  std::string members = R"("object":)";
  append_json_string(members, signing.uri_of(href));
  return members + ',';
}

std::string time_text(Instant instant) { return format_rfc3339(instant); }

/// The stored href of an asset; nothing when there is no such asset or it has none.
std::optional<std::string> stored_href(const std::string& item, const std::string& asset) {
  stac::ItemPlaces places;
  if (!stac::find_item_places(item, places)) return {};
  for (const auto& one : places.assets) {
    if (one.href.begin != 0 && stac::unescaped(one.key.in(item)) == asset)
      return stac::unescaped(one.href.in(item));
  }
  return {};
}

Problem no_such_asset(const Call& call) {
  return {404, "NotFound",
          "there is no file '" + call.path.at("file") + "' of an asset '" + call.path.at("asset") +
              "' that is signed for in item '" + call.path.at("item") + "' of collection '" +
              call.path.at("collection") + "'"};
}

std::string method_of(const Call& call) {
  const auto method = call.parameter("method").value_or("GET");
  if (method == "GET" || method == "HEAD") return std::string{method};
  Mistakes mistakes;
  mistakes.add("method", "must be GET or HEAD");
  mistakes.throw_if_any();
  return {};
}

SigningSession session_of(const Call& call, const Services& services, SigningSession::Terms terms) {
  return SigningSession(signing_of(services), call.caller, call.remote, call.request_id, std::move(terms));
}

}  // namespace

http::Response asset(Call& call, const Services& services) {
  auto& signing = signing_of(services);
  const auto asked = read_sign_request(call, services);
  const auto item = services.catalog.find_item(call.path.at("collection"), call.path.at("item"));
  if (!item) throw no_such_asset(call);
  std::string text;
  services.catalog.decode(*item, text);
  const auto stored = stored_href(text, call.path.at("asset"));
  const auto href = stored ? signing.find(*stored) : std::nullopt;
  if (!href || file_name(href->key_text()) != call.path.at("file")) throw no_such_asset(call);
  call.rows = 1;
  auto session = session_of(call, services,
                            {.door = Door::redirect, .method = call.request.method, .expiry = asked.expiry});
  session.require_leave(*href);
  http::Response response;
  response.status = 302;
  std::string location;
  session.append(location, *href, *stored);
  session.audit(audit_of(signing, *href), 1);
  const auto left =
      std::chrono::floor<std::chrono::seconds>(session.expires(*href) - std::chrono::system_clock::now());
  // Who follows a kept redirect still has half of the time to read in.
  const auto keep = std::max<std::int64_t>(0, left.count() / 2);
  response.set("Location", std::move(location));
  response.set("Cache-Control", "private, max-age=" + std::to_string(keep));
  return response;
}

http::Response sign_href(Call& call, const Services& services) {
  auto& signing = signing_of(services);
  const auto asked = read_sign_request(call, services);
  const auto method = method_of(call);
  const auto href = call.parameter("href");
  if (!href) {
    Mistakes mistakes;
    mistakes.add("href", "required: the s3:// URI or https URL to sign");
    mistakes.throw_if_any();
  }
  auto session = session_of(call, services, {.door = Door::sas, .method = method, .expiry = asked.expiry});
  const auto found = signing.require(*href);
  session.require_leave(found);
  std::string url;
  session.append(url, found, *href);
  session.audit(audit_of(signing, found), 1);
  call.rows = 1;
  return unshared(Form::json, 200,
                  {{"msft:expiry", time_text(session.expires(found))}, {"href", std::move(url)}});
}

http::Response sign_hrefs(Call& call, const Services& services) {
  auto& signing = signing_of(services);
  const auto asked = read_sign_request(call, services);
  const auto method = method_of(call);
  const auto body = read_document(call.request);
  Mistakes mistakes;
  const auto hrefs = body.is_object() ? body.find("hrefs") : body.end();
  const bool fit = body.is_object() && body.size() == 1 && hrefs != body.end() && hrefs->is_array() &&
                   !hrefs->empty() && hrefs->size() <= most_hrefs &&
                   std::ranges::all_of(*hrefs, [](const Json& href) { return href.is_string(); });
  if (!fit) {
    mistakes.add("",
                 R"(the body must be {"hrefs": ["…"]}, with 1 to )" + std::to_string(most_hrefs) + " hrefs");
  }
  mistakes.throw_if_any();
  auto session = session_of(call, services, {.door = Door::sas, .method = method, .expiry = asked.expiry});
  auto results = Json::array();
  for (const auto& one : *hrefs) {
    const auto& href = one.get_ref<const std::string&>();
    Json result{{"source", href.substr(0, href.find('?'))}};
    try {
      const auto found = signing.require(href);
      session.require_leave(found);
      std::string url;
      session.append(url, found, href);
      session.audit(audit_of(signing, found), 1);
      result["msft:expiry"] = time_text(session.expires(found));
      result["href"] = std::move(url);
      ++call.rows;
    } catch (const Problem& problem) {
      result["error"] = {{"code", problem.code()}, {"description", problem.what()}};
    }
    results.push_back(std::move(result));
  }
  return unshared(Form::json, 200, {{"hrefs", std::move(results)}});
}

}  // namespace hayden::api::handlers
