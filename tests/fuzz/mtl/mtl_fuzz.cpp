// Any bytes are a document or a Problem, and any document a scene, with a footprint, or a Problem.
#include <cstdint>
#include <string_view>

#include "core/problem.hpp"
#include "geo/geometry.hpp"
#include "mtl/scene.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const auto scene = hayden::mtl::read_scene(hayden::mtl::parse_mtl(bytes));
    const auto& grid = scene.reflective;
    hayden::geo::footprint_from_rectangle(scene.epsg, grid.origin_x, grid.origin_y - grid.rows * grid.cell,
                                          grid.origin_x + grid.columns * grid.cell, grid.origin_y);
  } catch (const hayden::Problem&) {
    return 0;
  }
  return 0;
}
