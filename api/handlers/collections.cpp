#include <algorithm>
#include <charconv>

#include "api/etag.hpp"
#include "api/handlers/handlers.hpp"
#include "core/json.hpp"
#include "core/problem.hpp"

namespace hayden::api::handlers {
namespace {

constexpr int default_limit = 100;
constexpr int largest_limit = 1'000;

int read_limit(const Call& call) {
  const auto text = call.parameter("limit");
  if (!text) return default_limit;
  long long limit = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
  const bool too_large = error == std::errc::result_out_of_range && text->front() != '-';
  if (end != text->data() + text->size() || (error != std::errc{} && !too_large) ||
      (!too_large && limit < 1)) {
    Mistakes mistakes;
    mistakes.add("limit", "must be a whole number of 1 or more");
    mistakes.throw_if_any();
  }
  return too_large ? largest_limit : static_cast<int>(std::min<long long>(limit, largest_limit));
}

db::StoredCollection find_or_404(const Call& call, const Services& services) {
  auto found = services.catalog.find_collection(call.path.at("collection"));
  if (!found) throw Problem(404, "NotFound", "there is no collection '" + call.path.at("collection") + "'");
  return *std::move(found);
}

http::Response queryables_at(const Call& call, const std::string& id, std::string_view title) {
  std::string body = R"({"$schema":"https://json-schema.org/draft/2019-09/schema","$id":")" + id;
  append_json_string(body.append(R"(","type":"object","title":)"), title);
  body += R"(,"properties":{)"
          R"("id":{"title":"Item id","type":"string"},)"
          R"("collection":{"title":"Collection id","type":"string"},)"
          R"("geometry":{"title":"Footprint","$ref":"https://geojson.org/schema/Geometry.json"},)"
          R"("datetime":{"title":"Acquisition time","type":"string","format":"date-time"}},)"
          R"("additionalProperties":true})";
  const auto etag = ETag{}.add(body).text();
  return ok(call, media::schema, etag, std::move(body));
}

}  // namespace

http::Response collections(Call& call, const Services& services) {
  const auto token = call.parameter("token");
  const auto page = services.catalog.collections(
      read_limit(call), token ? std::optional<std::string>{*token} : std::optional<std::string>{});
  call.rows = static_cast<std::int64_t>(page.collections.size());

  const auto url = call.links.to("/collections");
  LinkList links;
  links.add("self", media::json, url + query_as_sent(call.request.query));
  links.add("root", media::json, call.links.root());
  links.add("parent", media::json, call.links.root());
  if (page.next) links.add("next", media::json, url + query_with_token(call.query, *page.next));
  if (page.prev) links.add("prev", media::json, url + query_with_token(call.query, *page.prev));

  std::string body = R"({"collections":[)";
  for (const auto& collection : page.collections) {
    if (body.back() != '[') body += ',';
    body += services.collection_texts.text(collection, call.links);
  }
  body.append(R"(],"links":[)").append(links.text());
  body.append(R"(],"numberMatched":)").append(std::to_string(page.matched));
  body.append(R"(,"numberReturned":)").append(std::to_string(page.collections.size())).append("}");
  const auto etag = ETag{}.add(body).text();
  return ok(call, media::json, etag, std::move(body));
}

http::Response collection(Call& call, const Services& services) {
  const auto found = find_or_404(call, services);
  call.rows = 1;
  const auto etag = ETag{}.add(found.etag).add(call.links.base()).text();
  if (auto unchanged = not_modified(call, etag)) return *std::move(unchanged);
  return ok(call, media::json, etag, services.collection_texts.text(found, call.links));
}

http::Response queryables(Call& call, const Services&) {
  return queryables_at(call, call.links.to("/queryables"), "Queryables of all collections");
}

http::Response collection_queryables(Call& call, const Services& services) {
  if (!services.catalog.has_collection(call.path.at("collection"))) {
    throw Problem(404, "NotFound", "there is no collection '" + call.path.at("collection") + "'");
  }
  return queryables_at(call, call.links.collection(call.path.at("collection")) + "/queryables",
                       "Queryables of " + call.path.at("collection"));
}

}  // namespace hayden::api::handlers
