#include "geo/geos.hpp"

#include <array>
#include <cstdio>

namespace hayden::geo {
namespace {

struct Handle {
  GEOSContextHandle_t context = GEOS_init_r();

  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { GEOS_finish_r(context); }
};

std::string position_text(const GEOSGeometry& point) {
  double x = 0;
  double y = 0;
  if (GEOSGeomGetX_r(geos(), &point, &x) != 1 || GEOSGeomGetY_r(geos(), &point, &y) != 1) return {};
  std::array<char, 80> text{};
  const int length = std::snprintf(text.data(), text.size(), " at (%.9g, %.9g)", x, y);
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace

GEOSContextHandle_t geos() {
  thread_local const Handle handle;
  return handle.context;
}

GeosGeometry geos_from_wkb(std::string_view wkb) {
  const auto destroy = [](GEOSWKBReader* reader) { GEOSWKBReader_destroy_r(geos(), reader); };
  const std::unique_ptr<GEOSWKBReader, decltype(destroy)> reader(GEOSWKBReader_create_r(geos()), destroy);
  const auto* const bytes = reinterpret_cast<const unsigned char*>(wkb.data());
  return GeosGeometry(GEOSWKBReader_read_r(geos(), reader.get(), bytes, wkb.size()));
}

GeosGeometry geos_polygon(std::span<const Point> closed_ring) {
  auto* const positions = GEOSCoordSeq_create_r(geos(), static_cast<unsigned>(closed_ring.size()), 2);
  for (unsigned i = 0; i < closed_ring.size(); ++i) {
    GEOSCoordSeq_setXY_r(geos(), positions, i, closed_ring[i].x, closed_ring[i].y);
  }
  GEOSGeometry* const ring = GEOSGeom_createLinearRing_r(geos(), positions);
  return GeosGeometry(ring == nullptr ? nullptr : GEOSGeom_createPolygon_r(geos(), ring, nullptr, 0));
}

std::optional<std::string> why_invalid(const GEOSGeometry& geometry) {
  char* reason = nullptr;
  GEOSGeometry* where = nullptr;
  const char valid = GEOSisValidDetail_r(geos(), &geometry, 0, &reason, &where);
  const GeosGeometry location(where);
  std::string why = reason == nullptr ? "invalid geometry" : reason;
  GEOSFree_r(geos(), reason);
  if (valid == 1) return {};
  return why + (location ? position_text(*location) : "");
}

}  // namespace hayden::geo
