#pragma once
#include <string>
#include <string_view>

#include "core/json.hpp"
#include "mtl/scene.hpp"

namespace hayden::mtl {

/// The STAC Item (1.0.0) of a scene whose MTL lies at `mtl_href` (its siblings are the assets). Pure and
/// deterministic: the same MTL at the same place gives the same bytes. Links that depend on the server (self,
/// root, parent, collection) are not in it. See docs/landsat.md for every field and its source.
Json landsat_item(const Scene& scene, std::string_view mtl_href);

/// `landsat-c2-l1`, `landsat-c2-l2`, `landsat-c1-l1`, `landsat-c1-l2`, `landsat-c1-ard`, `landsat-pre-l1` or
/// `landsat-pre-l2`.
std::string landsat_collection_id(const Scene& scene);

/// The STAC Collection (1.0.0) of that id, with title, description, license, providers, keywords, summaries,
/// item_assets and the extents of the whole archive; without links that depend on the server.
Json landsat_collection(std::string_view id);

}  // namespace hayden::mtl
