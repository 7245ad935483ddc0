#pragma once
#include <string>

#include "core/json.hpp"
#include "mtl/landsat_family.hpp"

namespace hayden::mtl {

/// Key and body of the asset of a raster that ESPA or ARD metadata describes. Surface reflectance has the
/// keys of Collection 2 (`red`, `nir08`, …), all else its name at ESPA (`toa_band4`, `bt_band10`,
/// `pixel_qa`). The body has no place, and no grid but its resolution.
std::string described_key(const Scene::Band& band, Family family);
Json described_raster(const Scene::Band& band, Family family);
/// The body of the asset of the metadata itself.
Json described_metadata(const std::string& product_title);

}  // namespace hayden::mtl
