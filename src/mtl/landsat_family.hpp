#pragma once
#include <array>
#include <string>

#include "mtl/scene.hpp"

namespace hayden::mtl {

/// Sensors that share band numbers, asset keys and quality bits.
enum class Family {
  mss_early,  ///< Landsat 1 to 3: bands 4 to 7
  mss_late,   ///< Landsat 4 and 5: bands 1 to 4
  tm,
  etm,
  oli  ///< OLI, TIRS or both
};

inline constexpr std::array all_families{Family::oli, Family::etm, Family::tm, Family::mss_late,
                                         Family::mss_early};

/// Decided by sensor and spacecraft, never by the letters of the product id.
Family family_of(const Scene& scene);

inline bool is_mss(Family family) { return family == Family::mss_early || family == Family::mss_late; }

/// `landsat-c2-l2`, `landsat-c1-l1`, `landsat-c1-ard`, `landsat-pre-l1`, …: the collection of such products.
std::string collection_id(Generation generation, Level level);
/// "Collection 2 Level-2", "Pre-Collection Level-1", …
std::string product_title(Generation generation, Level level);

/// "Landsat 8-9 OLI/TIRS", "Landsat 7 ETM+", …
std::string family_title(Family family);
/// "Operational Land Imager", "Thermal Infrared Sensor", … by the prefix of an `eo:bands` name.
std::string instrument_title(Family family, const std::string& band_name);

}  // namespace hayden::mtl
