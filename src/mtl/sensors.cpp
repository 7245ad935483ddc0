#include "mtl/sensors.hpp"

#include <algorithm>
#include <array>

#include "mtl/values.hpp"

namespace hayden::mtl {
namespace {

constexpr std::array<SensorName, 6> sensors{{{"MSS", Sensor::mss, 1, 5},
                                             {"TM", Sensor::tm, 4, 5},
                                             {"ETM", Sensor::etm, 7, 7},
                                             {"OLI", Sensor::oli, 8, 9},
                                             {"TIRS", Sensor::tirs, 8, 9},
                                             {"OLI_TIRS", Sensor::oli_tirs, 8, 9}}};

}  // namespace

const SensorName* sensor_named(std::string_view name) {
  const auto* const found = std::ranges::find(sensors, name, &SensorName::name);
  return found == sensors.end() ? nullptr : found;
}

int spacecraft_number(std::string_view id) {
  for (const std::string_view prefix : {"LANDSAT_", "Landsat"}) {
    if (!id.starts_with(prefix)) continue;
    const int number = whole_number(id.substr(prefix.size())).value_or(0);
    return number >= 1 && number <= 9 && number != 6 ? number : 0;
  }
  return 0;
}

}  // namespace hayden::mtl
