#pragma once
#include <geos_c.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "geo/geometry.hpp"

/// A thin hold on the GEOS C API; not for other modules.
namespace hayden::geo {

/// This thread's handle: GEOS handles must not be shared between threads.
GEOSContextHandle_t geos();

struct GeosDeleter {
  void operator()(GEOSGeometry* geometry) const { GEOSGeom_destroy_r(geos(), geometry); }
};
/// Null after a GEOS failure.
using GeosGeometry = std::unique_ptr<GEOSGeometry, GeosDeleter>;

GeosGeometry geos_from_wkb(std::string_view wkb);
/// A polygon without holes from a closed ring.
GeosGeometry geos_polygon(std::span<const Point> closed_ring);

/// Why and where a geometry is invalid, e.g. `Self-intersection at (1, 1)`; nothing when it is valid. Gives
/// up after a second of CPU time, which only geometries made for it take: 100,000 nested or star-shaped
/// positions take minutes.
std::optional<std::string> why_invalid(const GEOSGeometry& geometry);

}  // namespace hayden::geo
