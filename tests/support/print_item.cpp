// Prints the STAC Item of an MTL file, or a Landsat Collection: what the crawler would store, without a
// database.
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "mtl/landsat_item.hpp"

namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// `beside` is an ANG file, a STAC Item of USGS, or empty.
hayden::Json item_of(const std::string& path, const std::string& href, const std::string& beside) {
  hayden::mtl::Neighbours neighbours;
  if (!beside.empty()) {
    auto& read = beside.ends_with(".json") ? neighbours.usgs_item : neighbours.angle_coefficients;
    read = [beside] { return read_file(beside); };
  }
  return hayden::mtl::landsat_item(hayden::mtl::read_scene(hayden::mtl::parse_mtl(read_file(path))), href,
                                   neighbours);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 4) {
    std::cerr << "usage: hayden-print-item MTL_FILE HREF [ANG_FILE | USGS_ITEM]\n"
                 "       hayden-print-item COLLECTION_ID\n";
    return 2;
  }
  try {
    const hayden::Json document = argc == 2 ? hayden::mtl::landsat_collection(argv[1])
                                            : item_of(argv[1], argv[2], argc == 4 ? argv[3] : "");
    std::cout << hayden::dump_json(document) << '\n';
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
