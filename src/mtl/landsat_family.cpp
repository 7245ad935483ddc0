#include "mtl/landsat_family.hpp"

namespace hayden::mtl {

Family family_of(const Scene& scene) {
  switch (scene.sensor) {
    case Sensor::mss:
      return scene.spacecraft <= 3 ? Family::mss_early : Family::mss_late;
    case Sensor::tm:
      return Family::tm;
    case Sensor::etm:
      return Family::etm;
    case Sensor::oli:
    case Sensor::tirs:
    case Sensor::oli_tirs:
      break;
  }
  return Family::oli;
}

std::string collection_id(Generation generation, Level level) {
  const std::string_view archive = generation == Generation::collection2   ? "c2"
                                   : generation == Generation::collection1 ? "c1"
                                                                           : "pre";
  const std::string_view product = level == Level::l1 ? "l1" : level == Level::l2 ? "l2" : "ard";
  return "landsat-" + std::string(archive) + "-" + std::string(product);
}

std::string product_title(Generation generation, Level level) {
  const std::string_view archive = generation == Generation::collection2   ? "Collection 2"
                                   : generation == Generation::collection1 ? "Collection 1"
                                                                           : "Pre-Collection";
  const std::string_view product = level == Level::l1   ? "Level-1"
                                   : level == Level::l2 ? "Level-2"
                                                        : "U.S. Analysis Ready Data";
  return std::string(archive) + " " + std::string(product);
}

std::string family_title(Family family) {
  switch (family) {
    case Family::mss_early:
    case Family::mss_late:
      return "Landsat 1-5 MSS";
    case Family::tm:
      return "Landsat 4-5 TM";
    case Family::etm:
      return "Landsat 7 ETM+";
    case Family::oli:
      break;
  }
  return "Landsat 8-9 OLI/TIRS";
}

std::string instrument_title(Family family, const std::string& band_name) {
  switch (family) {
    case Family::mss_early:
      return "Multispectral Scanner System, Landsat 1-3";
    case Family::mss_late:
      return "Multispectral Scanner System, Landsat 4-5";
    case Family::tm:
      return "Thematic Mapper";
    case Family::etm:
      return "Enhanced Thematic Mapper Plus";
    case Family::oli:
      break;
  }
  return band_name.starts_with("TIRS") ? "Thermal Infrared Sensor" : "Operational Land Imager";
}

}  // namespace hayden::mtl
