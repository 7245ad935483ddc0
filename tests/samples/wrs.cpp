#include "samples/wrs.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace hayden::samples {
namespace {

constexpr double degree = std::numbers::pi / 180;
constexpr int rows_per_orbit = 248;
constexpr int equator_row = 60;
constexpr int last_descending_row = 122;
constexpr double eccentricity_squared = 0.00669437999014;  // WGS 84

double wrap(double lon) { return lon - 360 * std::floor((lon + 180) / 360); }

struct Box {
  double west, south, east, north;
};

constexpr std::array<Box, 34> land_boxes = {{
    {-168, 54, -141, 71}, {-141, 50, -60, 70},  {-125, 60, -62, 82}, {-125, 30, -67, 50},
    {-117, 15, -87, 32},  {-92, 7, -77, 18},    {-85, 18, -62, 23},  {-55, 60, -20, 82},
    {-24, 63, -13, 67},   {-80, -6, -50, 12},   {-82, -20, -35, 0},  {-75, -40, -40, -20},
    {-76, -55, -62, -38}, {-10, 36, 30, 60},    {-10, 50, 2, 59},    {5, 55, 60, 71},
    {30, 36, 90, 60},     {60, 50, 140, 75},    {140, 50, 180, 72},  {-180, 62, -169, 69},
    {-17, 12, 40, 36},    {-17, 4, 48, 15},     {9, -18, 42, 5},     {12, -35, 36, -17},
    {43, -26, 51, -12},   {35, 12, 60, 38},     {60, 24, 90, 38},    {68, 8, 90, 26},
    {90, 18, 122, 52},    {122, 30, 146, 52},   {95, -11, 127, 20},  {113, -39, 154, -11},
    {130, -11, 151, 0},   {166, -47, 179, -34},
}};
constexpr double antarctic_coast = -70;

bool on_land(Place at) {
  return at.lat < antarctic_coast || std::any_of(land_boxes.begin(), land_boxes.end(), [&](const Box& box) {
           return at.lon >= box.west && at.lon <= box.east && at.lat >= box.south && at.lat <= box.north;
         });
}

}  // namespace

const Wrs& wrs(int type) {
  static constexpr Wrs first{1, 251, 18, 99.1, -65.48};
  static constexpr Wrs second{2, 233, 16, 98.2, -64.6};
  return type == 1 ? first : second;
}

Place centre(const Wrs& system, PathRow at) {
  const double along = (at.row - equator_row) * 360.0 / rows_per_orbit * degree;
  const double inclination = system.inclination * degree;
  const double geocentric = std::asin(-std::sin(along) * std::sin(inclination));
  const double lat = std::atan(std::tan(geocentric) / (1 - eccentricity_squared)) / degree;
  const double turned = (at.row - equator_row) * 1.0 / rows_per_orbit * system.days * 360.0 /
                        system.paths;  // by the Earth, meanwhile
  const double lon = system.first_node - (at.path - 1) * 360.0 / system.paths +
                     std::atan2(std::cos(inclination) * std::sin(along), std::cos(along)) / degree - turned;
  return {wrap(lon), lat};
}

double lean(const Wrs& system, double lat) {
  const double across = std::min(1.0, -std::cos(system.inclination * degree) / std::cos(lat * degree));
  const double along = std::sqrt(1 - across * across);
  const double earth = system.orbit_minutes() / 1440 * std::cos(lat * degree);
  return std::atan2(across + earth, along) / degree;
}

PathRow nearest(const Wrs& system, Place place) {
  PathRow best{1, 1};
  double best_distance = 1e9;
  for (int row = 1; row <= last_descending_row; ++row) {
    for (int path = 1; path <= system.paths; ++path) {
      const Place at = centre(system, {path, row});
      const double distance =
          std::hypot(wrap(at.lon - place.lon) * std::cos(place.lat * degree), at.lat - place.lat);
      if (distance >= best_distance) continue;
      best_distance = distance;
      best = {path, row};
    }
  }
  return best;
}

std::vector<PathRow> land(const Wrs& system) {
  std::vector<PathRow> found;
  for (int path = 1; path <= system.paths; ++path) {
    for (int row = 1; row <= last_descending_row; ++row) {
      if (on_land(centre(system, {path, row}))) found.push_back({path, row});
    }
  }
  return found;
}

}  // namespace hayden::samples
