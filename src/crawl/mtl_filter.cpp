#include "crawl/mtl_filter.hpp"

namespace hayden::crawl {

std::optional<std::string_view> mtl_stem(std::string_view key) {
  for (const std::string_view ending : {"_MTL.json", "_MTL.txt"}) {
    if (!key.ends_with(ending)) continue;
    const auto stem = key.substr(0, key.rfind('.'));
    const auto file = stem.substr(stem.rfind('/') + 1);
    if (file != "_MTL") return stem;
  }
  return {};
}

bool MtlFilter::accepts(std::string_view key) {
  const auto stem = mtl_stem(key);
  if (!stem || *stem == last_stem_) return false;
  last_stem_ = *stem;
  return true;
}

}  // namespace hayden::crawl
