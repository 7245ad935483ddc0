#include <proj.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <map>
#include <memory>
#include <optional>

#include "geo/geometry.hpp"

namespace hayden::geo {
namespace {

constexpr std::string_view authority = "EPSG:";

std::string shortened(const std::string& crs) {
  constexpr std::size_t longest = 60;
  return crs.size() <= longest ? crs : crs.substr(0, longest) + "...";
}

bool is_epsg(std::string_view crs) {
  constexpr std::size_t most_digits = 6;
  const auto same = [](char a, char b) { return std::toupper(static_cast<unsigned char>(a)) == b; };
  if (crs.size() <= authority.size() || crs.size() > authority.size() + most_digits) return false;
  const auto digits = crs.substr(authority.size());
  return std::ranges::equal(crs.substr(0, authority.size()), authority, same) &&
         std::ranges::all_of(digits, [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// PROJ reads far more than these: pipelines and strings that name files of this machine.
bool is_wkt(std::string_view crs) {
  static constexpr std::array<std::string_view, 9> keywords = {"PROJCS",      "GEOGCS",       "PROJCRS",
                                                               "GEOGCRS",     "GEODCRS",      "COMPD_CS",
                                                               "COMPOUNDCRS", "PROJECTEDCRS", "BOUNDCRS"};
  constexpr std::size_t longest = 65536;
  const auto bracket = crs.find('[');
  return crs.size() <= longest && bracket != std::string_view::npos &&
         std::ranges::find(keywords, crs.substr(0, bracket)) != keywords.end();
}

std::string canonical(const std::string& crs) {
  if (is_epsg(crs)) return std::string(authority) + crs.substr(authority.size());
  if (is_wkt(crs)) return crs;
  throw Problem(422, "InvalidProjection", shortened(crs) + " is neither an EPSG code nor WKT");
}

/// A zone of UTM on WGS 84, in which nearly all scenes come.
struct UtmZone {
  int number = 0;  // 1 to 60
  bool is_south = false;
};

std::optional<UtmZone> utm_zone(const std::string& crs) {
  constexpr int north = 32600, south = 32700, zones = 60;
  if (!is_epsg(crs)) return {};
  const int code = std::stoi(crs.substr(authority.size()));
  const UtmZone zone{code - (code > south ? south : north), code > south};
  return zone.number >= 1 && zone.number <= zones ? std::optional{zone} : std::nullopt;
}

/// Needs nothing from PROJ's database: looking there takes milliseconds.
std::string pipeline_to(const UtmZone& zone) {
  return "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=utm +ellps=WGS84 +zone=" +
         std::to_string(zone.number) + (zone.is_south ? " +south" : "");
}

struct PjDeleter {
  void operator()(PJ* transformation) const { proj_destroy(transformation); }
};
using Transformation = std::unique_ptr<PJ, PjDeleter>;

/// One thread's PROJ: its context, and the transformations it has used. Making one costs milliseconds.
class Projections {
 public:
  Projections() { proj_log_level(context_.get(), PJ_LOG_NONE); }

  /// EPSG:4326 (longitude first) to the CRS of that canonical name.
  PJ* of(const std::string& crs) {
    // A thread meets some 120 UTM zones at most; a client that tries every code must not fill the memory.
    constexpr std::size_t most_kept = 256;
    if (const auto known = known_.find(crs); known != known_.end()) return known->second.get();
    Transformation made = make(crs);
    if (known_.size() >= most_kept) known_.clear();
    return known_.emplace(crs, std::move(made)).first->second.get();
  }

 private:
  struct ContextDeleter {
    void operator()(PJ_CONTEXT* context) const { proj_context_destroy(context); }
  };

  Transformation make(const std::string& name) {
    if (const auto zone = utm_zone(name))
      return Transformation(proj_create(context_.get(), pipeline_to(*zone).c_str()));
    const Transformation raw(proj_create_crs_to_crs(context_.get(), "EPSG:4326", name.c_str(), nullptr));
    Transformation normal(raw ? proj_normalize_for_visualization(context_.get(), raw.get()) : nullptr);
    if (!normal) throw Problem(422, "InvalidProjection", shortened(name) + " is not a known projection");
    return normal;
  }

  std::unique_ptr<PJ_CONTEXT, ContextDeleter> context_{proj_context_create()};
  std::map<std::string, Transformation> known_;
};

Projections& projections() {
  thread_local Projections of_this_thread;
  return of_this_thread;
}

std::vector<Point> transformed(const std::string& crs, std::span<const Point> points,
                               PJ_DIRECTION direction) {
  PJ* const transformation = projections().of(crs);
  constexpr double rounding = 1e-6;  // PROJ gives longitudes just beyond the antimeridian
  std::vector<Point> out;
  out.reserve(points.size());
  for (const auto& point : points) {
    proj_errno_reset(transformation);
    const PJ_COORD result = proj_trans(transformation, direction, proj_coord(point.x, point.y, 0, HUGE_VAL));
    const bool lonlat_out = direction == PJ_INV;
    if (proj_errno(transformation) != 0 || !std::isfinite(result.xy.x) || !std::isfinite(result.xy.y) ||
        (lonlat_out && (std::abs(result.xy.x) > 180 + rounding || std::abs(result.xy.y) > 90))) {
      throw Problem(422, "InvalidProjection",
                    "position (" + std::to_string(point.x) + ", " + std::to_string(point.y) +
                        ") lies outside the domain of " + shortened(crs));
    }
    const double x = lonlat_out ? std::clamp(result.xy.x, -180.0, 180.0) : result.xy.x;
    out.push_back({x, result.xy.y});
  }
  return out;
}

}  // namespace

std::vector<Point> to_lonlat(int epsg, std::span<const Point> points) {
  return transformed(std::string(authority) + std::to_string(epsg), points, PJ_INV);
}

std::vector<Point> from_lonlat(int epsg, std::span<const Point> points) {
  return transformed(std::string(authority) + std::to_string(epsg), points, PJ_FWD);
}

std::vector<Point> to_lonlat(const std::string& crs, std::span<const Point> points) {
  return transformed(canonical(crs), points, PJ_INV);
}

std::vector<Point> from_lonlat(const std::string& crs, std::span<const Point> points) {
  return transformed(canonical(crs), points, PJ_FWD);
}

bool is_utm(const std::string& crs) { return utm_zone(crs).has_value(); }

bool is_known_crs(const std::string& crs) {
  try {
    projections().of(canonical(crs));
    return true;
  } catch (const Problem&) {
    return false;
  }
}

}  // namespace hayden::geo
