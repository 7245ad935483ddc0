#pragma once
#include "api/call.hpp"
#include "http/message.hpp"

/// One function per operation of openapi/openapi.yaml. Each throws Problem for what the client is to be told.
namespace hayden::api::handlers {

http::Response landing(Call& call, const Services& services);
http::Response conformance(Call& call, const Services& services);
/// What filters can call (draft of OGC 19-079, resource Functions).
http::Response functions(Call& call, const Services& services);
http::Response openapi_json(Call& call, const Services& services);
http::Response openapi_yaml(Call& call, const Services& services);
http::Response openapi_html(Call& call, const Services& services);

/// Catalogs between the landing page and Items: STAC API Browseable 1.0.0-rc.3.
http::Response browse_collections(Call& call, const Services& services);
http::Response browse(Call& call, const Services& services);

http::Response collections(Call& call, const Services& services);
http::Response children(Call& call, const Services& services);
http::Response collection(Call& call, const Services& services);
http::Response queryables(Call& call, const Services& services);
http::Response collections_queryables(Call& call, const Services& services);
http::Response collection_queryables(Call& call, const Services& services);
http::Response sortables(Call& call, const Services& services);
http::Response collection_sortables(Call& call, const Services& services);

http::Response collection_items(Call& call, const Services& services);
http::Response item(Call& call, const Services& services);
http::Response search_by_query(Call& call, const Services& services);
http::Response search_by_body(Call& call, const Services& services);
http::Response aggregations(Call& call, const Services& services);
http::Response aggregate_by_query(Call& call, const Services& services);
http::Response aggregate_by_body(Call& call, const Services& services);

http::Response harvests(Call& call, const Services& services);
http::Response harvest(Call& call, const Services& services);
http::Response asset(Call& call, const Services& services);
http::Response sign_href(Call& call, const Services& services);
http::Response sign_hrefs(Call& call, const Services& services);

http::Response live(Call& call, const Services& services);
http::Response ready(Call& call, const Services& services);
http::Response health(Call& call, const Services& services);
http::Response metrics(Call& call, const Services& services);

}  // namespace hayden::api::handlers
