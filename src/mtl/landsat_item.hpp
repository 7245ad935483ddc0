#pragma once
#include <string>
#include <string_view>

#include "core/json.hpp"
#include "mtl/scene.hpp"

namespace hayden::mtl {

/// What lies beside an MTL and tells more of the image than its rectangle; empty where it was not read.
struct FootprintSources {
  std::string_view angle_coefficients;  ///< the bytes of *_ANG.txt; that of OLI has the corners of the image
  std::string_view usgs_item;           ///< the bytes of *_stac.json
};

/// The STAC Item (1.0.0) of a scene whose MTL lies at `mtl_href` (its siblings are the assets). The footprint
/// is the best that the sources hold: angle coefficients, the polygon of USGS, the product's rectangle; a
/// source that is broken or of another scene is passed over. `hayden:footprint_source` tells which it was.
/// Pure and deterministic: the same input at the same place gives the same bytes. Links that depend on the
/// server (self, root, parent, collection) are not in it. See docs/landsat.md for every field and its source.
Json landsat_item(const Scene& scene, std::string_view mtl_href, const FootprintSources& sources = {});

/// `landsat-c2-l1`, `landsat-c2-l2`, `landsat-c1-l1`, `landsat-c1-l2`, `landsat-c1-ard`, `landsat-pre-l1` or
/// `landsat-pre-l2`.
std::string landsat_collection_id(const Scene& scene);

/// The STAC Collection (1.0.0) of that id, with title, description, license, providers, keywords, summaries,
/// item_assets and the extents of the whole archive; without links that depend on the server.
Json landsat_collection(std::string_view id);

}  // namespace hayden::mtl
