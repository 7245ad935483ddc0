#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/links.hpp"
#include "core/exact_json.hpp"
#include "db/item_writer.hpp"
#include "http/message.hpp"
#include "stac/sent_document.hpp"

namespace hayden::api {

/// The body of a request that writes, with exact numbers. Throws Problem: 415 unless it is JSON (or GeoJSON,
/// or has no type), 400 when it cannot be read.
Json read_sent_body(const http::Request& request);
/// A merge patch (RFC 7386): an object, as application/merge-patch+json or as read_sent_body() takes it.
Json read_merge_patch(const http::Request& request);

bool is_feature_collection(const Json& body);

/// Where Items are sent to, and the links of the client that sends them.
struct Destination {
  const std::string& collection;
  const Links& links;
  const std::string* id = nullptr;  ///< of the address, which the Item must have
  std::string_view stored = {};     ///< the text of the Item that is there
};

/// An Item for a collection, whose id it may leave out; restore_item() has been at it. Throws Problem(400)
/// naming every fault at once.
db::SentItem sent_item(Json item, const Destination& to);

/// One of several Items: what can be stored, or what is wrong with it.
struct NewEntry {
  std::string id;  ///< empty when it has none
  std::optional<db::NewItem> item;
  std::string fault;
};
/// Of a FeatureCollection its features, else the one Item.
std::vector<NewEntry> new_items(Json body, const Destination& to);
/// Throws Problem(400) naming the faults of all; by their position when the body was a list.
void require_whole(const std::vector<NewEntry>& entries, bool is_list);
/// The Items of a bulk request: a FeatureCollection, a list of Items, `{"items": {id: Item}, "method": …}` as
/// stac-fastapi takes it, or one Item a line as application/x-ndjson, where a line that cannot be read costs
/// itself alone. A `method` sets `upsert`.
std::vector<NewEntry> bulk_entries(const http::Request& request, const Destination& to, bool& upsert);

/// A Collection; `id` as above.
stac::CollectionDocument sent_collection(const Json& collection, const std::string* id);

}  // namespace hayden::api
