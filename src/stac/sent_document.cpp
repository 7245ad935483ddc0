#include "stac/sent_document.hpp"

#include <algorithm>
#include <vector>

#include "core/bbox.hpp"
#include "core/exact_json.hpp"
#include "core/time.hpp"
#include "stac/text_digest.hpp"

namespace hayden::stac {
namespace {

const Json* member(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

bool is_text(const Json* value) { return value != nullptr && value->is_string(); }

void check_id(const Json& document, Mistakes& mistakes) {
  const auto* const id = member(document, "id");
  if (!is_text(id)) return;
  const auto& text = id->get_ref<const std::string&>();
  if (text.size() > longest_id)
    mistakes.add("id", "must be " + std::to_string(longest_id) + " bytes at most");
  const bool is_plain = std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  if (!is_plain) mistakes.add("id", "must hold no control characters");
  if (text == "." || text == "..") mistakes.add("id", "must not be a step of a path");
}

void check_version(const Json& document, Mistakes& mistakes) {
  const auto* const version = member(document, "stac_version");
  if (!is_text(version)) return;
  const auto& text = version->get_ref<const std::string&>();
  if (!text.starts_with("1.0.") && !text.starts_with("1.1.")) {
    mistakes.add("stac_version", "must be 1.0.0 or 1.1.0, or another of their patches");
  }
}

void check_extensions(const Json& document, Mistakes& mistakes) {
  const auto* const extensions = member(document, "stac_extensions");
  if (extensions == nullptr) return;
  const bool are_texts = extensions->is_array() &&
                         std::ranges::all_of(*extensions, [](const Json& one) { return one.is_string(); });
  if (!are_texts) mistakes.add("stac_extensions", "must be a list of URLs");
}

void check_time(const Json& properties, const char* name, Mistakes& mistakes) {
  const auto* const value = member(properties, name);
  if (value == nullptr || value->is_null()) return;
  if (!value->is_string() || !parse_rfc3339(value->get_ref<const std::string&>())) {
    mistakes.add(std::string{"properties."} + name, "expected an RFC 3339 date-time with a zone");
  }
}

/// prepare_item() reads them only where `datetime` is null.
void check_times(const Json& properties, Mistakes& mistakes) {
  for (const auto* name : {"created", "updated"}) check_time(properties, name, mistakes);
  const auto* const datetime = member(properties, "datetime");
  if (datetime == nullptr || datetime->is_null()) return;
  Mistakes found;
  for (const auto* name : {"start_datetime", "end_datetime"}) check_time(properties, name, found);
  for (const auto& mistake : found.all()) mistakes.add("", mistake);
  const auto* const start = member(properties, "start_datetime");
  const auto* const end = member(properties, "end_datetime");
  if ((start == nullptr) != (end == nullptr)) {
    mistakes.add("properties", "start_datetime and end_datetime must come together");
  }
  if (!found.empty() || !is_text(start) || !is_text(end)) return;
  if (*parse_rfc3339(start->get_ref<const std::string&>()) >
      *parse_rfc3339(end->get_ref<const std::string&>())) {
    mistakes.add("properties.end_datetime", "is before start_datetime");
  }
}

void check_asset(const std::string& where, const Json& asset, Mistakes& mistakes) {
  for (const auto* name : {"title", "description", "type"}) {
    const auto* const value = member(asset, name);
    if (value != nullptr && !value->is_null() && !value->is_string())
      mistakes.add(where + "." + name, "must be text");
  }
  const auto* const roles = member(asset, "roles");
  if (roles == nullptr || roles->is_null()) return;
  const bool are_texts =
      roles->is_array() && std::ranges::all_of(*roles, [](const Json& one) { return one.is_string(); });
  if (!are_texts) mistakes.add(where + ".roles", "must be a list of texts");
}

void check_assets(const Json& document, Mistakes& mistakes) {
  const auto* const assets = member(document, "assets");
  if (assets == nullptr || !assets->is_object()) return;
  for (const auto& [name, asset] : assets->items()) check_asset("assets." + name, asset, mistakes);
}

void check_spatial(const Json* spatial, Mistakes& mistakes) {
  const auto* const boxes = spatial == nullptr ? nullptr : member(*spatial, "bbox");
  if (boxes == nullptr || !boxes->is_array() || boxes->empty()) {
    return mistakes.add("extent.spatial.bbox", "expected a list of at least one bounding box");
  }
  for (std::size_t i = 0; i < boxes->size(); ++i) {
    const auto where = "extent.spatial.bbox[" + std::to_string(i) + "]";
    const auto& box = (*boxes)[i];
    if (!box.is_array() || !std::ranges::all_of(box, [](const Json& one) { return one.is_number(); })) {
      mistakes.add(where, "expected 4 or 6 numbers");
      continue;
    }
    Mistakes found;
    bbox_from_numbers(box.get<std::vector<double>>(), found);
    for (const auto& mistake : found.all()) mistakes.add(where, mistake);
  }
}

bool is_interval(const Json& interval) {
  if (!interval.is_array() || interval.size() != 2) return false;
  std::optional<Instant> ends[2];
  for (std::size_t i = 0; i < 2; ++i) {
    if (interval[i].is_null()) continue;
    if (!interval[i].is_string()) return false;
    ends[i] = parse_rfc3339(interval[i].get_ref<const std::string&>());
    if (!ends[i]) return false;
  }
  return !ends[0] || !ends[1] || *ends[0] <= *ends[1];
}

void check_temporal(const Json* temporal, Mistakes& mistakes) {
  const auto* const intervals = temporal == nullptr ? nullptr : member(*temporal, "interval");
  if (intervals == nullptr || !intervals->is_array() || intervals->empty()) {
    return mistakes.add("extent.temporal.interval", "expected a list of at least one interval");
  }
  for (std::size_t i = 0; i < intervals->size(); ++i) {
    if (is_interval((*intervals)[i])) continue;
    mistakes.add("extent.temporal.interval[" + std::to_string(i) + "]",
                 "expected two RFC 3339 date-times in order, either of them null where it is open");
  }
}

void check_links(const Json& document, Mistakes& mistakes) {
  const auto* const links = member(document, "links");
  if (links == nullptr) return;
  const bool are_links = links->is_array() && std::ranges::all_of(*links, [](const Json& link) {
                           return is_text(member(link, "href")) && is_text(member(link, "rel"));
                         });
  if (!are_links) mistakes.add("links", "expected a list of objects with href and rel");
}

}  // namespace

void check_sent_item(const Json& item, Mistakes& mistakes) {
  if (!item.is_object()) return;
  check_id(item, mistakes);
  check_version(item, mistakes);
  check_extensions(item, mistakes);
  if (const auto* const properties = member(item, "properties")) check_times(*properties, mistakes);
  check_assets(item, mistakes);
}

CollectionDocument prepare_collection(const Json& collection) {
  CollectionDocument document;
  document.id = collection.at("id").get<std::string>();
  document.text = dump_exact_json(collection);
  document.etag = text_digest(document.text);
  return document;
}

void check_sent_collection(const Json& collection, Mistakes& mistakes) {
  if (!collection.is_object()) return mistakes.add("", "a Collection must be a JSON object");
  const auto* const type = member(collection, "type");
  if (!is_text(type) || *type != "Collection") mistakes.add("type", "must be 'Collection'");
  for (const auto* name : {"stac_version", "id", "description", "license"}) {
    const auto* const value = member(collection, name);
    if (!is_text(value) || value->get_ref<const std::string&>().empty()) {
      mistakes.add(name, "expected a string that is not empty");
    }
  }
  check_id(collection, mistakes);
  check_version(collection, mistakes);
  check_extensions(collection, mistakes);
  check_links(collection, mistakes);
  const auto* const title = member(collection, "title");
  if (title != nullptr && !title->is_null() && !title->is_string()) mistakes.add("title", "must be text");
  for (const auto* name : {"summaries", "assets", "item_assets"}) {
    const auto* const value = member(collection, name);
    if (value != nullptr && !value->is_object()) mistakes.add(name, "must be an object");
  }
  const auto* const extent = member(collection, "extent");
  if (extent == nullptr || !extent->is_object()) return mistakes.add("extent", "expected an object");
  check_spatial(member(*extent, "spatial"), mistakes);
  check_temporal(member(*extent, "temporal"), mistakes);
}

}  // namespace hayden::stac
