#pragma once
#include "mtl/scene.hpp"

namespace hayden::mtl {

/// Reads the XML metadata of ESPA (root `espa_metadata`, versions 1 and 2: level-2 products made on order)
/// and of U.S. ARD tiles of Collection 1 (root `ard_metadata`). Throws like read_scene.
Scene read_espa_scene(const Document& document);

}  // namespace hayden::mtl
