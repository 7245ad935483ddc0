#pragma once
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "crawl/object_store.hpp"

namespace hayden::crawl {

/// The name of the scene whose metadata a key holds: `…/LC08_…` for `…/LC08_…_MTL.json`, `_MTL.txt`,
/// `_MTL.xml`, and for `…/LC08_….xml` (ESPA and ARD). Nothing for any other key.
std::optional<std::string_view> mtl_stem(std::string_view key);

/// Chooses the one metadata object to read for each scene: a product's own XML, else MTL as JSON, text, XML.
/// The objects of a scene may be up to one page apart, and in any order; nothing older is remembered.
class MtlFilter {
 public:
  /// Those of the next page, in the order of their keys.
  std::vector<Object> choose(std::vector<Object> page);
  /// A scene that has been chosen already: the last of an interrupted listing.
  void begin_behind(std::string_view key);

 private:
  std::set<std::string, std::less<>> previous_;
};

}  // namespace hayden::crawl
