#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "geo/geometry.hpp"
#include "geo/geos.hpp"

namespace hayden::geo {
namespace {

using Ring = std::vector<Point>;

[[noreturn]] void refuse(const std::string& why) { throw Problem(422, "InvalidGeometry", why); }

double rounded(double degrees) {
  constexpr double decimals = 1e6;
  return std::round(degrees * decimals) / decimals + 0.0;  // turns -0 into 0
}

bool same(const Point& a, const Point& b) { return a.x == b.x && a.y == b.y; }

double wrapped(double longitude) { return longitude - 360 * std::floor((longitude + 180) / 360); }

/// Rounded, without repeated positions, open.
Ring tidy(std::span<const Point> ring) {
  Ring out;
  for (const auto& point : ring) {
    const Point here{rounded(point.x), rounded(point.y)};
    if (out.empty() || !same(out.back(), here)) out.push_back(here);
  }
  while (out.size() > 1 && same(out.front(), out.back())) out.pop_back();
  return out;
}

/// Moves each longitude to within 180° of the one before it.
Ring unwrapped(Ring ring) {
  for (std::size_t i = 1; i < ring.size(); ++i) {
    ring[i].x -= 360 * std::round((ring[i].x - ring[i - 1].x) / 360);
  }
  return ring;
}

/// Closes the ring. One that ends a whole turn away from its start goes round a pole, so it is closed over
/// it: up to the pole, along it and down again.
Ring closed(Ring ring) {
  const Point first = ring.front();
  const Point last = ring.back();
  const double gap = first.x - last.x;
  const double turn = 360 * std::round(gap / 360);
  if (turn != 0) {
    double latitudes = 0;
    for (const auto& point : ring) latitudes += point.y;
    const double pole = latitudes < 0 ? -90 : 90;
    const double end = first.x - turn;
    ring.insert(ring.end(), {{end, first.y}, {end, pole}, {first.x, pole}});
  }
  ring.push_back(first);
  return ring;
}

struct Extent {
  double west = 0, south = 0, east = 0, north = 0;
};

Extent extent_of(const Ring& ring) {
  const auto [west, east] = std::ranges::minmax(ring, {}, &Point::x);
  const auto [south, north] = std::ranges::minmax(ring, {}, &Point::y);
  return {west.x, south.y, east.x, north.y};
}

/// Twice the area; positive when counter-clockwise. Taken relative to the first position for precision.
double signed_area(const Ring& closed_ring) {
  double sum = 0;
  const Point origin = closed_ring.front();
  for (std::size_t i = 0; i + 1 < closed_ring.size(); ++i) {
    const Point& a = closed_ring[i];
    const Point& b = closed_ring[i + 1];
    sum += (a.x - origin.x) * (b.y - origin.y) - (b.x - origin.x) * (a.y - origin.y);
  }
  return sum;
}

Point centroid_of(const Ring& closed_ring) {
  const Point origin = closed_ring.front();
  Point sum;
  for (std::size_t i = 0; i + 1 < closed_ring.size(); ++i) {
    const Point a{closed_ring[i].x - origin.x, closed_ring[i].y - origin.y};
    const Point b{closed_ring[i + 1].x - origin.x, closed_ring[i + 1].y - origin.y};
    const double cross = a.x * b.y - b.x * a.y;
    sum.x += (a.x + b.x) * cross;
    sum.y += (a.y + b.y) * cross;
  }
  const double scale = 3 * signed_area(closed_ring);
  return {origin.x + sum.x / scale, origin.y + sum.y / scale};
}

Ring counter_clockwise(Ring closed_ring) {
  if (signed_area(closed_ring) < 0) std::ranges::reverse(closed_ring);
  return closed_ring;
}

Json coordinates_of(const Ring& closed_ring) {
  Json ring = Json::array();
  for (const auto& point : counter_clockwise(closed_ring)) ring.push_back({point.x, point.y});
  return Json::array({std::move(ring)});
}

Ring ring_of(const GEOSGeometry& polygon, double shift) {
  const GEOSGeometry* const exterior = GEOSGetExteriorRing_r(geos(), &polygon);
  const GEOSCoordSequence* const positions = GEOSGeom_getCoordSeq_r(geos(), exterior);
  unsigned size = 0;
  GEOSCoordSeq_getSize_r(geos(), positions, &size);
  Ring ring(size);
  for (unsigned i = 0; i < size; ++i) {
    GEOSCoordSeq_getXY_r(geos(), positions, i, &ring[i].x, &ring[i].y);
    ring[i].x += shift;
  }
  ring = tidy(ring);
  if (!ring.empty()) ring.push_back(ring.front());
  return ring;
}

/// The parts of an unwrapped ring on either side of ±180, west to east, with longitudes within ±180.
std::vector<Ring> split(const Ring& closed_ring) {
  const GeosGeometry whole = geos_polygon(closed_ring);
  std::vector<Ring> parts;
  for (const double shift : {360.0, 0.0, -360.0}) {
    const double west = -180 - shift;
    const Ring window{{west, -90}, {west + 360, -90}, {west + 360, 90}, {west, 90}, {west, -90}};
    const GeosGeometry clipped(GEOSIntersection_r(geos(), whole.get(), geos_polygon(window).get()));
    if (!clipped) refuse("the ring cannot be split at the antimeridian");
    const int count = GEOSGetNumGeometries_r(geos(), clipped.get());
    for (int i = 0; i < count; ++i) {
      const GEOSGeometry* const part = GEOSGetGeometryN_r(geos(), clipped.get(), i);
      if (GEOSGeomTypeId_r(geos(), part) != GEOS_POLYGON) continue;
      Ring ring = ring_of(*part, shift);
      if (ring.size() >= 4) parts.push_back(std::move(ring));
    }
  }
  return parts;
}

/// Unites what lies on both sides of the seam that a ring around a pole was cut at.
std::vector<Ring> united(const std::vector<Ring>& parts) {
  GeosGeometry whole;
  for (const auto& part : parts) {
    GeosGeometry polygon = geos_polygon(part);
    whole = whole ? GeosGeometry(GEOSUnion_r(geos(), whole.get(), polygon.get())) : std::move(polygon);
    if (!whole) refuse("the ring cannot be closed over the pole");
  }
  std::vector<Ring> rings;
  const int count = GEOSGetNumGeometries_r(geos(), whole.get());
  rings.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) rings.push_back(ring_of(*GEOSGetGeometryN_r(geos(), whole.get(), i), 0));
  return rings;
}

Json geometry_of(const std::vector<Ring>& rings) {
  if (rings.size() == 1) return {{"type", "Polygon"}, {"coordinates", coordinates_of(rings.front())}};
  Json polygons = Json::array();
  for (const auto& ring : rings) polygons.push_back(coordinates_of(ring));
  return {{"type", "MultiPolygon"}, {"coordinates", std::move(polygons)}};
}

void check_positions(std::span<const Point> ring) {
  for (const auto& point : ring) {
    if (!std::isfinite(point.x) || !std::isfinite(point.y) || std::abs(point.x) > 360 ||
        std::abs(point.y) > 90) {
      refuse("a footprint holds a position out of range: (" + std::to_string(point.x) + ", " +
             std::to_string(point.y) + ")");
    }
  }
}

bool is_polar_stereographic(int epsg) { return epsg == 3031 || epsg == 3995 || epsg == 3413; }

/// How far the middle of an edge is off its chord, in degrees of latitude.
double bulge(const Point& start, const Point& middle, const Point& end) {
  const double shrink = std::cos(start.y * std::numbers::pi / 180);
  const auto from_start = [&](const Point& point) {
    return Point{std::remainder(point.x - start.x, 360) * shrink, point.y - start.y};
  };
  const Point chord = from_start(end);
  const Point aside = from_start(middle);
  return std::abs(chord.x * aside.y - chord.y * aside.x) / std::hypot(chord.x, chord.y);
}

/// The parts that each edge of a rectangle needs, by a ring that has its corners and the middles of its
/// edges. The distance of an arc from its chord falls with the square of the parts.
int steps_for(const Ring& halved) {
  constexpr double tolerance = 0.01;  // degrees
  constexpr int most_steps = 16;
  double most = 0;
  for (std::size_t i = 0; i < halved.size(); i += 2) {
    most = std::max(most, bulge(halved[i], halved[i + 1], halved[(i + 2) % halved.size()]));
  }
  return std::clamp(static_cast<int>(std::ceil(std::sqrt(most / tolerance))), 1, most_steps);
}

}  // namespace

std::vector<Point> rectangle_ring(double west, double south, double east, double north, int steps) {
  const std::array<Point, 5> corners{
      {{west, south}, {east, south}, {east, north}, {west, north}, {west, south}}};
  Ring ring;
  for (std::size_t i = 0; i + 1 < corners.size(); ++i) {
    for (int step = 0; step < steps; ++step) {
      const double part = static_cast<double>(step) / steps;
      ring.push_back(
          {std::lerp(corners[i].x, corners[i + 1].x, part), std::lerp(corners[i].y, corners[i + 1].y, part)});
    }
  }
  return ring;
}

Footprint footprint_from_ring(std::span<const Point> positions) {
  check_positions(positions);
  Ring ring = unwrapped(tidy(positions));
  if (ring.size() < 3) refuse("a footprint needs at least three different positions");
  const bool around_pole = std::abs(ring.front().x - ring.back().x) > 180;
  ring = closed(std::move(ring));

  Extent extent = extent_of(ring);
  const double shift = 360 * std::floor(((extent.west + extent.east) / 2 + 180) / 360);
  for (auto& point : ring) point.x = rounded(point.x - shift);
  extent.west = rounded(extent.west - shift);
  extent.east = rounded(extent.east - shift);
  if (extent.east - extent.west > 360) refuse("a footprint spans more than 360 degrees of longitude");

  const GeosGeometry polygon = geos_polygon(ring);
  const auto why = polygon ? why_invalid(*polygon) : std::optional<std::string>("not a ring");
  if (why) refuse("the footprint is not a valid polygon: " + *why);

  Footprint footprint;
  const bool crosses = extent.west < -180 || extent.east > 180;
  if (around_pole) {
    footprint.geometry = geometry_of(crosses ? united(split(ring)) : std::vector<Ring>{ring});
    footprint.bbox = {-180, extent.south, 180, extent.north};
    footprint.centroid = {0, extent.north == 90 ? 90.0 : -90.0};
    return footprint;
  }
  footprint.geometry = geometry_of(crosses ? split(ring) : std::vector<Ring>{ring});
  footprint.bbox = {extent.west, extent.south, extent.east, extent.north};
  if (crosses) {
    footprint.bbox.west = rounded(wrapped(extent.west));
    footprint.bbox.east = rounded(wrapped(extent.east));
  }
  const Point centroid = centroid_of(ring);
  footprint.centroid = {rounded(wrapped(centroid.x)), rounded(centroid.y)};
  return footprint;
}

Footprint footprint_from_rectangle(int epsg, double west, double south, double east, double north) {
  if (!(west < east && south < north))
    refuse("a rectangle's west and south must be less than its east and north");
  const auto edges_in = [&](int steps) {
    return to_lonlat(epsg, rectangle_ring(west, south, east, north, steps));
  };
  constexpr int polar_steps = 16;
  if (is_polar_stereographic(epsg)) return footprint_from_ring(edges_in(polar_steps));
  const Ring halved = edges_in(2);
  const int steps = steps_for(halved);
  return footprint_from_ring(steps == 2 ? halved : edges_in(steps));
}

}  // namespace hayden::geo
