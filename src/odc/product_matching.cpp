#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>

#include "odc/documents.hpp"
#include "odc/eo3.hpp"
#include "odc/same.hpp"

namespace hayden::odc {
namespace {

bool same_text(const std::string& a, const std::string& b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

bool same(const Json& a, const Json& b) {
  if (!a.is_structured() || a.type() != b.type()) return a == b;
  if (a.size() != b.size()) return false;
  if (a.is_array()) return std::equal(a.begin(), a.end(), b.begin(), same);
  std::map<std::string_view, const Json*> others;
  for (const auto& [name, value] : b.get_ref<const Json::object_t&>()) others.emplace(name, &value);
  for (const auto& [name, value] : a.get_ref<const Json::object_t&>()) {
    const auto other = others.find(name);
    if (other == others.end() || !same(value, *other->second)) return false;
  }
  return true;
}

bool matches(const Json& product_metadata, const Json& document) {
  if (document.is_string()) {
    return product_metadata.is_string() &&
           same_text(document.get_ref<const std::string&>(), product_metadata.get_ref<const std::string&>());
  }
  if (!document.is_object()) return same(product_metadata, document);
  if (product_metadata.is_null()) return true;
  if (!product_metadata.is_object()) return false;
  for (const auto& [name, demanded] : product_metadata.items()) {
    const auto member = document.find(name);
    if (member == document.end() || !matches(demanded, *member)) return false;
  }
  return true;
}

std::vector<std::string> missing_measurements(const Json& product, const Json& dataset) {
  std::vector<std::string> missing;
  const Json* measurements = find(product, "measurements");
  const Json* own = find(dataset, "measurements");
  if (measurements == nullptr || !measurements->is_array()) return missing;
  for (const auto& measurement : *measurements) {
    const auto name = text(measurement, "name");
    const bool has = own != nullptr && own->is_object() && own->contains(name);
    if (!has && !measurement.contains("extra_dim")) missing.push_back(name);
  }
  return missing;
}

}  // namespace hayden::odc
