#include "api/sent_items.hpp"

#include <algorithm>

#include "api/body.hpp"
#include "api/sent_back.hpp"
#include "core/problem.hpp"
#include "odc/item_face.hpp"
#include "stac/sent_document.hpp"

namespace hayden::api {
namespace {

/// Merging looks up the members of an object one by one.
constexpr std::size_t widest_patch = 1'000;

bool is_too_wide(const Json& patch) {
  if (!patch.is_object()) return false;
  return patch.size() > widest_patch ||
         std::ranges::any_of(patch, [](const Json& member) { return is_too_wide(member); });
}

/// The id and collection of a document must be those of its address.
void require_same(const Json& document, const char* member, const std::string& expected, Mistakes& mistakes) {
  const auto found = document.find(member);
  if (found == document.end() || !found->is_string()) return;  // told elsewhere
  const auto& given = found->get_ref<const std::string&>();
  if (given != expected) mistakes.add(member, "is '" + given + "', and the address says '" + expected + "'");
}

NewEntry entry_of(Json item, const Destination& to) {
  NewEntry entry;
  if (item.is_object()) {
    if (const auto id = item.find("id"); id != item.end() && id->is_string())
      entry.id = id->get<std::string>();
  }
  try {
    auto sent = sent_item(std::move(item), to);
    entry.item = db::NewItem{std::move(sent.document), odc::face_of(sent.item)};
  } catch (const Problem& problem) {
    entry.fault = problem.what();
  }
  return entry;
}

std::vector<NewEntry> entries_of_lines(std::string_view body, const Destination& to) {
  std::vector<NewEntry> entries;
  while (!body.empty()) {
    const auto end = std::min(body.find('\n'), body.size());
    auto line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    // RFC 8142 puts a record separator before each text.
    while (!line.empty() && (line.front() == '\x1e' || line.front() == ' ')) line.remove_prefix(1);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    try {
      entries.push_back(entry_of(parse_exact_json(line), to));
    } catch (const Problem& problem) {
      entries.push_back({.id = {}, .item = {}, .fault = problem.what()});
    }
  }
  return entries;
}

/// stac-fastapi's form; an Item may leave out its id, which is its key.
std::vector<NewEntry> entries_by_id(Json& items, const Destination& to) {
  std::vector<NewEntry> entries;
  for (auto& [id, item] : items.get_ref<Json::object_t&>()) {
    auto entry = entry_of(std::move(item), to);
    if (entry.item && entry.item->document.id != id) {
      entry.item.reset();
      entry.fault = "id: is not the key under which the Item stands";
    }
    if (entry.id.empty()) entry.id = id;
    entries.push_back(std::move(entry));
  }
  return entries;
}

Json& features_of(Json& collection) {
  const auto features = collection.find("features");
  if (features == collection.end() || !features->is_array()) {
    throw Problem(400, "InvalidParameterValue", "features: must be a list of Items");
  }
  return *features;
}

void require_any(const std::vector<NewEntry>& entries) {
  if (entries.empty()) throw Problem(400, "InvalidParameterValue", "the body holds no Item");
}

void read_method(const Json& body, bool& upsert) {
  const auto method = body.find("method");
  if (method == body.end()) return;
  if (*method != "insert" && *method != "upsert") {
    throw Problem(400, "InvalidParameterValue", "method: must be one of insert, upsert");
  }
  upsert = *method == "upsert";
}

}  // namespace

Json read_sent_body(const http::Request& request) {
  require_json_body(request);
  return parse_exact_json(request.body);
}

Json read_merge_patch(const http::Request& request) {
  refuse_compressed(request);
  const auto type = media_type(request);
  if (!type.empty() && !is_any_of(type, {media::json, media::geojson, "application/merge-patch+json"})) {
    throw Problem(415, "UnsupportedMediaType",
                  "a patch is a merge patch (RFC 7386), application/merge-patch+json or application/json");
  }
  auto patch = parse_exact_json(request.body);
  if (!patch.is_object()) throw Problem(400, "InvalidParameterValue", "a merge patch must be a JSON object");
  if (is_too_wide(patch)) {
    throw Problem(
        400, "InvalidParameterValue",
        "an object of a merge patch must have " + std::to_string(widest_patch) + " members at most");
  }
  return patch;
}

bool is_feature_collection(const Json& body) {
  if (!body.is_object()) return false;
  const auto type = body.find("type");
  return type != body.end() && *type == "FeatureCollection";
}

db::SentItem sent_item(Json item, const Destination& to) {
  Mistakes mistakes;
  if (item.is_object()) {
    if (!item.contains("collection")) item["collection"] = to.collection;
    require_same(item, "collection", to.collection, mistakes);
    if (to.id != nullptr) require_same(item, "id", *to.id, mistakes);
    restore_item(item, to.links, to.stored);
  }
  const bool is_exact = has_exact_numbers(item);
  auto plain = is_exact ? rounded(item) : Json();
  stac::check_sent_item(is_exact ? plain : item, mistakes);
  try {
    auto document = stac::prepare_item(item, is_exact ? plain : item);
    mistakes.throw_if_any();
    return {std::move(document), is_exact ? std::move(plain) : std::move(item)};
  } catch (const Problem& problem) {
    if (mistakes.empty()) throw;
    std::string all;
    for (const auto& mistake : mistakes.all()) all += (all.empty() ? "" : "; ") + mistake;
    if (all == problem.what()) throw;
    throw Problem(400, "InvalidItem", all + "; " + problem.what());
  }
}

std::vector<NewEntry> new_items(Json body, const Destination& to) {
  std::vector<NewEntry> entries;
  if (!is_feature_collection(body)) {
    entries.push_back(entry_of(std::move(body), to));
    return entries;
  }
  for (auto& item : features_of(body)) entries.push_back(entry_of(std::move(item), to));
  require_any(entries);
  return entries;
}

void require_whole(const std::vector<NewEntry>& entries, bool is_list) {
  std::string faults;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].item) continue;
    faults += faults.empty() ? "" : "; ";
    if (is_list) faults += "features[" + std::to_string(i) + "]: ";
    faults += entries[i].fault;
  }
  if (!faults.empty()) throw Problem(400, "InvalidItem", faults);
}

std::vector<NewEntry> bulk_entries(const http::Request& request, const Destination& to, bool& upsert) {
  refuse_compressed(request);
  std::vector<NewEntry> entries;
  if (is_any_of(media_type(request), {"application/x-ndjson", "application/ndjson", "application/jsonl",
                                      "application/geo+json-seq"})) {
    entries = entries_of_lines(request.body, to);
  } else {
    require_json_body(request);
    const ElementSink sink{.begin = [&] { entries.clear(); },
                           .element = [&](Json item) { entries.push_back(entry_of(std::move(item), to)); }};
    auto body = parse_exact_list(request.body, "features", sink);
    if (body.is_object() && body.contains("items") && body["items"].is_object()) {
      read_method(body, upsert);
      entries = entries_by_id(body["items"], to);
    } else if (is_feature_collection(body)) {
      features_of(body);
    } else if (!body.is_array()) {
      throw Problem(
          400, "InvalidParameterValue",
          "the body must be a FeatureCollection, a list of Items, an object with items by their id, or one "
          "Item a line as application/x-ndjson");
    }
  }
  require_any(entries);
  return entries;
}

stac::CollectionDocument sent_collection(const Json& collection, const std::string* id) {
  Mistakes mistakes;
  if (id != nullptr && collection.is_object()) require_same(collection, "id", *id, mistakes);
  stac::check_sent_collection(rounded(collection), mistakes);
  mistakes.throw_if_any();
  return stac::prepare_collection(collection);
}

}  // namespace hayden::api
