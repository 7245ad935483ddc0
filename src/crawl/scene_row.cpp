#include "crawl/scene_row.hpp"

#include "core/problem.hpp"
#include "mtl/document.hpp"
#include "mtl/scene.hpp"
#include "odc/dataset.hpp"

namespace hayden::crawl {

db::SceneRow scene_row(std::string_view bytes, const std::string& mtl_href,
                       const mtl::Neighbours& neighbours) {
  const auto scene = mtl::read_scene(mtl::parse_mtl(bytes));
  db::SceneRow row;
  row.item = mtl::landsat_item(scene, mtl_href, neighbours);
  try {
    const auto product = odc::landsat_product_name(row.item);
    const auto id = odc::landsat_dataset_id(scene.product_id);
    row.dataset = odc::dataset_from_item(row.item, id, product);
    row.product = product;
    row.dataset_id = id;
    row.location = mtl_href;
  } catch (const Problem& problem) {
    if (problem.code() != "NoEo3Form") throw;
  }
  return row;
}

}  // namespace hayden::crawl
