// Any bytes are a document or a Problem, and any document a scene, with an Item, or a Problem.
#include <cstdint>
#include <string_view>

#include "core/problem.hpp"
#include "mtl/landsat_item.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const auto scene = hayden::mtl::read_scene(hayden::mtl::parse_mtl(bytes));
    hayden::mtl::landsat_item(scene, "s3://usgs-landsat/scene/metadata");
  } catch (const hayden::Problem&) {
    return 0;
  }
  return 0;
}
