// Prints the EO3 document of an MTL file or the definition of a Landsat product: what the crawler would
// store, without a database.
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "mtl/landsat_item.hpp"
#include "odc/dataset.hpp"

namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

hayden::Json dataset_of(const std::string& path, const std::string& href) {
  const auto scene = hayden::mtl::read_scene(hayden::mtl::parse_mtl(read_file(path)));
  const auto item = hayden::mtl::landsat_item(scene, href);
  return hayden::odc::dataset_from_item(item, hayden::odc::landsat_dataset_id(scene.product_id),
                                        hayden::odc::landsat_product_name(item));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 3) {
    std::cerr << "usage: hayden-print-dataset MTL_FILE HREF\n       hayden-print-dataset PRODUCT_NAME\n"
                 "       hayden-print-dataset   (the names of all products)\n";
    return 2;
  }
  try {
    const hayden::Json document = argc == 3   ? dataset_of(argv[1], argv[2])
                                  : argc == 2 ? hayden::odc::landsat_product(argv[1])
                                              : hayden::Json(hayden::odc::landsat_product_names());
    std::cout << hayden::dump_json(document) << '\n';
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
