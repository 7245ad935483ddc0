#pragma once
#include <vector>

namespace hayden::samples {

/// A place in degrees.
struct Place {
  double lon = 0, lat = 0;
};

struct PathRow {
  int path = 0, row = 0;
  bool operator==(const PathRow&) const = default;
};

/// A Worldwide Reference System: WRS-1 (Landsat 1 to 3) or WRS-2 (Landsat 4 and later). Both cut an orbit
/// into 248 rows with row 60 on the equator, descending; rows 1 to 122 are the descending (daylight) half.
struct Wrs {
  int type;            ///< 1 or 2
  int paths;           ///< 251 or 233: orbits per repeat cycle
  int days;            ///< 18 or 16: the repeat cycle
  double inclination;  ///< degrees
  double first_node;   ///< longitude of path 1, row 60
  double orbit_minutes() const { return days * 1440.0 / paths; }
};

const Wrs& wrs(int type);

/// Scene centre of a descending row (WRS-2: within 0.05° of USGS's).
Place centre(const Wrs& system, PathRow at);

/// Degrees by which the descending ground track leans to the west of south at a latitude.
double lean(const Wrs& system, double lat);

/// The path and descending row whose centre lies nearest to a place.
PathRow nearest(const Wrs& system, Place place);

/// All descending path/rows over land, coarsely: boxes around the continents and large islands.
std::vector<PathRow> land(const Wrs& system);

}  // namespace hayden::samples
