#include "stac/item_document.hpp"

#include <algorithm>
#include <array>

#include "core/exact_json.hpp"
#include "geo/geometry.hpp"
#include "stac/text_digest.hpp"

namespace hayden::stac {
namespace {

/// Links that point into the service that serves the Item; it adds its own.
bool is_server_link(const Json& link) {
  static constexpr std::array<std::string_view, 4> relations{"self", "root", "parent", "collection"};
  const auto rel = link.find("rel");
  return rel != link.end() && rel->is_string() &&
         std::find(relations.begin(), relations.end(), rel->get_ref<const std::string&>()) != relations.end();
}

const std::string* string_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get_ptr<const std::string*>() : nullptr;
}

void require_string(const Json& object, const char* name, Mistakes& mistakes) {
  const auto* value = string_member(object, name);
  if (value == nullptr || value->empty()) mistakes.add(name, "expected a string that is not empty");
}

std::optional<Instant> read_time(const Json& properties, const char* name, Mistakes& mistakes) {
  const auto* text = string_member(properties, name);
  const auto instant = text == nullptr ? std::nullopt : parse_rfc3339(*text);
  if (!instant) mistakes.add(std::string{"properties."} + name, "expected an RFC 3339 date-time with a zone");
  return instant;
}

void read_times(const Json& properties, ItemDocument& document, Mistakes& mistakes) {
  const auto found = properties.find("datetime");
  if (found == properties.end()) {
    mistakes.add("properties.datetime", "required; null when start_datetime and end_datetime are given");
  } else if (!found->is_null()) {
    if (const auto instant = read_time(properties, "datetime", mistakes)) {
      document.datetime = document.start = document.end = *instant;
    }
  } else {
    const auto start = read_time(properties, "start_datetime", mistakes);
    const auto end = read_time(properties, "end_datetime", mistakes);
    if (!start || !end) return;
    if (*start > *end) mistakes.add("properties.end_datetime", "is before start_datetime");
    document.datetime = document.start = *start;
    document.end = *end;
  }
}

void check_bbox(const Json& item, Mistakes& mistakes) {
  const auto found = item.find("bbox");
  if (found == item.end() || !found->is_array())
    return mistakes.add("bbox", "required with a geometry: 4 or 6 numbers");
  std::vector<double> numbers;
  for (const auto& number : *found) {
    if (!number.is_number()) return mistakes.add("bbox", "expected 4 or 6 numbers");
    numbers.push_back(number.get<double>());
  }
  bbox_from_numbers(numbers, mistakes);
}

void check_assets(const Json& item, Mistakes& mistakes) {
  const auto assets = item.find("assets");
  if (assets == item.end() || !assets->is_object()) return mistakes.add("assets", "expected an object");
  for (const auto& [key, asset] : assets->items()) {
    if (!asset.is_object() || string_member(asset, "href") == nullptr) {
      mistakes.add("assets." + key, "expected an object with an href");
    }
  }
}

void check_links(const Json& item, Mistakes& mistakes) {
  const auto links = item.find("links");
  if (links == item.end()) return;
  if (!links->is_array()) return mistakes.add("links", "expected an array");
  for (const auto& link : *links) {
    if (!link.is_object() || string_member(link, "href") == nullptr ||
        string_member(link, "rel") == nullptr) {
      mistakes.add("links", "every link must be an object with href and rel");
      return;
    }
  }
}

/// Writes the Item with its members in their order, the server's links left out. The properties are written
/// already.
void write_text(const Json& item, ItemDocument& document) {
  auto& text = document.text;
  const auto write_links = [&](const Json& links) {
    text += "\"links\":[";
    document.links_at = static_cast<int>(text.size());
    bool first = true;
    for (const auto& link : links) {
      if (is_server_link(link)) continue;
      if (!first) text += ',';
      append_exact_json(text, link);
      first = false;
    }
    text += ']';
  };
  text += '{';
  bool found_links = false;
  for (const auto& [name, value] : item.items()) {
    if (text.size() > 1) text += ',';
    if (name == "links") {
      write_links(value);
      found_links = true;
      continue;
    }
    append_json_string(text, name);
    text += ':';
    if (name == "properties") {
      text += document.properties;
    } else {
      append_exact_json(text, value);
    }
  }
  if (!found_links) {
    text += ',';
    write_links(Json::array());
  }
  text += '}';
}

}  // namespace

ItemDocument prepare_item(const Json& given) {
  return has_exact_numbers(given) ? prepare_item(given, rounded(given)) : prepare_item(given, given);
}

ItemDocument prepare_item(const Json& given, const Json& item) {
  if (!item.is_object()) throw Problem(400, "InvalidItem", "an Item must be a JSON object");
  Mistakes mistakes;
  ItemDocument document;
  const auto* const type = string_member(item, "type");
  if (type == nullptr || *type != "Feature") mistakes.add("type", "must be 'Feature'");
  for (const auto* name : {"stac_version", "id", "collection"}) require_string(item, name, mistakes);
  const auto geometry = item.find("geometry");
  if (geometry == item.end()) {
    mistakes.add("geometry", "required; null when there is none");
  } else if (!geometry->is_null()) {
    if (auto wkb = geo::wkb_from_geojson(*geometry, "geometry", mistakes))
      document.geometry_wkb = std::move(*wkb);
    check_bbox(item, mistakes);
  }
  const auto properties = item.find("properties");
  if (properties == item.end() || !properties->is_object()) {
    mistakes.add("properties", "expected an object");
  } else {
    read_times(*properties, document, mistakes);
  }
  check_assets(item, mistakes);
  check_links(item, mistakes);
  mistakes.throw_if_any();

  document.id = *string_member(item, "id");
  document.collection = *string_member(item, "collection");
  document.properties = dump_exact_json(given.at("properties"));
  write_text(given, document);
  document.etag = text_digest(document.text);
  return document;
}

}  // namespace hayden::stac
