#pragma once
#include <chrono>

#include "samples/wrs.hpp"

namespace hayden::samples {

struct Sun {
  double elevation = 0,
         azimuth = 0;   ///< degrees; azimuth from north, clockwise, -180 to 180 as USGS writes it
  double distance = 1;  ///< Earth to sun, astronomical units
};

/// Low-precision solar position of the Astronomical Almanac (0.01° between 1950 and 2050), without
/// refraction.
Sun sun_at(std::chrono::sys_time<std::chrono::microseconds> when, Place where);

}  // namespace hayden::samples
