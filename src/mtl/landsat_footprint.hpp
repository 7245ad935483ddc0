#pragma once
#include <array>

#include "geo/geometry.hpp"
#include "mtl/scene.hpp"

namespace hayden::mtl {

/// The product's rectangle in its CRS: west, south, east, north, at the outer edges of the outer pixels, in
/// metres.
std::array<double, 4> edges_of(const Grid& grid);

/// The product rectangle in degrees. Its edges are straight in the projection and so curved in longitude and
/// latitude: positions are put along them until no chord is further than about 0.01 degrees off, which takes
/// none at low latitudes. Throws Problem(422) when the grid cannot be brought to degrees.
geo::Footprint footprint_of(const Scene& scene);

}  // namespace hayden::mtl
