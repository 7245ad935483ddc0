#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "core/json.hpp"
#include "mtl/scene.hpp"

namespace hayden::mtl {

/// What lies beside an MTL and tells more than it.
struct Neighbours {
  /// Gives the bytes of a file, or the beginning of it, or none; called at most once, and only when they are
  /// needed. Empty where the file is not there.
  using Read = std::function<std::string()>;
  Read angle_coefficients;  ///< *_ANG.txt; only that of OLI has the corners of the image
  Read usgs_item;           ///< *_stac.json
  std::map<std::string, std::uint64_t, std::less<>> sizes;  ///< of files, in bytes, by name
};
/// Of *_ANG.txt so many bytes are enough: the corners of the image come before the coefficients.
inline constexpr std::size_t enough_of_angle_coefficients = 16'384;

/// The STAC Item (1.0.0) of a scene whose MTL lies at `mtl_href` (its siblings are the assets). The footprint
/// is the best that the neighbours hold: angle coefficients, the polygon of USGS, the product's rectangle; a
/// source that is broken or of another scene is passed over. `hayden:footprint_source` tells which it was.
/// An asset whose size is known has file:size. Deterministic: the same input at the same place gives the same
/// bytes. Links that depend on the server (self, root, parent, collection) are not in it. See docs/landsat.md
/// for every field and its source.
Json landsat_item(const Scene& scene, std::string_view mtl_href, const Neighbours& neighbours = {});

/// `landsat-c2-l1`, `landsat-c2-l2`, `landsat-c1-l1`, `landsat-c1-l2`, `landsat-c1-ard`, `landsat-pre-l1` or
/// `landsat-pre-l2`.
std::string landsat_collection_id(const Scene& scene);

/// The STAC Collection (1.0.0) of that id, with title, description, license, providers, keywords, summaries,
/// item_assets and the extents of the whole archive; without links that depend on the server.
Json landsat_collection(std::string_view id);

}  // namespace hayden::mtl
