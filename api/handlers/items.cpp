#include "api/handlers/handlers.hpp"
#include "api/html/pages.hpp"
#include "api/item_page.hpp"
#include "api/signing/item_hrefs.hpp"
#include "core/problem.hpp"
#include "stac/search_request.hpp"

namespace hayden::api::handlers {

http::Response collection_items(Call& call, const Services& services) {
  const auto request =
      stac::SearchRequest::from_query(call.query, &call.path.at("collection"), property_lookup(services));
  auto hrefs = ItemHrefs::of(call, services);
  auto page = services.catalog.search(request);
  if (page.items.empty() && !services.catalog.has_collection(call.path.at("collection"))) {
    throw Problem(404, "NotFound", "there is no collection '" + call.path.at("collection") + "'");
  }
  call.rows = static_cast<std::int64_t>(page.items.size());

  const auto url = call.links.items(call.path.at("collection"));
  LinkList links;
  links.add("self", media::geojson, url + query_as_sent(call.request.query));
  links.add("root", media::json, call.links.root());
  links.add("parent", media::json, call.links.collection(call.path.at("collection")));
  links.add("collection", media::json, call.links.collection(call.path.at("collection")));
  add_alternates(links, call);
  if (page.next) links.add("next", media::geojson, url + query_with_token(call.query, *page.next));
  if (page.prev) links.add("prev", media::geojson, url + query_with_token(call.query, *page.prev));
  return page_response(call, services, "Items of " + call.path.at("collection"), std::move(page),
                       request.fields, links, std::move(hrefs));
}

http::Response item(Call& call, const Services& services) {
  const auto hrefs = ItemHrefs::of(call, services);
  const auto found = services.catalog.find_item(call.path.at("collection"), call.path.at("item"));
  if (!found) {
    if (!services.catalog.has_collection(call.path.at("collection"))) {
      throw Problem(404, "NotFound", "there is no collection '" + call.path.at("collection") + "'");
    }
    throw Problem(
        404, "NotFound",
        "there is no item '" + call.path.at("item") + "' in collection '" + call.path.at("collection") + "'");
  }
  call.rows = 1;
  const bool is_signed = hrefs && hrefs->signs();
  const auto etag = document_etag(call, services, found->etag);
  if (auto unchanged = not_modified(call, etag); unchanged && !is_signed) return *std::move(unchanged);
  std::string decoded, body;
  services.catalog.decode(*found, decoded);
  body.reserve(decoded.size() + 1024);
  ItemLinks item_links(call.links);
  const auto links = item_links.of(found->collection, found->id);
  if (hrefs) {
    hrefs->append(body, decoded, found->links_at, links, found->collection, found->id);
  } else {
    append_item(body, decoded, found->links_at, links);
  }
  auto response =
      call.form == Form::html ? html::answer(html::item(body, call)) : ok(media::geojson, std::move(body));
  if (is_signed) {
    response.set("Cache-Control", "private, no-store");
  } else {
    response.set("ETag", form_etag(call, etag));
  }
  return response;
}

}  // namespace hayden::api::handlers
