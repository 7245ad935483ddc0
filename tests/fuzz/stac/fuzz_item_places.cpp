#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/json.hpp"
#include "stac/item_places.hpp"

using namespace hayden;

// Any bytes; and what is JSON, as the service writes it, against the parsed document.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(data, data + size);
  stac::ItemPlaces places;
  stac::find_item_places(bytes, places);
  try {
    const auto item = parse_json(bytes);
    const auto text = dump_json(item);
    const bool whole = stac::find_item_places(text, places);
    if (whole != item.is_object()) std::abort();
    const auto assets = whole ? item.find("assets") : item.end();
    std::size_t next = 0;
    if (assets != item.end() && assets->is_object()) {
      for (const auto& [key, asset] : assets->items()) {
        if (!asset.is_object()) continue;
        if (next == places.assets.size()) std::abort();
        const auto& found = places.assets[next++];
        const auto href = asset.find("href");
        const bool has_href = href != asset.end() && href->is_string();
        if (stac::unescaped(found.key.in(text)) != key) std::abort();
        if (has_href != (found.href.begin != 0)) std::abort();
        if (has_href && stac::unescaped(found.href.in(text)) != href->get<std::string>()) std::abort();
      }
    }
    if (next != places.assets.size()) std::abort();
  } catch (const Problem&) {
    // Not JSON.
  }
  return 0;
}
