#include "mtl/landsat_footprint.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace hayden::mtl {
namespace {

constexpr double tolerance = 0.01;  // degrees
constexpr int most_steps = 16;

using Ring = std::vector<geo::Point>;

/// How far the middle of an edge is off its chord, in degrees of latitude.
double bulge(const geo::Point& start, const geo::Point& middle, const geo::Point& end) {
  const double shrink = std::cos(start.y * std::numbers::pi / 180);
  const auto from_start = [&](const geo::Point& point) {
    return geo::Point{std::remainder(point.x - start.x, 360) * shrink, point.y - start.y};
  };
  const geo::Point chord = from_start(end);
  const geo::Point aside = from_start(middle);
  return std::abs(chord.x * aside.y - chord.y * aside.x) / std::hypot(chord.x, chord.y);
}

/// The parts that each edge needs, by a ring that has its corners and the middles of its edges. The distance
/// of an arc from its chord falls with the square of the parts.
int steps_for(const Ring& halved) {
  double most = 0;
  for (std::size_t i = 0; i < halved.size(); i += 2) {
    most = std::max(most, bulge(halved[i], halved[i + 1], halved[(i + 2) % halved.size()]));
  }
  return std::clamp(static_cast<int>(std::ceil(std::sqrt(most / tolerance))), 1, most_steps);
}

bool is_utm(int epsg) { return epsg / 100 == 326 || epsg / 100 == 327; }

}  // namespace

std::array<double, 4> edges_of(const Grid& grid) {
  return {grid.origin_x, grid.origin_y - grid.rows * grid.cell, grid.origin_x + grid.columns * grid.cell,
          grid.origin_y};
}

geo::Footprint footprint_of(const Scene& scene) {
  const auto [west, south, east, north] = edges_of(scene.reflective);
  if (scene.epsg == 0) {
    const std::array<geo::Polygon, 1> tile{{{geo::rectangle_ring(west, south, east, north, 1)}}};
    return geo::footprint_from_polygons(scene.wkt, tile);
  }
  if (!is_utm(scene.epsg)) return geo::footprint_from_rectangle(scene.epsg, west, south, east, north);
  const Ring halved = geo::to_lonlat(scene.epsg, geo::rectangle_ring(west, south, east, north, 2));
  const int steps = steps_for(halved);
  if (steps == 2) return geo::footprint_from_ring(halved);
  return geo::footprint_from_ring(
      geo::to_lonlat(scene.epsg, geo::rectangle_ring(west, south, east, north, steps)));
}

}  // namespace hayden::mtl
