#pragma once
#include <string>
#include <string_view>

#include "db/scene_writer.hpp"
#include "mtl/landsat_item.hpp"

namespace hayden::crawl {

/// Both faces of the scene whose MTL is `bytes`; `mtl_href` is where it and its siblings lie. Source, key and
/// mark are left to the caller. A scene without an EO3 form has the STAC face alone. Throws
/// Problem(422) with the reason when the bytes are no MTL that Hayden understands.
db::SceneRow scene_row(std::string_view bytes, const std::string& mtl_href,
                       const mtl::Neighbours& neighbours = {});

}  // namespace hayden::crawl
