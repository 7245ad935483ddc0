// Whatever lies beside an MTL, the scene becomes an Item.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "mtl/landsat_item.hpp"

namespace {

hayden::mtl::Scene scene_across_the_antimeridian() {
  hayden::mtl::Scene scene;
  scene.product_id = "LC08_L1TP_084024_20200904_20200906_02_T1";
  scene.spacecraft = 8;
  scene.wrs_path = 84;
  scene.wrs_row = 24;
  scene.epsg = 32601;
  scene.reflective = {7900, 7800, 30, 300000, 5860000};
  return scene;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto scene = scene_across_the_antimeridian();
  const auto bytes = [&] { return std::string(reinterpret_cast<const char*>(data), size); };
  for (const auto& neighbours : {hayden::mtl::Neighbours{bytes, {}, {}}, {{}, bytes, {}}}) {
    const auto item = hayden::mtl::landsat_item(scene, "x_MTL.json", neighbours);
    if (item["geometry"]["coordinates"].empty()) std::abort();
  }
  return 0;
}
