#include "crawl/mtl_filter.hpp"

#include <algorithm>

#include "crawl/product_name.hpp"

namespace hayden::crawl {

std::optional<std::string_view> mtl_stem(std::string_view key) {
  const auto file = key.substr(key.rfind('/') + 1);
  const auto folder = key.size() - file.size();
  for (const std::string_view ending : {"_MTL.json", "_MTL.txt", "_MTL.xml"}) {
    if (file.ends_with(ending) && file.size() > ending.size())
      return key.substr(0, folder + file.size() - ending.size());
  }
  if (!file.ends_with(".xml") || file.find('.') != file.size() - 4) return {};
  const auto stem = file.substr(0, file.size() - 4);
  // `LC08_…_01_A2`, `LC08_CU_027009_20130701_20200101_C01_V01`: the product's own file, not one of its parts.
  const auto name = parse_product_name(stem);
  const auto last = stem.substr(stem.rfind('_') + 1);
  const bool is_product = name && (name->level.empty() || last == name->tier);
  const bool is_tile =
      stem.size() > 8 && stem[0] == 'L' && stem[4] == '_' && last.size() == 3 && last[0] == 'V';
  if (!is_product && !is_tile) return {};
  return key.substr(0, folder + stem.size());
}

std::vector<Object> MtlFilter::choose(std::vector<Object> page) {
  std::erase_if(page, [](const Object& object) { return !mtl_stem(object.key); });
  // `X.xml` sorts before `X_MTL.json`, that before `.txt` and `.xml`.
  std::sort(page.begin(), page.end(), [](const Object& a, const Object& b) { return a.key < b.key; });
  std::set<std::string, std::less<>> stems;
  std::erase_if(page, [&](const Object& object) {
    const auto stem = *mtl_stem(object.key);
    return !stems.emplace(stem).second || previous_.contains(stem);
  });
  if (!stems.empty()) previous_ = std::move(stems);
  return page;
}

void MtlFilter::begin_behind(std::string_view key) {
  if (const auto stem = mtl_stem(key)) previous_.emplace(*stem);
}

}  // namespace hayden::crawl
