#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bbox.hpp"
#include "core/json.hpp"
#include "core/problem.hpp"

namespace hayden::geo {

struct Point {
  double x = 0, y = 0;  ///< degrees lon/lat, or metres in a projected CRS
};

/// Checks a GeoJSON geometry (RFC 7946, all seven types; positions of 2 or more numbers, rings closed,
/// longitudes within ±180 and latitudes within ±90, valid by GEOS, at most 100,000 positions and 8 levels of
/// collections) and gives its 2D WKB (little endian, EPSG:4326). Mistakes are added under `where`; they say
/// why and where, and nothing is returned.
std::optional<std::string> wkb_from_geojson(const Json& geometry, std::string_view where, Mistakes& mistakes);

/// A footprint in EPSG:4326 as RFC 7946 wants it: split at the antimeridian, exterior rings
/// counter-clockwise, 6 decimals; `bbox.west > bbox.east` when it crosses ±180.
struct Footprint {
  Json geometry;  ///< Polygon or MultiPolygon
  Bbox bbox;
  Point centroid;  ///< longitude wrapped to ±180
};

/// From a closed or open ring of lon/lat in degrees, any winding; consecutive longitudes more than 180° apart
/// are taken to cross the antimeridian. A ring around a pole covers everything up to it. Throws Problem(422,
/// "InvalidGeometry") on fewer than three different positions, on one out of range and on a ring that crosses
/// itself.
Footprint footprint_from_ring(std::span<const Point> ring);

/// The edges of a rectangle from its lower left corner, counter-clockwise, each in `steps` parts; open.
std::vector<Point> rectangle_ring(double west, double south, double east, double north, int steps);

/// From a rectangle in a projected CRS (edges, metres). Its edges are straight in the projection and so
/// curved in degrees: positions are put along them until no chord is further than about 0.01 degrees off,
/// which takes none at low latitudes in UTM and always some in polar stereographic; one that holds the pole
/// covers all longitudes. Throws Problem(422) when PROJ cannot transform it.
Footprint footprint_from_rectangle(int epsg, double west, double south, double east, double north);

/// Projected metres to lon/lat degrees. Throws Problem(422) on an unknown EPSG code or a point out of its
/// domain.
std::vector<Point> to_lonlat(int epsg, std::span<const Point> points);
/// lon/lat degrees to projected metres. Throws likewise.
std::vector<Point> from_lonlat(int epsg, std::span<const Point> points);

/// The same for any CRS: `EPSG:32610` in any case, or WKT (1 or 2) of at most 64 kB. Units and order are the
/// CRS's own with east or longitude first.
std::vector<Point> to_lonlat(const std::string& crs, std::span<const Point> points);
std::vector<Point> from_lonlat(const std::string& crs, std::span<const Point> points);
/// Whether a CRS is the EPSG code of a zone of UTM on WGS 84.
bool is_utm(const std::string& crs);
/// Whether PROJ knows such a CRS.
bool is_known_crs(const std::string& crs);

/// Rings, closed or open; the first is the exterior, the others are holes. In any CRS.
using Polygon = std::vector<std::vector<Point>>;

/// From polygons in a CRS; where several meet or overlap they become one. Edges are drawn with as many
/// positions as keep them within 0.001 degrees of their true course. Throws Problem(422) as to_lonlat() and
/// footprint_from_ring() do, and on several rings with more than 4000 positions together.
Footprint footprint_from_polygons(const std::string& crs, std::span<const Polygon> polygons);

/// One polygon in `crs` around polygons in lon/lat degrees: their union, where parts on both sides of ±180
/// grow together again; the convex hull when it is in several parts. Metres are rounded to millimetres.
/// Throws Problem(422) likewise, and "InvalidGeometry" when GEOS finds no polygon.
Polygon polygon_from_lonlat(const std::string& crs, std::span<const Polygon> polygons);

}  // namespace hayden::geo
