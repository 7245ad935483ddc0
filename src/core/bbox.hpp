#pragma once
#include <optional>
#include <span>

#include "core/problem.hpp"

namespace hayden {

/// A box in degrees, EPSG:4326 (RFC 7946 §5). West > east means that it crosses the antimeridian.
/// Heights, where given, are kept but do not restrict a search: stored footprints are 2D.
struct Bbox {
  double west = 0, south = 0, east = 0, north = 0;

  bool crosses_antimeridian() const { return west > east; }
  bool operator==(const Bbox&) const = default;
};

/// Checks 4 or 6 finite numbers (west, south, [low,] east, north[, high]); longitudes within ±180, latitudes
/// within ±90, south ≤ north, low ≤ high. Mistakes are added under `bbox`.
std::optional<Bbox> bbox_from_numbers(std::span<const double> numbers, Mistakes& mistakes);

}  // namespace hayden
