#include "api/etag.hpp"
#include "api/handlers/handlers.hpp"
#include "api/html/pages.hpp"
#include "api/property_schema.hpp"
#include "core/problem.hpp"
#include "stac/collection_request.hpp"

namespace hayden::api::handlers {
namespace {

constexpr std::string_view collections_queryables_path = "/collections-queryables";

db::StoredCollection find_or_404(const Call& call, const Services& services) {
  auto found = services.catalog.find_collection(call.path.at("collection"));
  if (!found) throw Problem(404, "NotFound", "there is no collection '" + call.path.at("collection") + "'");
  return *std::move(found);
}

/// What tells the properties of all collections or of one as a JSON Schema.
using SchemaOf = std::string (*)(std::string_view id, std::string_view title,
                                 const std::vector<db::StoredProperty>& properties);

http::Response schema_of_all(const Call& call, std::string_view path, std::string_view title,
                             SchemaOf schema_of, const std::vector<db::StoredProperty>& properties) {
  auto body = schema_of(call.links.to(path), title, properties);
  const auto etag = ETag{}.add(body).text();
  return ok(call, media::schema, etag, std::move(body));
}

http::Response schema_of_one(const Call& call, const Services& services, std::string_view path,
                             std::string_view title, SchemaOf schema_of) {
  const auto& id = call.path.at("collection");
  const auto properties = services.properties.of(id);
  if (!properties) throw Problem(404, "NotFound", "there is no collection '" + id + "'");
  auto body = schema_of(call.links.collection(id) + std::string{path}, std::string{title} + id, *properties);
  const auto etag = ETag{}.add(body).text();
  return ok(call, media::schema, etag, std::move(body));
}

/// A page of a search of collections, which stand in the member called `member`.
http::Response collection_page(Call& call, const Services& services, std::string_view path,
                               std::string_view member) {
  const auto request = stac::CollectionRequest::from_query(call.query);
  const auto page = services.catalog.collections(request);
  call.rows = static_cast<std::int64_t>(page.collections.size());

  const auto url = call.links.to(path);
  LinkList links;
  links.add("self", media::json, url + query_as_sent(call.request.query));
  links.add("root", media::json, call.links.root());
  links.add("parent", media::json, call.links.root());
  links.add(queryables_rel, media::schema, call.links.to(collections_queryables_path),
            "Properties of collections to filter by");
  add_alternates(links, call);
  if (page.next) links.add("next", media::json, url + query_with_token(call.query, *page.next));
  if (page.prev) links.add("prev", media::json, url + query_with_token(call.query, *page.prev));

  auto body = "{\"" + std::string{member} + "\":[";
  for (const auto& collection : page.collections) {
    if (body.back() != '[') body += ',';
    const auto text = services.collection_texts.text(collection, call.links);
    if (request.fields) {
      request.fields->select(text, 0, body);
    } else {
      body += text;
    }
  }
  body.append(R"(],"links":[)").append(links.text());
  body.append(R"(],"numberMatched":)").append(std::to_string(page.matched));
  body.append(R"(,"numberReturned":)").append(std::to_string(page.collections.size())).append("}");
  const auto etag = ETag{}.add(body).text();
  return html::or_json(call, etag, std::move(body), html::collections);
}

}  // namespace

http::Response collections(Call& call, const Services& services) {
  return collection_page(call, services, "/collections", "collections");
}

http::Response children(Call& call, const Services& services) {
  return collection_page(call, services, "/children", "children");
}

http::Response collection(Call& call, const Services& services) {
  const auto found = find_or_404(call, services);
  call.rows = 1;
  const auto etag = with_part(document_etag(call, services, found.etag), found.follows);
  if (auto unchanged = not_modified(call, etag)) return *std::move(unchanged);
  return html::or_json(call, etag, services.collection_texts.text(found, call.links), html::collection);
}

http::Response queryables(Call& call, const Services& services) {
  return schema_of_all(call, "/queryables", "Queryables of all collections", queryables_schema,
                       *services.properties.all());
}

http::Response collections_queryables(Call& call, const Services& services) {
  return schema_of_all(call, collections_queryables_path, "Queryables of a search of collections",
                       collections_queryables_schema, *services.properties.of_collections());
}

http::Response collection_queryables(Call& call, const Services& services) {
  return schema_of_one(call, services, "/queryables", "Queryables of ", queryables_schema);
}

http::Response sortables(Call& call, const Services& services) {
  return schema_of_all(call, "/sortables", "Sortables of all collections", sortables_schema,
                       *services.properties.all());
}

http::Response collection_sortables(Call& call, const Services& services) {
  return schema_of_one(call, services, "/sortables", "Sortables of ", sortables_schema);
}

}  // namespace hayden::api::handlers
