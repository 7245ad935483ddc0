#pragma once
#include <cstdlib>
#include <vector>

#include "core/percent.hpp"
#include "crawl/listing.hpp"

namespace hayden::crawl {

/// Keys go to the database, which takes UTF-8 without NUL only, and to the choice of scenes.
inline void use(Page page) {
  for (const auto& object : page.objects) {
    if (!is_utf8(object.key) || object.key.find('\0') != object.key.npos) std::abort();
  }
  MtlFilter filter;
  page.last = true;
  for (const auto& scene : filter.choose(page)) {
    if (!mtl_stem(scene.metadata.key) || scene.mark().empty() != scene.metadata.mark.empty()) std::abort();
  }
}

}  // namespace hayden::crawl
