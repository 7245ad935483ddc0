// Prints what the two faces of the index make of each other, without a database: the EO3 document of an MTL
// file as the crawler would store it, the definition of a Landsat product, and lists of documents from stdin.
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "mtl/landsat_item.hpp"
#include "odc/dataset.hpp"
#include "odc/item.hpp"

namespace {

using hayden::Json;
namespace odc = hayden::odc;

constexpr auto usage =
    "usage: hayden-print-dataset MTL_FILE HREF\n"
    "       hayden-print-dataset PRODUCT_NAME\n"
    "       hayden-print-dataset              (the names of all products)\n"
    "       hayden-print-dataset --items        [{document, item_id, collection, locations, sources}, ...] "
    "to Items\n"
    "       hayden-print-dataset --datasets     Items to [{document, location, sources}, ...]\n"
    "       hayden-print-dataset --collections  product definitions to Collections\n"
    "A document that has no other form becomes {\"problem\": reason}.\n";

std::string read_all(std::istream& in) { return {std::istreambuf_iterator<char>(in), {}}; }

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return read_all(file);
}

Json dataset_of_mtl(const std::string& path, const std::string& href) {
  const auto scene = hayden::mtl::read_scene(hayden::mtl::parse_mtl(read_file(path)));
  const auto item = hayden::mtl::landsat_item(scene, href);
  return odc::dataset_from_item(item, odc::landsat_dataset_id(scene.product_id),
                                odc::landsat_product_name(item));
}

Json item_of(const Json& record) {
  return odc::item_from_dataset({.document = record.at("document"),
                                 .item_id = record.at("item_id").get<std::string>(),
                                 .collection = record.at("collection").get<std::string>(),
                                 .locations = record.at("locations").get<std::vector<std::string>>(),
                                 .sources = record.at("sources").get<std::map<std::string, std::string>>()});
}

Json dataset_of(const Json& item) {
  return {{"document",
           odc::dataset_from_item(item, odc::dataset_id_of_item(item), odc::product_name_of_item(item))},
          {"location", odc::location_of_item(item)},
          {"sources", odc::sources_of_item(item)}};
}

template <class Make>
Json each_from_stdin(const Make& make) {
  Json out = Json::array();
  for (const auto& given : hayden::parse_json(read_all(std::cin))) {
    try {
      out.push_back(make(given));
    } catch (const hayden::Problem& problem) {
      out.push_back({{"problem", problem.what()}});
    }
  }
  return out;
}

Json document_of(const std::string& what) {
  if (what == "--items") return each_from_stdin(item_of);
  if (what == "--datasets") return each_from_stdin(dataset_of);
  if (what == "--collections") return each_from_stdin(odc::collection_from_product);
  return odc::landsat_product(what);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 3) {
    std::cerr << usage;
    return 2;
  }
  try {
    const Json document = argc == 3   ? dataset_of_mtl(argv[1], argv[2])
                          : argc == 2 ? document_of(argv[1])
                                      : Json(odc::landsat_product_names());
    std::cout << hayden::dump_json(document) << '\n';
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
