#pragma once
#include <string>
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

/// The kinds of asset of one level of one family of sensors, in the order they are listed in an Item. Built
/// once.
const std::vector<AssetKind>& asset_kinds(Level level, Family family);

}  // namespace hayden::mtl
