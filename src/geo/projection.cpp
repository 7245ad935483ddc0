#include <proj.h>

#include <cmath>
#include <map>
#include <memory>

#include "geo/geometry.hpp"

namespace hayden::geo {
namespace {

struct PjDeleter {
  void operator()(PJ* transformation) const { proj_destroy(transformation); }
};
using Transformation = std::unique_ptr<PJ, PjDeleter>;

/// One thread's PROJ: its context, and the transformations it has used. Making one costs milliseconds.
class Projections {
 public:
  Projections() { proj_log_level(context_.get(), PJ_LOG_NONE); }

  /// EPSG:4326 (longitude first) to `epsg`.
  PJ* of(int epsg) {
    // A thread meets some 120 UTM zones at most; a client that tries every code must not fill the memory.
    constexpr std::size_t most_kept = 256;
    if (const auto known = known_.find(epsg); known != known_.end()) return known->second.get();
    Transformation made = make("EPSG:" + std::to_string(epsg));
    if (known_.size() >= most_kept) known_.clear();
    return known_.emplace(epsg, std::move(made)).first->second.get();
  }

 private:
  struct ContextDeleter {
    void operator()(PJ_CONTEXT* context) const { proj_context_destroy(context); }
  };

  Transformation make(const std::string& name) {
    const Transformation raw(proj_create_crs_to_crs(context_.get(), "EPSG:4326", name.c_str(), nullptr));
    Transformation normal(raw ? proj_normalize_for_visualization(context_.get(), raw.get()) : nullptr);
    if (!normal) throw Problem(422, "InvalidProjection", name + " is not a known projection");
    return normal;
  }

  std::unique_ptr<PJ_CONTEXT, ContextDeleter> context_{proj_context_create()};
  std::map<int, Transformation> known_;
};

std::vector<Point> transformed(int epsg, std::span<const Point> points, PJ_DIRECTION direction) {
  thread_local Projections projections;
  PJ* const transformation = projections.of(epsg);
  std::vector<Point> out;
  out.reserve(points.size());
  for (const auto& point : points) {
    proj_errno_reset(transformation);
    const PJ_COORD result = proj_trans(transformation, direction, proj_coord(point.x, point.y, 0, HUGE_VAL));
    const bool lonlat_out = direction == PJ_INV;
    if (proj_errno(transformation) != 0 || !std::isfinite(result.xy.x) || !std::isfinite(result.xy.y) ||
        (lonlat_out && (std::abs(result.xy.x) > 180 || std::abs(result.xy.y) > 90))) {
      throw Problem(422, "InvalidProjection",
                    "position (" + std::to_string(point.x) + ", " + std::to_string(point.y) +
                        ") lies outside the domain of EPSG:" + std::to_string(epsg));
    }
    out.push_back({result.xy.x, result.xy.y});
  }
  return out;
}

}  // namespace

std::vector<Point> to_lonlat(int epsg, std::span<const Point> points) {
  return transformed(epsg, points, PJ_INV);
}

std::vector<Point> from_lonlat(int epsg, std::span<const Point> points) {
  return transformed(epsg, points, PJ_FWD);
}

}  // namespace hayden::geo
