#include "odc/item_product.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "odc/dataset.hpp"
#include "odc/documents.hpp"
#include "odc/eo3.hpp"

namespace hayden::odc {
namespace {

/// Of the first band: what the asset says for all bands (STAC 1.1), else in `bands` or `raster:bands`.
const Json* band_member(const Json& asset, const char* name) {
  if (const Json* own = find(asset, name)) return own;
  for (const char* list : {"bands", "raster:bands"}) {
    const Json* bands = find(asset, list);
    if (bands == nullptr || !bands->is_array() || bands->empty()) continue;
    if (const Json* member = find(bands->front(), name)) return member;
  }
  return nullptr;
}

/// The raster extension's data types that datacube has too.
std::string dtype_of(const Json& asset) {
  static constexpr std::array<std::string_view, 13> known{
      "float16", "float32", "float64", "int8",   "int16",     "int32",     "int64",
      "uint8",   "uint16",  "uint32",  "uint64", "complex64", "complex128"};
  const Json* given = band_member(asset, "data_type");
  if (given == nullptr || !given->is_string()) return "float32";
  const auto name = given->get<std::string>();
  if (name == "cfloat32") return "complex64";
  if (name == "cfloat64") return "complex128";
  return std::ranges::find(known, name) == known.end() ? "float32" : name;
}

Json nodata_of(const Json& asset, const std::string& dtype) {
  const bool is_whole = dtype.starts_with("int") || dtype.starts_with("uint");
  const Json* given = band_member(asset, "nodata");
  if (given != nullptr && given->is_number()) return *given;
  if (!is_whole && given != nullptr && given->is_string()) {
    const auto word = given->get<std::string>();
    if (word == "inf") return "Inf";
    if (word == "-inf") return "-Inf";
  }
  return is_whole ? Json(0) : Json("NaN");
}

std::string common_name_of(const Json& asset) {
  for (const char* list : {"eo:bands", "bands"}) {
    const Json* bands = find(asset, list);
    if (bands == nullptr || !bands->is_array() || bands->size() != 1) continue;
    for (const char* member : {"common_name", "eo:common_name"}) {
      if (auto name = text(bands->front(), member); !name.empty()) return name;
    }
  }
  return {};
}

/// Common names that stand for one measurement alone.
std::map<std::string, std::string> aliases_of(const Json& measurements, const Json& assets) {
  std::map<std::string, std::string> owners;
  for (const auto& [name, measurement] : measurements.items()) owners.emplace(name, "");
  for (const auto& [name, measurement] : measurements.items()) {
    const Json* asset = find(assets, name);
    const auto alias = asset == nullptr ? std::string{} : common_name_of(*asset);
    if (alias.empty()) continue;
    const auto [owner, is_new] = owners.emplace(alias, name);
    if (!is_new) owner->second.clear();
  }
  std::map<std::string, std::string> aliases;
  for (const auto& [alias, owner] : owners) {
    if (!owner.empty()) aliases.emplace(owner, alias);
  }
  return aliases;
}

}  // namespace

Json product_of_item(const Json& item, const Json& dataset, const std::string& name) {
  const auto landsat = landsat_product_names();
  if (std::ranges::find(landsat, name) != landsat.end()) return landsat_product(name);
  const Json& assets = item.at("assets");
  const Json& measurements = dataset.at("measurements");
  const auto aliases = aliases_of(measurements, assets);
  Json product{{"name", name},
               {"description", "Scenes of the collection " + text(item, "collection")},
               {"metadata_type", "eo3"},
               {"metadata", {{"product", {{"name", name}}}}},
               {"measurements", Json::array()}};
  for (const auto& [band, measurement] : measurements.items()) {
    const Json* found = find(assets, band);
    const Json asset = found == nullptr ? Json::object() : *found;
    const auto dtype = dtype_of(asset);
    const Json* unit = band_member(asset, "unit");
    const bool has_unit =
        unit != nullptr && unit->is_string() && !unit->get_ref<const std::string&>().empty();
    Json one{{"name", band},
             {"dtype", dtype},
             {"nodata", nodata_of(asset, dtype)},
             {"units", has_unit ? unit->get<std::string>() : "1"}};
    if (const auto alias = aliases.find(band); alias != aliases.end())
      one["aliases"] = Json::array({alias->second});
    product["measurements"].push_back(std::move(one));
  }
  Mistakes mistakes;
  check_product(product, mistakes);
  if (mistakes.empty()) return product;
  std::string all = "no product can be made of its bands: ";
  for (const auto& mistake : mistakes.all())
    all.append(mistake == mistakes.all().front() ? "" : "; ").append(mistake);
  throw Problem(422, "NoEo3Form", all);
}

}  // namespace hayden::odc
