#include "api/body.hpp"
#include "api/handlers/handlers.hpp"
#include "api/item_page.hpp"
#include "api/signing/item_hrefs.hpp"
#include "core/json.hpp"
#include "stac/search_request.hpp"

namespace hayden::api::handlers {
namespace {

LinkList page_links(const Links& links, std::string_view query) {
  LinkList list;
  list.add("self", media::geojson, links.to("/search") + query_as_sent(query));
  list.add("root", media::json, links.root());
  return list;
}

}  // namespace

http::Response search_by_query(Call& call, const Services& services) {
  const auto request = stac::SearchRequest::from_query(call.query, nullptr, property_lookup(services));
  auto hrefs = ItemHrefs::of(call, services);
  auto page = services.catalog.search(request);
  call.rows = static_cast<std::int64_t>(page.items.size());
  auto links = page_links(call.links, call.request.query);
  add_alternates(links, call);
  const auto add = [&](std::string_view rel, const std::optional<std::string>& token) {
    if (!token) return;
    links.add(rel, media::geojson, call.links.to("/search") + query_with_token(call.query, *token), {},
              R"("method":"GET")");
  };
  add("next", page.next);
  add("prev", page.prev);
  return page_response(call, services, "Search", std::move(page), request.fields, links, std::move(hrefs));
}

http::Response search_by_body(Call& call, const Services& services) {
  require_json_body(call.request);
  const auto request =
      stac::SearchRequest::from_body(parse_json(call.request.body), property_lookup(services));
  auto hrefs = ItemHrefs::of(call, services);
  auto page = services.catalog.search(request);
  call.rows = static_cast<std::int64_t>(page.items.size());
  auto links = page_links(call.links, {});
  // The client sends its first body again with this one merged into it, so the token is all that is needed.
  const auto add = [&](std::string_view rel, const std::optional<std::string>& token) {
    if (!token) return;
    links.add(rel, media::geojson, call.links.to("/search") + query_as_sent(call.request.query), {},
              R"("method":"POST","merge":true,"body":{"token":")" + *token + R"("})");
  };
  add("next", page.next);
  add("prev", page.prev);
  return page_response(call, services, "Search", std::move(page), request.fields, links, std::move(hrefs));
}

}  // namespace hayden::api::handlers
