// Any JSON is a dataset and an Item, or neither and a Problem; an Item made of a dataset can be stored.
#include <cstdint>
#include <string_view>

#include "core/problem.hpp"
#include "odc/dataset.hpp"
#include "odc/item.hpp"
#include "stac/item_document.hpp"

namespace {

using hayden::Json;
namespace odc = hayden::odc;

void make_dataset(const Json& item) {
  odc::location_of_item(item);
  odc::sources_of_item(item);
  try {
    odc::dataset_from_item(item, odc::dataset_id_of_item(item), odc::product_name_of_item(item));
  } catch (const hayden::Problem&) {
    return;
  }
}

void make_item(const Json& document) {
  Json item;
  try {
    item = odc::item_from_dataset({.document = document,
                                   .item_id = "i",
                                   .collection = "c",
                                   .locations = {"s3://b/a/x.yaml"},
                                   .sources = {}});
  } catch (const hayden::Problem&) {
    return;
  }
  hayden::stac::prepare_item(item);
  make_dataset(item);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Json document;
  try {
    document = hayden::parse_json({reinterpret_cast<const char*>(data), size});
  } catch (const hayden::Problem&) {
    return 0;
  }
  make_item(document);
  make_dataset(document);
  return 0;
}
