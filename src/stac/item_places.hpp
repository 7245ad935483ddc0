#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hayden::stac {

/// Part of a text: offsets of its first byte and of the one behind its last.
struct Place {
  std::size_t begin = 0, end = 0;
  bool empty() const { return begin == end; }
  std::string_view in(std::string_view text) const { return text.substr(begin, end - begin); }
};

/// Where an asset says where it is. All places are what stands between quotes or braces, escapes as written.
struct AssetPlaces {
  Place key;
  Place href;                       ///< never at 0; begin is 0 when there is no href that is a string
  std::optional<Place> alternates;  ///< of the object `alternate`
  std::optional<Place> s3;          ///< of the alternate of that name
  bool has_https = false;           ///< as an alternate
};

/// The places in an Item's text that change when other hrefs are put in.
struct ItemPlaces {
  std::optional<Place> extensions;  ///< between the brackets of `stac_extensions`
  std::optional<Place> properties;  ///< between the braces of `properties`
  std::vector<AssetPlaces> assets;  ///< in their order
};

/// Finds the places in one pass that reads no more than it must: values of no interest are skipped 64 bytes
/// at a time. `places` is written anew. False when the text is no JSON object or ends too soon; anything else
/// that is wrong with it goes unnoticed, so it must be an Item that prepare_item() has made.
bool find_item_places(std::string_view text, ItemPlaces& places);

/// What a JSON string of the text says: its escapes resolved. Nothing when they are no good.
std::optional<std::string> unescaped(std::string_view written);

}  // namespace hayden::stac
