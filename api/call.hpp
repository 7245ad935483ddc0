#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/caller.hpp"
#include "api/collection_text.hpp"
#include "api/form.hpp"
#include "api/index_status.hpp"
#include "api/links.hpp"
#include "api/metrics.hpp"
#include "api/settings.hpp"
#include "core/json.hpp"
#include "core/percent.hpp"
#include "db/catalog.hpp"
#include "db/properties.hpp"
#include "http/message.hpp"
#include "http/router.hpp"
#include "http/server.hpp"
#include "stac/sort_key.hpp"

namespace hayden::db {
class ItemWriter;
}

namespace hayden::api {

class Signing;

/// What all handlers share.
struct Services {
  const Settings& settings;
  db::Pool& pool;
  db::Catalog& catalog;
  db::Properties& properties;
  Metrics& metrics;
  CollectionTexts& collection_texts;
  IndexStatusCache& index_status;
  db::ItemWriter* item_writer = nullptr;  ///< null as `writers` is
  db::Pool* writers = nullptr;            ///< not read-only; null when the service has only a reader's URL
  const http::Server* server = nullptr;   ///< set once it exists; for its counters
  Signing* signing = nullptr;             ///< null when the service signs no URLs
};

/// One request that found its route, as a handler sees it.
struct Call {
  const http::Request& request;
  const http::PathParameters& path;  ///< decoded
  Pairs query;                       ///< decoded
  Links links;
  const Caller& caller;
  std::string remote = {}, request_id = {};  ///< for limits and the audit log
  std::span<const Form> forms = {};  ///< that the operation offers, where it leaves the choice to its caller
  Form form = Form::json;            ///< the one that the client likes best
  std::int64_t rows = 0;  ///< how many rows the answer holds; the handler sets it for the access log

  /// The last value of a parameter.
  std::optional<std::string_view> parameter(std::string_view name) const;
  /// Of this very answer, in another form.
  std::string url_in(Form other) const;
};

/// Where a request came from: the address that the proxy saw where one is trusted, else the peer's.
std::string client_address(const http::Request& request, const Settings& settings);

/// The pool for work that writes. Throws Problem(403) when this service only reads.
db::Pool& writers_of(const Services& services);

/// The entity tag of an Item or a Collection, which is stored with the tag given.
std::string document_etag(const Call& call, const Services& services, const std::string& stored);

/// What searches can name, by what Items have.
stac::PropertyLookup property_lookup(const Services& services);

/// The entity tag of the form that the answer has; `etag` is that of the JSON.
std::string form_etag(const Call& call, std::string etag);

/// Adds links to this answer in its other forms than JSON (OGC 17-069r4, requirement fc-links).
void add_alternates(LinkList& links, const Call& call);

/// 200 with a body that clients may keep but have to check each time.
http::Response ok(std::string_view type, std::string body);
/// The same with an entity tag, given as for form_etag(); 304 and no body when the client has it already.
http::Response ok(const Call& call, std::string_view type, const std::string& etag, std::string body);
/// The 304 answer if the client has this representation.
std::optional<http::Response> not_modified(const Call& call, const std::string& json_etag);

}  // namespace hayden::api
