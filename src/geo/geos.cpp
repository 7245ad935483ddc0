#include "geo/geos.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <stdexcept>

namespace hayden::geo {
namespace {

using CpuTime = std::chrono::nanoseconds;

CpuTime thread_cpu_time() {
  std::timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

thread_local CpuTime deadline = CpuTime::max();

/// GEOS calls this now and then. Its own request flag is shared by all threads, so one thread's request could
/// stop another; an exception stops only this one, and GEOS turns it into a failure.
void stop_after_deadline() {
  if (deadline != CpuTime::max() && thread_cpu_time() > deadline) throw std::runtime_error("out of time");
}

class Deadline {
 public:
  explicit Deadline(CpuTime budget) { deadline = thread_cpu_time() + budget; }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline() { deadline = CpuTime::max(); }

  static bool passed() { return thread_cpu_time() > deadline; }
};

struct Handle {
  GEOSContextHandle_t context = GEOS_init_r();

  Handle() { GEOS_interruptRegisterCallback(stop_after_deadline); }
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
  const Deadline a_second(std::chrono::seconds(1));
  char* reason = nullptr;
  GEOSGeometry* where = nullptr;
  const char valid = GEOSisValidDetail_r(geos(), &geometry, 0, &reason, &where);
  const GeosGeometry location(where);
  std::string why = reason == nullptr ? "GEOS cannot check it" : reason;
  GEOSFree_r(geos(), reason);
  if (valid == 1) return {};
  if (valid != 0 && Deadline::passed()) return "too complex to check; use fewer positions";
  return why + (location ? position_text(*location) : "");
}

}  // namespace hayden::geo
