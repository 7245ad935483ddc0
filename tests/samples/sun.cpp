#include "samples/sun.hpp"

#include <cmath>
#include <numbers>

namespace hayden::samples {

Sun sun_at(std::chrono::sys_time<std::chrono::microseconds> when, Place where) {
  using namespace std::chrono;
  constexpr double degree = std::numbers::pi / 180;
  const auto noon_2000 = sys_days{year{2000} / 1 / 1} + hours{12};
  const double days = duration<double, std::ratio<86400>>(when - noon_2000).count();

  const double mean_longitude = 280.460 + 0.9856474 * days;
  const double anomaly = (357.528 + 0.9856003 * days) * degree;
  const double longitude =
      (mean_longitude + 1.915 * std::sin(anomaly) + 0.020 * std::sin(2 * anomaly)) * degree;
  const double obliquity = (23.439 - 0.0000004 * days) * degree;
  const double ascension = std::atan2(std::cos(obliquity) * std::sin(longitude), std::cos(longitude));
  const double declination = std::asin(std::sin(obliquity) * std::sin(longitude));
  const double sidereal = 280.46062 + 360.98564737 * days;

  const double hour_angle = (sidereal + where.lon) * degree - ascension;
  const double lat = where.lat * degree;
  Sun sun;
  sun.elevation = std::asin(std::sin(lat) * std::sin(declination) +
                            std::cos(lat) * std::cos(declination) * std::cos(hour_angle)) /
                  degree;
  sun.azimuth = std::atan2(-std::sin(hour_angle) * std::cos(declination),
                           std::cos(lat) * std::sin(declination) -
                               std::sin(lat) * std::cos(declination) * std::cos(hour_angle)) /
                degree;
  sun.distance = 1.00014 - 0.01671 * std::cos(anomaly) - 0.00014 * std::cos(2 * anomaly);
  return sun;
}

}  // namespace hayden::samples
