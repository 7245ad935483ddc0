#include <algorithm>
#include <cmath>

#include "geo/geometry.hpp"
#include "geo/geos.hpp"

namespace hayden::geo {
namespace {

using Ring = std::vector<Point>;

[[noreturn]] void refuse(const std::string& why) { throw Problem(422, "InvalidGeometry", why); }

/// `cell` is a power of ten below 1; the division keeps 0.1 from becoming 0.1000000001.
double rounded(double value, double cell) {
  const double per_unit = std::round(1 / cell);
  return std::round(value * per_unit) / per_unit + 0.0;  // turns -0 into 0
}

constexpr double degrees_cell = 1e-6;

bool is_lonlat(const std::string& crs) { return crs.size() == 9 && crs.ends_with(":4326"); }

bool same(const Point& a, const Point& b) { return a.x == b.x && a.y == b.y; }

Ring open_ring(Ring ring) {
  while (ring.size() > 1 && same(ring.front(), ring.back())) ring.pop_back();
  return ring;
}

/// Draws lines of a CRS in lon/lat.
class Line {
 public:
  explicit Line(const std::string& crs) : crs_(crs) {}

  std::vector<Point> mapped(std::span<const Point> points) const {
    if (is_lonlat(crs_)) return {points.begin(), points.end()};
    return to_lonlat(crs_, points);
  }

  /// Adds what lies between `a` and `b`, both left out, halving while the middle is off the straight line.
  void add_between(Ring& out, const Point& a, const Point& lonlat_a, const Point& b, const Point& lonlat_b,
                   int halvings) const {
    constexpr double tolerance = 0.001;
    const Point middle{(a.x + b.x) / 2, (a.y + b.y) / 2};
    const Point lonlat = mapped(std::span(&middle, 1)).front();
    const double turn = std::remainder(lonlat_b.x - lonlat_a.x, 360);
    const double off_x = std::remainder(lonlat.x - (lonlat_a.x + turn / 2), 360);
    const double off_y = lonlat.y - (lonlat_a.y + lonlat_b.y) / 2;
    const bool is_near = std::abs(off_x) <= tolerance && std::abs(off_y) <= tolerance;
    if (is_near || halvings == 0) return;
    add_between(out, a, lonlat_a, middle, lonlat, halvings - 1);
    out.push_back(lonlat);
    add_between(out, middle, lonlat, b, lonlat_b, halvings - 1);
  }

 private:
  const std::string& crs_;
};

/// No edge may span half the world, or it would be taken to go round the other way.
Ring with_short_edges(const Ring& ring) {
  constexpr double longest = 90;
  Ring out;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const Point& from = ring[i];
    const Point& to = ring[(i + 1) % ring.size()];
    const int parts = std::max(1, static_cast<int>(std::ceil(std::abs(to.x - from.x) / longest)));
    for (int part = 0; part < parts && parts <= 8; ++part) {
      const double at = static_cast<double>(part) / parts;
      out.push_back({std::lerp(from.x, to.x, at), std::lerp(from.y, to.y, at)});
    }
  }
  return out;
}

Ring drawn(const std::string& crs, const Ring& given) {
  const Ring ring = open_ring(given);
  const Line line(crs);
  if (is_lonlat(crs)) return with_short_edges(ring);
  const Ring corners = line.mapped(ring);
  // A ring with many positions follows its course already, and must not be drawn with millions.
  constexpr std::size_t dense = 1000;
  const int most_halvings = ring.size() > dense ? 0 : 6;
  Ring out;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const std::size_t next = (i + 1) % ring.size();
    out.push_back(corners[i]);
    line.add_between(out, ring[i], corners[i], ring[next], corners[next], most_halvings);
  }
  return out;
}

GeosGeometry checked(GEOSGeometry* geometry) {
  GeosGeometry out(geometry);
  if (!out) refuse("the polygons cannot be put together");
  return out;
}

Ring ring_of(const GEOSGeometry& line, double cell) {
  const GEOSCoordSequence* const positions = GEOSGeom_getCoordSeq_r(geos(), &line);
  unsigned size = 0;
  GEOSCoordSeq_getSize_r(geos(), positions, &size);
  Ring ring;
  for (unsigned i = 0; i < size; ++i) {
    Point at;
    GEOSCoordSeq_getXY_r(geos(), positions, i, &at.x, &at.y);
    at = {rounded(at.x, cell), rounded(at.y, cell)};
    if (ring.empty() || !same(ring.back(), at)) ring.push_back(at);
  }
  return ring;
}

Polygon polygon_of(const GEOSGeometry& geometry, double cell) {
  Polygon polygon{ring_of(*GEOSGetExteriorRing_r(geos(), &geometry), cell)};
  const int holes = GEOSGetNumInteriorRings_r(geos(), &geometry);
  for (int i = 0; i < holes; ++i) {
    Ring hole = ring_of(*GEOSGetInteriorRingN_r(geos(), &geometry, i), cell);
    if (hole.size() >= 4) polygon.push_back(std::move(hole));
  }
  return polygon;
}

std::vector<Polygon> polygons_of(const GEOSGeometry& geometry, double cell) {
  std::vector<Polygon> polygons;
  const int count = GEOSGetNumGeometries_r(geos(), &geometry);
  for (int i = 0; i < count; ++i) {
    const GEOSGeometry* const part = GEOSGetGeometryN_r(geos(), &geometry, i);
    if (GEOSGeomTypeId_r(geos(), part) != GEOS_POLYGON || GEOSisEmpty_r(geos(), part) == 1) continue;
    Polygon polygon = polygon_of(*part, cell);
    if (polygon.front().size() >= 4) polygons.push_back(std::move(polygon));
  }
  if (polygons.empty()) refuse("the polygons have no area");
  return polygons;
}

GeosGeometry geos_ring(const Ring& given) {
  Ring ring = open_ring(given);
  if (ring.size() < 3) refuse("a polygon needs at least three different positions");
  ring.push_back(ring.front());
  GeosGeometry polygon = checked(geos_polygon(ring).release());
  if (const auto why = why_invalid(*polygon)) refuse("the polygon is not valid: " + *why);
  return polygon;
}

/// The exterior without the holes.
GeosGeometry geos_of(const Polygon& polygon) {
  GeosGeometry out;
  for (const auto& ring : polygon) {
    GeosGeometry part = geos_ring(ring);
    out = out ? checked(GEOSDifference_r(geos(), out.get(), part.get())) : std::move(part);
  }
  return out;
}

GeosGeometry united(GeosGeometry all, const GeosGeometry& part, double cell) {
  if (!all) return checked(GEOSGeom_clone_r(geos(), part.get()));
  return checked(GEOSUnionPrec_r(geos(), all.get(), part.get(), cell));
}

/// A footprint's geometry, Polygon or MultiPolygon, as GEOS has it.
GeosGeometry geos_of(const Json& geometry) {
  const bool single = geometry["type"] == "Polygon";
  const Json polygons = single ? Json::array({geometry["coordinates"]}) : geometry["coordinates"];
  GeosGeometry all;
  for (const auto& rings : polygons) {
    Polygon polygon;
    for (const auto& positions : rings) {
      Ring ring;
      for (const auto& position : positions)
        ring.push_back({position[0].get<double>(), position[1].get<double>()});
      polygon.push_back(std::move(ring));
    }
    all = united(std::move(all), geos_of(polygon), degrees_cell);
  }
  return all;
}

double area(const Ring& ring) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
    sum += (ring[i].x - ring[0].x) * (ring[i + 1].y - ring[0].y) -
           (ring[i + 1].x - ring[0].x) * (ring[i].y - ring[0].y);
  }
  return sum;
}

Json coordinates_of(const Polygon& polygon) {
  Json rings = Json::array();
  for (const auto& given : polygon) {
    Ring ring = given;
    const bool is_exterior = rings.empty();
    if ((area(ring) > 0) != is_exterior) std::ranges::reverse(ring);
    Json positions = Json::array();
    for (const auto& at : ring) positions.push_back({at.x, at.y});
    rings.push_back(std::move(positions));
  }
  return rings;
}

struct Span {
  double west, east;
};

/// The least box around spans of longitude: its east and west lie on either side of the widest gap.
Span around(std::vector<Span> spans) {
  std::ranges::sort(spans, {}, &Span::west);
  double reach = spans.front().east;
  Span best{spans.front().west, 0};
  double widest = -1;
  for (std::size_t i = 1; i < spans.size(); ++i) {
    if (spans[i].west - reach > widest && spans[i].west > reach) {
      widest = spans[i].west - reach;
      best = {spans[i].west, reach};
    }
    reach = std::max(reach, spans[i].east);
  }
  const double gap_over_180 = spans.front().west + 360 - reach;
  if (gap_over_180 >= widest) best = {spans.front().west, reach};
  return best;
}

Footprint footprint_of(const std::vector<Polygon>& polygons) {
  Footprint out;
  std::vector<Span> spans;
  out.bbox = {0, 90, 0, -90};
  Json parts = Json::array();
  for (const auto& polygon : polygons) {
    const auto [west, east] = std::ranges::minmax(polygon.front(), {}, &Point::x);
    const auto [south, north] = std::ranges::minmax(polygon.front(), {}, &Point::y);
    spans.push_back({west.x, east.x});
    out.bbox.south = std::min(out.bbox.south, south.y);
    out.bbox.north = std::max(out.bbox.north, north.y);
    parts.push_back(coordinates_of(polygon));
  }
  const auto [west, east] = around(std::move(spans));
  out.bbox.west = west;
  out.bbox.east = east;
  const double width = east - west + (east < west ? 360 : 0);
  out.centroid = {std::remainder(west + width / 2, 360), (out.bbox.south + out.bbox.north) / 2};
  if (parts.size() == 1) {
    out.geometry = {{"type", "Polygon"}, {"coordinates", std::move(parts[0])}};
  } else {
    out.geometry = {{"type", "MultiPolygon"}, {"coordinates", std::move(parts)}};
  }
  return out;
}

bool crosses_antimeridian(std::span<const Polygon> polygons) {
  std::vector<Span> spans;
  for (const auto& polygon : polygons) {
    const auto [west, east] = std::ranges::minmax(polygon.front(), {}, &Point::x);
    spans.push_back({west.x, east.x});
  }
  const auto [west, east] = around(std::move(spans));
  return west > east;
}

/// A polygon west of the antimeridian as it continues one east of it.
void to_the_east(Polygon& polygon) {
  if (std::ranges::all_of(polygon.front(), [](const Point& at) { return at.x >= 0; })) return;
  for (auto& ring : polygon) {
    for (auto& at : ring) at.x += 360;
  }
}

/// Two combs of n teeth that cross have n² intersections, and GEOS finds them all.
void check_complexity(std::span<const Polygon> polygons) {
  constexpr std::size_t most_positions = 4000;
  std::size_t rings = 0;
  std::size_t positions = 0;
  for (const auto& polygon : polygons) {
    for (const auto& ring : polygon) {
      ++rings;
      positions += ring.size();
    }
  }
  if (rings > 1 && positions > most_positions) {
    refuse("several rings have more than " + std::to_string(most_positions) + " positions together");
  }
}

}  // namespace

Footprint footprint_from_polygons(const std::string& crs, std::span<const Polygon> polygons) {
  if (polygons.empty() || polygons.front().empty()) refuse("a footprint needs a polygon");
  check_complexity(polygons);
  if (polygons.size() == 1 && polygons.front().size() == 1)
    return footprint_from_ring(drawn(crs, polygons.front().front()));
  GeosGeometry all;
  for (const auto& polygon : polygons) {
    GeosGeometry one;
    for (const auto& ring : polygon) {
      GeosGeometry part = geos_of(footprint_from_ring(drawn(crs, ring)).geometry);
      one = one ? checked(GEOSDifference_r(geos(), one.get(), part.get())) : std::move(part);
    }
    if (one) all = united(std::move(all), one, degrees_cell);
  }
  return footprint_of(polygons_of(*all, degrees_cell));
}

Polygon polygon_from_lonlat(const std::string& crs, std::span<const Polygon> polygons) {
  check_complexity(polygons);
  constexpr double millimetre = 1e-3;
  const double cell = is_lonlat(crs) ? degrees_cell : millimetre;
  GeosGeometry all;
  const bool crosses = is_lonlat(crs) && polygons.size() > 1 && crosses_antimeridian(polygons);
  for (const auto& polygon : polygons) {
    Polygon mapped;
    for (const auto& ring : polygon) mapped.push_back(is_lonlat(crs) ? ring : from_lonlat(crs, ring));
    if (crosses) to_the_east(mapped);
    if (!mapped.empty()) all = united(std::move(all), geos_of(mapped), cell);
  }
  if (!all) refuse("there is no polygon");
  if (GEOSGetNumGeometries_r(geos(), all.get()) > 1) all = checked(GEOSConvexHull_r(geos(), all.get()));
  return polygons_of(*all, cell).front();
}

}  // namespace hayden::geo
