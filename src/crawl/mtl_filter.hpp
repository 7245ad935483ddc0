#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace hayden::crawl {

/// `…/LC08_…_MTL.json` without `.json` or `.txt`; nothing for a key that is no MTL.
std::optional<std::string_view> mtl_stem(std::string_view key);

/// Chooses the one MTL to read for each scene of a listing in key order: JSON where there is one, else text.
/// Remembers one key only, since `.json` sorts right before `.txt`.
class MtlFilter {
 public:
  bool accepts(std::string_view key);

 private:
  std::string last_stem_;
};

}  // namespace hayden::crawl
