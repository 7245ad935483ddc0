#include "api/conformance.hpp"
#include "api/etag.hpp"
#include "api/handlers/handlers.hpp"
#include "api/html/pages.hpp"
#include "api/odc/input.hpp"
#include "core/json.hpp"
#include "core/problem.hpp"
#include "stac/page_token.hpp"
#include "stac/text_digest.hpp"

namespace hayden::api::handlers {
namespace {

/// The sort that page tokens of /browse belong to.
constexpr std::string_view browse_sort = "collections";

std::string conforms_to() {
  std::string text = R"("conformsTo":[)";
  for (const auto uri : conformance_classes) {
    if (text.back() != '[') text += ',';
    text.append("\"").append(uri).append("\"");
  }
  return text + ']';
}

/// The collections that come after one as children. Those for which there is no room are the children of one
/// more Catalog.
void add_collections(LinkList& list, const Call& call, const Services& services, const std::string& after) {
  constexpr int most = 250;
  const auto titles = services.catalog.collection_titles(most + 1, after);
  for (std::size_t i = 0; i < titles.size() && i < most; ++i) {
    const auto& [id, title] = titles[i];
    list.add("child", media::json, call.links.collection(id), title.empty() ? id : title);
  }
  if (titles.size() <= most) return;
  stac::PageToken token;
  token.sort = browse_sort;
  token.values = {titles[most - 1].first};
  list.add("child", media::json, call.links.to("/browse") + query_with_token({}, token.encode()),
           "More collections");
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
  list.add(queryables_rel, media::schema, links.to("/queryables"), "Queryable properties");
  list.add(sortables_rel, media::schema, links.to("/sortables"), "Properties to sort by");
  list.add("http://www.opengis.net/def/rel/ogc/1.0/functions", media::json, links.to("/functions"),
           "Functions of filters");
  list.add("aggregate", media::json, links.to("/aggregate"), "Aggregation", R"("method":"GET")");
  list.add("aggregate", media::json, links.to("/aggregate"), "Aggregation", R"("method":"POST")");
  list.add("aggregations", media::json, links.to("/aggregations"), "Available aggregations");
  if (!call.caller.may(roles.front())) return list;
  add_collections(list, call, services, {});
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

http::Response browse_collections(Call& call, const Services& services) {
  Parameters parameters(call, {"token"});
  const auto text = parameters.text("token");
  const auto token = text ? stac::PageToken::decode(*text) : std::nullopt;
  if (text && (!token || token->sort != browse_sort || token->values.size() != 1))
    parameters.mistakes().add("token", "not a page token of this catalog");
  parameters.done();
  const auto& settings = services.settings;
  const auto& links = call.links;
  LinkList list;
  list.add("self", media::json, links.to("/browse") + query_as_sent(call.request.query));
  list.add("root", media::json, links.root(), settings.title);
  list.add("parent", media::json, links.root(), settings.title);
  add_alternates(list, call);
  add_collections(list, call, services, token ? token->values.front() : std::string{});
  std::string body = R"({"type":"Catalog","stac_version":"1.0.0","id":)";
  append_json_string(body, settings.id + "-collections" + (text ? '-' + stac::text_digest(*text) : ""));
  body.append(R"(,"title":"Collections","description":"Collections by their ids, 250 at a time",)");
  body.append(R"("links":[)").append(list.text()).append("]}");
  const auto etag = ETag{}.add(body).text();
  return html::or_json(call, etag, std::move(body), html::catalog);
}

http::Response conformance(Call& call, const Services&) {
  std::string body = '{' + conforms_to() + '}';
  const auto etag = ETag{}.add(body).text();
  return ok(call, media::json, etag, std::move(body));
}

}  // namespace hayden::api::handlers
