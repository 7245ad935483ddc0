#pragma once
#include <array>

#include "geo/geometry.hpp"
#include "mtl/landsat_item.hpp"

namespace hayden::mtl {

/// The product's rectangle in its CRS: west, south, east, north, at the outer edges of the outer pixels, in
/// metres.
std::array<double, 4> edges_of(const Grid& grid);

struct SourcedFootprint {
  geo::Footprint footprint;
  const char* source;  ///< angle_coefficients, usgs_item or product_rectangle
};

/// The image's outline by the best of the neighbours, or else the product rectangle, in degrees. Throws
/// Problem(422) when the grid cannot be brought to degrees.
SourcedFootprint footprint_of(const Scene& scene, const Neighbours& neighbours);

}  // namespace hayden::mtl
