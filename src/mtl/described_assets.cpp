#include "mtl/described_assets.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "mtl/landsat_bands.hpp"

namespace hayden::mtl {
namespace {

using namespace std::string_view_literals;

/// The number in sr_band4, toa_band4, bt_band10 and band61; empty for rasters that are no spectral band.
std::string_view band_number(const Scene::Band& band) {
  const std::string_view name = band.name;
  for (const auto prefix : {"sr_band"sv, "toa_band"sv, "bt_band"sv, "band"sv}) {
    if (!name.starts_with(prefix)) continue;
    const auto number = name.substr(prefix.size());
    const bool digits = std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
    return digits ? number : std::string_view{};
  }
  return {};
}

bool is_surface_reflectance(const Scene::Band& band) { return band.name.starts_with("sr_band"); }

Json roles_of(const Scene::Band& band) {
  const std::string_view name = band.name;
  if (!band_number(band).empty()) {
    if (band.product == "toa_bt") return Json::array({"data", "temperature"});
    const bool reflectance = band.product == "sr_refl" || band.product == "toa_refl";
    return reflectance ? Json::array({"data", "reflectance"}) : Json::array({"data"});
  }
  if (name == "radsat_qa") return Json::array({"saturation"});
  if (name == "pixel_qa" || name == "cfmask" || name == "sr_cloud_qa") {
    return Json::array({"cloud", "cloud-shadow", "snow-ice", "water-mask"});
  }
  if (name.starts_with("solar_azimuth")) return Json::array({"sun-azimuth"});
  if (name.starts_with("sensor_azimuth")) return Json::array({"azimuth"});
  const bool mask = !band.bits.empty() || !band.classes.empty() || name.ends_with("_qa");
  return mask ? Json::array({"data-mask"}) : Json::array({"data"});
}

/// `Band 1 Data Saturation Flag (0 = …)` is band_1_data_saturation_flag.
std::string class_name(std::string_view words) {
  std::string name;
  for (const char c : words.substr(0, words.find(" ("))) {
    const bool capital = c >= 'A' && c <= 'Z';
    const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (kept || capital) {
      name += capital ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!name.empty() && name.back() != '_') {
      name += '_';
    }
  }
  while (name.ends_with('_')) name.pop_back();
  return name;
}

bool means_nothing(std::string_view words) {
  return words.empty() || words == "unused" || words == "internal" || words == "N/A" ||
         class_name(words).empty();
}

Json classes_of(const std::string& words, int length) {
  const std::string name = class_name(words);
  std::vector<std::string> names{"not_" + name, name};
  if (length == 2 && words.ends_with("confidence")) names = {"not_set", "low", "medium", "high"};
  if (length == 2 && words == "aerosol level") names = {"climatology", "low", "medium", "high"};
  while (names.size() < std::size_t{1} << length) names.push_back(name + "_" + std::to_string(names.size()));
  Json classes = Json::array();
  for (const auto& each : names) {
    std::string description = words;
    description.append(": ").append(each);
    classes.push_back(
        Json{{"value", classes.size()}, {"name", each}, {"description", std::move(description)}});
  }
  return classes;
}

/// Neighbouring bits of one meaning are one field.
Json bitfields_of(const std::vector<std::pair<int, std::string>>& bits) {
  constexpr int longest = 4;
  Json fields = Json::array();
  for (std::size_t i = 0; i < bits.size();) {
    const auto& [offset, words] = bits[i];
    int length = 1;
    for (++i; i < bits.size() && length < longest; ++i, ++length) {
      if (bits[i].second != words || bits[i].first != offset + length) break;
    }
    if (means_nothing(words)) continue;
    fields.push_back(Json{{"name", class_name(words)},
                          {"description", words},
                          {"offset", offset},
                          {"length", length},
                          {"classes", classes_of(words, length)}});
  }
  return fields;
}

Json classes_of(const std::vector<std::pair<int, std::string>>& classes) {
  Json list = Json::array();
  for (const auto& [value, words] : classes) {
    if (class_name(words).empty()) continue;
    list.push_back(Json{{"value", value}, {"name", class_name(words)}, {"description", words}});
  }
  return list;
}

Json whole_or_real(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e15) return static_cast<std::int64_t>(value);
  return value;
}

Json raster_band(const Scene::Band& band) {
  constexpr std::array types{"int8",   "int16",  "int32",  "int64",   "uint8",
                             "uint16", "uint32", "uint64", "float32", "float64"};
  Json out = Json::object();
  if (band.nodata) out["nodata"] = whole_or_real(*band.nodata);
  if (std::ranges::find(types, band.data_type) != types.end()) out["data_type"] = band.data_type;
  out["spatial_resolution"] = whole_or_real(band.grid.cell);
  if (!band.unit.empty()) out["unit"] = band.unit;
  if (band.scale) out["scale"] = *band.scale;
  if (band.offset) out["offset"] = *band.offset;
  return out;
}

const char* media_type(std::string_view file) {
  return file.ends_with(".tif") || file.ends_with(".TIF") ? "image/tiff; application=geotiff"
                                                          : "application/octet-stream";
}

}  // namespace

std::string described_key(const Scene::Band& band, Family family) {
  if (!is_surface_reflectance(band)) return band.name;
  const auto known = numbered_band(family, band_number(band));
  return known ? known->key : band.name;
}

Json described_raster(const Scene::Band& band, Family family) {
  Json asset{{"href", ""}, {"type", media_type(band.file)}};
  asset["title"] = band.title.empty() ? band.name : band.title;
  const auto number = band_number(band);
  if (const auto known = number.empty() ? std::nullopt : numbered_band(family, number)) {
    asset["eo:bands"] = known->eo_bands;
    if (known->gsd != 0) asset["gsd"] = known->gsd;
  }
  if (!band.bits.empty()) {
    Json fields = bitfields_of(band.bits);
    if (!fields.empty()) asset["classification:bitfields"] = std::move(fields);
  }
  if (!band.classes.empty()) {
    Json classes = classes_of(band.classes);
    if (!classes.empty()) asset["classification:classes"] = std::move(classes);
  }
  asset["raster:bands"] = Json::array({raster_band(band)});
  asset["roles"] = roles_of(band);
  return asset;
}

Json described_metadata(const std::string& product_title) {
  return Json{{"href", ""},
              {"type", "application/xml"},
              {"title", "Product Metadata File (xml)"},
              {"description", product_title + " Product Metadata File (xml)"},
              {"roles", Json::array({"metadata"})}};
}

}  // namespace hayden::mtl
