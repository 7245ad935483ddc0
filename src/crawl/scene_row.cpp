#include "crawl/scene_row.hpp"

#include "mtl/document.hpp"
#include "mtl/landsat_item.hpp"
#include "mtl/scene.hpp"
#include "odc/dataset.hpp"

namespace hayden::crawl {

db::SceneRow scene_row(std::string_view bytes, const std::string& mtl_href) {
  const auto scene = mtl::read_scene(mtl::parse_mtl(bytes));
  db::SceneRow row;
  row.item = mtl::landsat_item(scene, mtl_href);
  row.product = odc::landsat_product_name(row.item);
  row.dataset_id = odc::landsat_dataset_id(scene.product_id);
  row.dataset = odc::dataset_from_item(row.item, row.dataset_id, row.product);
  row.location = mtl_href;
  return row;
}

}  // namespace hayden::crawl
