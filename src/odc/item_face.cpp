#include "odc/item_face.hpp"

#include "core/problem.hpp"
#include "odc/dataset.hpp"

namespace hayden::odc {

ItemFace face_of(const Json& item) {
  ItemFace face;
  try {
    face.product = product_name_of_item(item);
    face.dataset_id = dataset_id_of_item(item);
    face.dataset = dataset_from_item(item, face.dataset_id, face.product);
    face.location = location_of_item(item);
    face.sources = sources_of_item(item);
  } catch (const Problem& problem) {
    face.missing = problem.what();
  }
  return face;
}

}  // namespace hayden::odc
