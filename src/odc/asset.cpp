#include "odc/asset.hpp"

#include <algorithm>
#include <cctype>

#include "odc/dataset.hpp"
#include "odc/eo3.hpp"

namespace hayden::odc {
namespace {

constexpr std::string_view odc_tools_namespace = "6f34c6f4-13d6-43c0-8e4e-42b6c13203af";

bool has_role(const Json& asset, std::string_view role) {
  const Json* roles = find(asset, "roles");
  return roles != nullptr && roles->is_array() && std::ranges::any_of(*roles, [role](const Json& each) {
           return each.is_string() && each.get_ref<const std::string&>() == role;
         });
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool is_word(unsigned char c) { return std::isalnum(c) != 0 || c == '_'; }

const Json& properties_of(const Json& item) {
  static const Json nothing = Json::object();
  const Json* properties = find(item, "properties");
  return properties == nullptr || !properties->is_object() ? nothing : *properties;
}

/// The Landsat product that serves a scene of our own collections; empty for any other Item.
std::string landsat_product_of(const Json& item) {
  const auto collection = text(item, "collection");
  if (collection != "landsat-c2-l1" && collection != "landsat-c2-l2") return "";
  try {
    return landsat_product_name(item);
  } catch (const Problem&) {
    return "";
  }
}

/// At most 40 characters, so that the names of the product's indexes fit PostgreSQL.
std::string as_product_name(const std::string& collection) {
  constexpr std::size_t longest = 40;
  constexpr std::size_t digits = 8;
  std::string name = lower(collection);
  std::ranges::replace_if(
      name, [](unsigned char c) { return !is_word(c); }, '_');
  if (name.size() <= longest) return name;
  return name.substr(0, longest - digits - 1) + '_' +
         uuid5(odc_tools_namespace, collection).substr(0, digits);
}

}  // namespace

bool is_measurement(const Json& asset) {
  if (has_role(asset, "thumbnail") || has_role(asset, "overview") || has_role(asset, "metadata"))
    return false;
  const auto type = text(asset, "type");
  const bool raster =
      type.find("geotiff") != std::string::npos || type.find("image/jp2") != std::string::npos;
  return raster || (has_role(asset, "data") && find(asset, "eo:bands") != nullptr);
}

std::string link_href(const Json& item, std::string_view relation) {
  const Json* links = find(item, "links");
  if (links == nullptr || !links->is_array()) return "";
  const auto link =
      std::ranges::find_if(*links, [relation](const Json& each) { return text(each, "rel") == relation; });
  return link == links->end() ? "" : text(*link, "href");
}

std::string base_location(const Json& item) {
  if (auto href = link_href(item, "canonical"); !href.empty()) return href;
  const Json* assets = find(item, "assets");
  for (const char* key : {"mtl.json", "mtl.txt", "mtl.xml"}) {
    const Json* asset = assets == nullptr ? nullptr : find(*assets, key);
    if (asset != nullptr) return text(*asset, "href");
  }
  return "";
}

bool is_uuid(std::string_view text) {
  constexpr std::size_t with_hyphens = 36;
  constexpr std::size_t bare = 32;
  if (text.size() != with_hyphens && text.size() != bare) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = text.size() == with_hyphens && (i == 8 || i == 13 || i == 18 || i == 23);
    if (hyphen ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return true;
}

std::string product_name_of_item(const Json& item) {
  auto named = text(properties_of(item), "odc:product");
  if (!named.empty() && std::ranges::all_of(named, is_word)) return named;
  if (auto landsat = landsat_product_of(item); !landsat.empty()) return landsat;
  return as_product_name(text(item, "collection"));
}

std::string dataset_id_of_item(const Json& item) {
  const auto scene = text(properties_of(item), "landsat:landsat_product_id");
  if (!scene.empty() && !landsat_product_of(item).empty()) return landsat_dataset_id(scene);
  const auto id = text(item, "id");
  if (is_uuid(id)) {
    std::string digits = lower(id);
    if (digits.size() == 32) {
      for (const std::size_t at : {8, 13, 18, 23}) digits.insert(at, "-");
    }
    return digits;
  }
  const auto product = product_name_of_item(item);
  const auto algorithm = (product == "s2_l2a" ? "sentinel-2" : product) + "_stac_process";
  return uuid5(odc_tools_namespace, lower(algorithm + "\n1.0.0\n\n" + id));
}

std::string location_of_item(const Json& item) {
  if (auto base = base_location(item); is_absolute(base)) return base;
  const Json* assets = find(item, "assets");
  if (assets == nullptr || !assets->is_object()) return "";
  const auto first = std::ranges::find_if(*assets, is_measurement);
  auto folder = first == assets->end() ? "" : folder_of(text(*first, "href"));
  return is_absolute(folder) ? folder : "";
}

std::map<std::string, std::string> sources_of_item(const Json& item) {
  std::map<std::string, std::string> sources;
  const Json* lineage = find(properties_of(item), "odc:lineage");
  if (lineage == nullptr || !lineage->is_object()) return sources;
  for (const auto& [classifier, ids] : lineage->items()) {
    if (!ids.is_array()) continue;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (!ids[i].is_string() || !is_uuid(ids[i].get_ref<const std::string&>())) continue;
      sources[classifier + (ids.size() == 1 ? "" : std::to_string(i + 1))] = ids[i].get<std::string>();
    }
  }
  return sources;
}

}  // namespace hayden::odc
