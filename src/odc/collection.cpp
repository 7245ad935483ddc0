#include <algorithm>
#include <cctype>

#include "odc/eo3.hpp"
#include "odc/item.hpp"

namespace hayden::odc {
namespace {

std::string extension_url(std::string_view name) {
  return "https://stac-extensions.github.io/" + std::string(name) + "/schema.json";
}

/// nodata as the raster extension spells it; null when it has no such spelling.
Json raster_nodata(const Json& nodata) {
  if (nodata.is_number()) return nodata;
  if (!nodata.is_string()) return nullptr;
  const auto& spelled = nodata.get_ref<const std::string&>();
  if (spelled == "NaN" || spelled == "nan" || spelled == "NAN") return "nan";
  if (spelled == "Inf") return "inf";
  return spelled == "-Inf" ? Json("-inf") : Json(nullptr);
}

/// datacube's dtype as the raster extension spells it.
std::string raster_type(const std::string& dtype) {
  if (dtype == "complex64") return "cfloat32";
  return dtype == "complex128" ? "cfloat64" : dtype;
}

Json raster_band(const Json& measurement) {
  Json band = Json::object();
  if (const auto dtype = text(measurement, "dtype"); !dtype.empty()) band["data_type"] = raster_type(dtype);
  if (const Json* nodata = find(measurement, "nodata")) {
    if (Json spelled = raster_nodata(*nodata); !spelled.is_null()) band["nodata"] = std::move(spelled);
  }
  // datacube writes "1" where there is no unit.
  if (const auto units = text(measurement, "units"); !units.empty() && units != "1") band["unit"] = units;
  const auto copy_number = [&](const char* from, const char* to) {
    const Json* value = find(measurement, from);
    if (value != nullptr && value->is_number()) band[to] = *value;
  };
  copy_number("scale_factor", "scale");
  copy_number("add_offset", "offset");
  return band;
}

Json item_assets_of(const Json& definition) {
  Json assets = Json::object();
  const Json* measurements = find(definition, "measurements");
  if (measurements == nullptr || !measurements->is_array()) return assets;
  for (const auto& measurement : *measurements) {
    const auto name = text(measurement, "name");
    if (name.empty()) continue;
    Json asset = {{"title", name}, {"roles", {"data"}}, {"eo:bands", Json::array({{{"name", name}}})}};
    if (Json band = raster_band(measurement); !band.empty())
      asset["raster:bands"] = Json::array({std::move(band)});
    if (const Json* aliases = find(measurement, "aliases")) asset["odc:aliases"] = *aliases;
    if (const Json* flags = find(measurement, "flags_definition")) asset["odc:flags_definition"] = *flags;
    assets[name] = std::move(asset);
  }
  return assets;
}

/// What every dataset of the product has, as its `metadata` demands it, by STAC's names.
Json summaries_of(const Json& definition) {
  Json summaries = Json::object();
  const Json* metadata = find(definition, "metadata");
  const Json* properties = metadata == nullptr ? nullptr : find(*metadata, "properties");
  if (properties != nullptr && properties->is_object()) {
    for (const auto& [name, value] : properties->items()) {
      if (!value.is_primitive() || value.is_null()) continue;
      const auto* const renamed = std::ranges::find(renamed_properties, name, &Renamed::eo3);
      if (name == "eo:instrument" && value.is_string()) {
        summaries["instruments"] = instruments_of(value.get<std::string>());
      } else {
        summaries[renamed == renamed_properties.end() ? name : renamed->stac] = Json::array({value});
      }
    }
  }
  summaries["odc:product"] = Json::array({text(definition, "name")});
  return summaries;
}

/// STAC's `license` is an SPDX identifier, `various` or `proprietary`; so is datacube's, without its check.
std::string license_of(const Json& definition) {
  const auto license = text(definition, "license");
  const bool is_name = std::ranges::all_of(license, [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("_-.+").find(static_cast<char>(c)) != std::string_view::npos;
  });
  return is_name && !license.empty() ? license : "proprietary";
}

std::string title_of(const Json& definition) {
  const Json* metadata = find(definition, "metadata");
  const auto title = metadata == nullptr ? "" : text(*metadata, "title");
  return title.empty() ? text(definition, "name") : title;
}

}  // namespace

Json collection_from_product(const Json& definition) {
  const auto name = text(definition, "name");
  const auto description = text(definition, "description");
  Json item_assets = item_assets_of(definition);
  Json collection;
  collection["type"] = "Collection";
  collection["stac_version"] = "1.0.0";
  collection["stac_extensions"] = Json::array();
  if (!item_assets.empty()) {
    for (const auto* extension : {"item-assets/v1.0.0", "eo/v1.1.0", "raster/v1.1.0"})
      collection["stac_extensions"].push_back(extension_url(extension));
  }
  collection["id"] = name;
  collection["title"] = title_of(definition);
  collection["description"] = description.empty() ? name : description;
  collection["license"] = license_of(definition);
  collection["extent"] = {{"spatial", {{"bbox", Json::array({{-180, -90, 180, 90}})}}},
                          {"temporal", {{"interval", Json::array({{nullptr, nullptr}})}}}};
  collection["summaries"] = summaries_of(definition);
  collection["links"] = Json::array();
  collection["item_assets"] = std::move(item_assets);
  return collection;
}

}  // namespace hayden::odc
