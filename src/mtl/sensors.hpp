#pragma once
#include <string_view>

#include "mtl/scene.hpp"

namespace hayden::mtl {

struct SensorName {
  std::string_view name;
  Sensor sensor;
  int first_spacecraft, last_spacecraft;

  bool flew_on(int spacecraft) const {
    return spacecraft >= first_spacecraft && spacecraft <= last_spacecraft;
  }
};

/// By its name in an MTL; nullptr for another.
const SensorName* sensor_named(std::string_view name);
/// `LANDSAT_7` and `Landsat7` are 7; 0 for anything else.
int spacecraft_number(std::string_view id);

}  // namespace hayden::mtl
