#include "api/conformance.hpp"
#include "api/etag.hpp"
#include "api/handlers/handlers.hpp"
#include "api/html/pages.hpp"
#include "core/json.hpp"

namespace hayden::api::handlers {
namespace {

/// Beyond this many collections clients find them by the `data` link alone.
constexpr int most_children = 250;

std::string conforms_to() {
  std::string text = R"("conformsTo":[)";
  for (const auto uri : conformance_classes) {
    if (text.back() != '[') text += ',';
    text.append("\"").append(uri).append("\"");
  }
  return text + ']';
}

LinkList landing_links(const Call& call, const Services& services) {
  const auto& links = call.links;
  LinkList list;
  list.add("self", media::json, links.root(), services.settings.title);
  list.add("root", media::json, links.root(), services.settings.title);
  add_alternates(list, call);
  list.add("service-desc", media::openapi, links.to("/api"), "OpenAPI document");
  list.add("service-doc", media::html, links.to("/api.html"), "Documentation of this API");
  list.add("conformance", media::json, links.to("/conformance"), "Conformance classes");
  list.add("data", media::json, links.to("/collections"), "Collections");
  list.add("children", media::json, links.to("/children"), "Collections, as children of this catalog");
  list.add("search", media::geojson, links.to("/search"), "Item search", R"("method":"GET")");
  list.add("search", media::geojson, links.to("/search"), "Item search", R"("method":"POST")");
  list.add("http://www.opengis.net/def/rel/ogc/1.0/queryables", media::schema, links.to("/queryables"),
           "Queryable properties");
  list.add("http://www.opengis.net/def/rel/ogc/1.0/sortables", media::schema, links.to("/sortables"),
           "Properties to sort by");
  list.add("http://www.opengis.net/def/rel/ogc/1.0/functions", media::json, links.to("/functions"),
           "Functions of filters");
  list.add("aggregate", media::json, links.to("/aggregate"), "Aggregation", R"("method":"GET")");
  list.add("aggregate", media::json, links.to("/aggregate"), "Aggregation", R"("method":"POST")");
  list.add("aggregations", media::json, links.to("/aggregations"), "Available aggregations");
  if (!call.caller.may(roles.front())) return list;
  for (const auto& [id, title] : services.catalog.collection_titles(most_children)) {
    list.add("child", media::json, links.collection(id), title.empty() ? id : title);
  }
  return list;
}

}  // namespace

http::Response landing(Call& call, const Services& services) {
  const auto& settings = services.settings;
  std::string body = R"({"type":"Catalog","stac_version":"1.0.0","id":)";
  append_json_string(body, settings.id);
  append_json_string(body.append(R"(,"title":)"), settings.title);
  append_json_string(body.append(R"(,"description":)"), settings.description);
  body.append(",").append(conforms_to()).append(R"(,"links":[)");
  body.append(landing_links(call, services).text()).append("]}");
  const auto etag = ETag{}.add(body).text();
  return html::or_json(call, etag, std::move(body), html::landing);
}

http::Response conformance(Call& call, const Services&) {
  std::string body = '{' + conforms_to() + '}';
  const auto etag = ETag{}.add(body).text();
  return ok(call, media::json, etag, std::move(body));
}

}  // namespace hayden::api::handlers
