#pragma once
#include <span>
#include <string>
#include <vector>

#include "geo/geometry.hpp"

namespace hayden::geo {

/// Whether a CRS counts in degrees instead of on a plane. Throws Problem(422, "InvalidProjection") when PROJ
/// does not know it.
bool is_geographic(const std::string& crs);

/// South ≤ north; west ≤ east. Degrees.
struct Bounds {
  double west = 0, south = 0, east = 0, north = 0;
};

/// The bounds in lon/lat of rings (closed or open, any winding) in `crs`, as datacube indexes them: of the
/// positions of their union, without drawing the edges; those of a geographic CRS stand as they are. Other
/// than there, rings that cross the antimeridian have all longitudes, and those around a pole reach up to it.
/// Throws Problem(422) as to_lonlat() does.
Bounds lonlat_bounds(const std::string& crs, std::span<const std::vector<Point>> rings);

}  // namespace hayden::geo
