#include "geo/bounds.hpp"

#include <proj.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "geo/geos.hpp"

namespace hayden::geo {
namespace {

using Ring = std::vector<Point>;

struct PjDeleter {
  void operator()(PJ* crs) const { proj_destroy(crs); }
};
using Crs = std::unique_ptr<PJ, PjDeleter>;

struct ContextDeleter {
  void operator()(PJ_CONTEXT* context) const { proj_context_destroy(context); }
};

/// A CRS with heights or a transformation around it is as geographic as its horizontal part.
Crs horizontal(PJ_CONTEXT* context, Crs crs) {
  if (crs && proj_get_type(crs.get()) == PJ_TYPE_BOUND_CRS) {
    return horizontal(context, Crs(proj_get_source_crs(context, crs.get())));
  }
  if (crs && proj_get_type(crs.get()) == PJ_TYPE_COMPOUND_CRS) {
    return horizontal(context, Crs(proj_crs_get_sub_crs(context, crs.get(), 0)));
  }
  return crs;
}

Ring closed(Ring ring) {
  if (!ring.empty() && (ring.front().x != ring.back().x || ring.front().y != ring.back().y)) {
    ring.push_back(ring.front());
  }
  return ring;
}

void append_exterior(Ring& out, const GEOSGeometry& polygon) {
  const GEOSGeometry* const exterior = GEOSGetExteriorRing_r(geos(), &polygon);
  const GEOSCoordSequence* const positions =
      exterior == nullptr ? nullptr : GEOSGeom_getCoordSeq_r(geos(), exterior);
  unsigned size = 0;
  if (positions != nullptr) GEOSCoordSeq_getSize_r(geos(), positions, &size);
  for (unsigned i = 0; i < size; ++i) {
    Point point;
    GEOSCoordSeq_getXY_r(geos(), positions, i, &point.x, &point.y);
    out.push_back(point);
  }
}

/// Nothing when GEOS cannot unite them.
GeosGeometry united(std::span<const Ring> rings) {
  std::vector<GEOSGeometry*> parts;
  for (const auto& ring : rings) {
    if (GeosGeometry part = geos_polygon(closed(ring))) parts.push_back(part.release());
  }
  const GeosGeometry all(GEOSGeom_createCollection_r(geos(), GEOS_MULTIPOLYGON, parts.data(),
                                                     static_cast<unsigned>(parts.size())));
  return GeosGeometry(all ? GEOSUnaryUnion_r(geos(), all.get()) : nullptr);
}

/// The positions around everything; what lies inside of another ring does not count.
std::vector<Ring> outlines(std::span<const Ring> rings) {
  std::vector<Ring> given(rings.begin(), rings.end());
  if (rings.size() < 2) return given;
  const GeosGeometry whole = united(rings);
  if (!whole) return given;
  std::vector<Ring> out;
  const int count = GEOSGetNumGeometries_r(geos(), whole.get());
  for (int i = 0; i < count; ++i) {
    append_exterior(out.emplace_back(), *GEOSGetGeometryN_r(geos(), whole.get(), i));
  }
  return out;
}

/// Whether the way along the ring, always the short way round, ends a whole turn away from its start.
bool is_around_pole(const Ring& closed_ring) {
  double turned = 0;
  for (std::size_t i = 1; i < closed_ring.size(); ++i) {
    const double step = closed_ring[i].x - closed_ring[i - 1].x;
    turned += step - 360 * std::round(step / 360);
  }
  return std::abs(turned) > 180;
}

Bounds bounds_of(std::span<const Ring> rings) {
  Bounds bounds{HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
  for (const auto& ring : rings) {
    for (const auto& point : ring) {
      bounds.west = std::min(bounds.west, point.x);
      bounds.east = std::max(bounds.east, point.x);
      bounds.south = std::min(bounds.south, point.y);
      bounds.north = std::max(bounds.north, point.y);
    }
  }
  return bounds;
}

}  // namespace

bool is_geographic(const std::string& crs) {
  if (is_utm(crs)) return false;
  to_lonlat(crs, {});  // refuses what is no CRS or names a file of this machine
  static thread_local const std::unique_ptr<PJ_CONTEXT, ContextDeleter> context(proj_context_create());
  proj_log_level(context.get(), PJ_LOG_NONE);
  const Crs known = horizontal(context.get(), Crs(proj_create(context.get(), crs.c_str())));
  if (!known) throw Problem(422, "InvalidProjection", "the CRS is not a known projection");
  const PJ_TYPE type = proj_get_type(known.get());
  return type == PJ_TYPE_GEOGRAPHIC_2D_CRS || type == PJ_TYPE_GEOGRAPHIC_3D_CRS;
}

Bounds lonlat_bounds(const std::string& crs, std::span<const std::vector<Point>> rings) {
  std::vector<Ring> around = outlines(rings);
  const bool projected = !is_geographic(crs);
  if (projected) {
    for (auto& ring : around) ring = to_lonlat(crs, closed(std::move(ring)));
  }
  Bounds bounds = bounds_of(around);
  if (projected && std::ranges::any_of(around, is_around_pole)) {
    const bool is_north = bounds.south + bounds.north > 0;
    if (is_north) {
      bounds.north = 90;
    } else {
      bounds.south = -90;
    }
  }
  const bool wraps = projected && bounds.east - bounds.west > 180;
  if (wraps || bounds.west < -180 || bounds.east > 180) {
    bounds.west = -180;
    bounds.east = 180;
  }
  return bounds;
}

}  // namespace hayden::geo
