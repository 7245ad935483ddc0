#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "mtl/landsat_family.hpp"

namespace hayden::mtl {

/// One kind of asset of a product: all that is known of it before a scene is.
struct AssetKind {
  enum class Raster { none, reflective, panchromatic, thermal };

  std::string key;       ///< of the Item's `assets`
  std::string file_key;  ///< FILE_NAME_* without that prefix; empty when the MTL does not name the file
  std::string suffix;    ///< the file's name is `<product id>_<suffix>` where the MTL does not name it
  std::string scaling;   ///< key of Scene::scaling; empty when scale and offset are constants of the product
  Raster raster = Raster::none;  ///< the grid that it is on
  Json body;                     ///< the asset, with an empty `href`
};

/// The kinds of asset that an MTL of one generation and level names, for one family of sensors, in the order
/// they are listed in an Item. Built once. None for ARD, nor for level 2 before Collection 2.
const std::vector<AssetKind>& asset_kinds(Generation generation, Level level, Family family);

/// A spectral band by its number in FILE_NAME_BAND_n (61 and 62 are the thermal band of ETM+ in low and high
/// gain, 6 is the first): asset key and `eo:bands`.
struct NumberedBand {
  std::string key;
  Json eo_bands;
  int gsd = 0;  ///< metres, where it is not the gsd of the Item
};
std::optional<NumberedBand> numbered_band(Family family, std::string_view number);

}  // namespace hayden::mtl
