#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "core/problem.hpp"
#include "mtl/landsat_bands.hpp"
#include "mtl/landsat_item.hpp"

namespace hayden::mtl {
namespace {

/// What two values have in common: equal members of objects; of lists of objects of equal length, element by
/// element; of other lists, the elements that are in both; null when nothing.
Json common_part(const Json& left, const Json& right);

Json common_members(const Json& left, const Json& right) {
  Json common = Json::object();
  for (const auto& [name, value] : left.items()) {
    if (!right.contains(name)) continue;
    Json part = common_part(value, right[name]);
    if (!part.is_null()) common[name] = std::move(part);
  }
  return common;
}

Json common_elements(const Json& left, const Json& right) {
  Json common = Json::array();
  if (left[0].is_object()) {
    if (left.size() != right.size()) return nullptr;
    for (std::size_t i = 0; i < left.size(); ++i) common.push_back(common_part(left[i], right[i]));
    return common;
  }
  std::copy_if(left.begin(), left.end(), std::back_inserter(common), [&](const Json& element) {
    return std::find(right.begin(), right.end(), element) != right.end();
  });
  return common;
}

Json common_part(const Json& left, const Json& right) {
  if (left == right) return left;
  if (left.is_object() && right.is_object()) return common_members(left, right);
  if (left.is_array() && right.is_array()) return common_elements(left, right);
  return nullptr;
}

/// Bit fields are read as a whole: half of one is worse than none.
Json common_asset(Json left, const Json& right) {
  constexpr auto bitfields = "classification:bitfields";
  if (left.contains(bitfields) && left[bitfields] != right.value(bitfields, Json())) left.erase(bitfields);
  return common_part(left, right);
}

void erase_words(std::string& text, std::string_view words) {
  const std::size_t at = text.find(words);
  if (at != std::string::npos) text.erase(at, words.size());
}

/// Words that hold for each file and each sensor: without the file's own name, and without the bits of
/// QA_RADSAT that only some sensors have.
std::string general_words(std::string text) {
  const std::size_t open = text.find(" (");
  if (open != std::string::npos) text.erase(open, text.find(')', open) + 1 - open);
  erase_words(text, " and Terrain Occlusion");
  erase_words(text, " and Dropped Pixel");
  return text;
}

/// An asset of the collection: one of an Item, without its place.
Json definition_of(const AssetKind& kind) {
  Json asset = kind.body;
  asset.erase("href");
  if (kind.raster == AssetKind::Raster::none) return asset;
  for (const char* field : {"title", "description"})
    asset[field] = general_words(asset[field].get<std::string>());
  return asset;
}

bool observes_at(Level level, Family family) { return level == Level::l1 || !is_mss(family); }

Json item_assets(Generation generation, Level level) {
  Json assets = Json::object();
  for (const Family family : all_families) {
    if (!observes_at(level, family)) continue;
    for (const AssetKind& kind : asset_kinds(generation, level, family)) {
      Json definition = definition_of(kind);
      if (assets.contains(kind.key)) definition = common_asset(assets[kind.key], definition);
      assets[kind.key] = std::move(definition);
    }
  }
  return assets;
}

Json summary_of_bands(Generation generation, Level level) {
  Json bands = Json::array();
  for (const Family family : all_families) {
    if (!observes_at(level, family)) continue;
    for (const AssetKind& kind : asset_kinds(generation, level, family)) {
      if (!kind.body.contains("eo:bands")) continue;
      Json band = kind.body["eo:bands"][0];
      band["description"] = band["description"].get<std::string>() + " (" +
                            instrument_title(family, band["name"].get<std::string>()) + ")";
      bands.push_back(std::move(band));
    }
  }
  return bands;
}

Json citation(const char* doi, const char* title) {
  return Json{{"rel", "cite-as"}, {"href", std::string("https://doi.org/") + doi}, {"title", title}};
}

Json license_link() {
  return Json{{"rel", "license"},
              {"href", "https://www.usgs.gov/emergency-operations-portal/data-policy"},
              {"type", "text/html"},
              {"title", "Public domain (USGS data policy)"}};
}

Json level1() {
  Json collection;
  collection["title"] = "Landsat Collection 2 Level-1";
  collection["description"] =
      "Landsat Collection 2 Level-1 scenes of the whole archive since 1972: top of atmosphere radiance from "
      "the "
      "Multispectral Scanner System (MSS) of Landsat 1 to 5, the Thematic Mapper (TM) of Landsat 4 and 5, "
      "the Enhanced "
      "Thematic Mapper Plus (ETM+) of Landsat 7, and the Operational Land Imager (OLI) and Thermal Infrared "
      "Sensor "
      "(TIRS) of Landsat 8 and 9.";
  collection["keywords"] =
      Json::array({"Landsat", "USGS", "NASA", "Satellite", "Global", "Imagery", "Radiance"});
  collection["extent"]["temporal"]["interval"] =
      Json::array({Json::array({"1972-07-25T00:00:00Z", nullptr})});
  collection["links"] =
      Json::array({license_link(), citation("10.5066/P975CC9B", "Landsat 8-9 OLI/TIRS Collection 2 Level-1"),
                   citation("10.5066/P9TU80IG", "Landsat 7 ETM+ Collection 2 Level-1"),
                   citation("10.5066/P918ROHC", "Landsat 4-5 TM Collection 2 Level-1"),
                   citation("10.5066/P9AF14YV", "Landsat 1-5 MSS Collection 2 Level-1")});
  collection["summaries"] = {{"platform", Json::array({"landsat-1", "landsat-2", "landsat-3", "landsat-4",
                                                       "landsat-5", "landsat-7", "landsat-8", "landsat-9"})},
                             {"instruments", Json::array({"mss", "tm", "etm+", "oli", "tirs"})},
                             {"gsd", Json::array({15, 30, 60, 79, 100, 120})},
                             {"landsat:wrs_type", Json::array({"1", "2"})},
                             {"landsat:collection_category", Json::array({"T1", "T2", "RT"})},
                             {"landsat:correction", Json::array({"L1TP", "L1GT", "L1GS"})}};
  return collection;
}

Json level2() {
  Json collection;
  collection["title"] = "Landsat Collection 2 Level-2";
  collection["description"] =
      "Landsat Collection 2 Level-2 science products since 1982: surface reflectance and surface temperature "
      "from the "
      "Thematic Mapper (TM) of Landsat 4 and 5, the Enhanced Thematic Mapper Plus (ETM+) of Landsat 7, and "
      "the "
      "Operational Land Imager (OLI) and Thermal Infrared Sensor (TIRS) of Landsat 8 and 9.";
  collection["keywords"] = Json::array(
      {"Landsat", "USGS", "NASA", "Satellite", "Global", "Imagery", "Reflectance", "Temperature"});
  collection["extent"]["temporal"]["interval"] =
      Json::array({Json::array({"1982-08-22T00:00:00Z", nullptr})});
  collection["links"] =
      Json::array({license_link(), citation("10.5066/P9OGBGM6", "Landsat 8-9 OLI/TIRS Collection 2 Level-2"),
                   citation("10.5066/P9C7I13B", "Landsat 7 ETM+ Collection 2 Level-2"),
                   citation("10.5066/P9IAXOVV", "Landsat 4-5 TM Collection 2 Level-2")});
  collection["summaries"] = {
      {"platform", Json::array({"landsat-4", "landsat-5", "landsat-7", "landsat-8", "landsat-9"})},
      {"instruments", Json::array({"tm", "etm+", "oli", "tirs"})},
      {"gsd", Json::array({30, 60, 100, 120})},
      {"landsat:wrs_type", Json::array({"2"})},
      {"landsat:collection_category", Json::array({"T1", "T2"})},
      {"landsat:correction", Json::array({"L2SP", "L2SR"})}};
  return collection;
}

const Json& all_platforms() {
  static const Json platforms = Json::array({"landsat-1", "landsat-2", "landsat-3", "landsat-4", "landsat-5",
                                             "landsat-7", "landsat-8", "landsat-9"});
  return platforms;
}

Json older_collection(const char* title, const char* description, Json keywords, const char* since,
                      Json platforms, Json instruments, const Json& summaries) {
  Json collection;
  collection["title"] = title;
  collection["description"] = description;
  collection["keywords"] = std::move(keywords);
  collection["extent"]["temporal"]["interval"] = Json::array({Json::array({since, nullptr})});
  collection["links"] = Json::array({license_link()});
  collection["summaries"] = {{"platform", std::move(platforms)}, {"instruments", std::move(instruments)}};
  collection["summaries"].update(summaries);
  return collection;
}

Json collection1_level1() {
  return older_collection(
      "Landsat Collection 1 Level-1",
      "Landsat Collection 1 Level-1 scenes, which USGS made until the end of 2021: radiance of MSS, TM, "
      "ETM+, OLI "
      "and TIRS. Collection 2 has replaced them.",
      Json::array({"Landsat", "USGS", "NASA", "Satellite", "Global", "Imagery", "Radiance"}),
      "1972-07-25T00:00:00Z", all_platforms(), Json::array({"mss", "tm", "etm+", "oli", "tirs"}),
      {{"gsd", Json::array({15, 30, 60, 79, 100, 120})},
       {"landsat:wrs_type", Json::array({"1", "2"})},
       {"landsat:collection_category", Json::array({"T1", "T2", "RT"})},
       {"landsat:correction", Json::array({"L1TP", "L1GT", "L1GS"})}});
}

Json pre_collection_level1() {
  return older_collection(
      "Landsat Pre-Collection Level-1",
      "Landsat Level-1 scenes as USGS and its ground stations made them before the collections, until 2017: "
      "radiance of MSS, TM, ETM+, OLI and TIRS. They have no tier; Collection 2 has replaced them.",
      Json::array({"Landsat", "USGS", "NASA", "Satellite", "Global", "Imagery", "Radiance"}),
      "1972-07-25T00:00:00Z", all_platforms(), Json::array({"mss", "tm", "etm+", "oli", "tirs"}),
      {{"gsd", Json::array({15, 30, 60, 79, 100, 120})},
       {"landsat:wrs_type", Json::array({"1", "2"})},
       {"landsat:correction", Json::array({"L1T", "L1GT", "L1G"})}});
}

Json espa_level2(bool collection1) {
  Json summaries{{"gsd", Json::array({30, 60, 100, 120})}};
  if (collection1) summaries["landsat:collection_category"] = Json::array({"T1", "T2", "RT", "A1", "A2"});
  return older_collection(
      collection1 ? "Landsat Collection 1 Level-2" : "Landsat Pre-Collection Level-2",
      collection1
          ? "Surface reflectance and what goes with it that ESPA made on order of Landsat Collection 1 "
            "scenes, in UTM, polar stereographic or Albers projection. Which rasters a scene has depends on "
            "the order."
          : "Surface reflectance and what goes with it that ESPA made on order of Landsat scenes of before "
            "the collections. Which rasters a scene has depends on the order.",
      Json::array({"Landsat", "USGS", "NASA", "ESPA", "Satellite", "Imagery", "Reflectance"}),
      "1982-08-22T00:00:00Z", Json::array({"landsat-4", "landsat-5", "landsat-7", "landsat-8"}),
      Json::array({"tm", "etm+", "oli", "tirs"}), summaries);
}

Json collection1_ard() {
  return older_collection(
      "Landsat Collection 1 U.S. Analysis Ready Data",
      "Landsat Collection 1 scenes of the United States on the tiles of 5000 by 5000 pixels of the U.S. ARD "
      "grids "
      "(Albers projection): top of atmosphere and surface reflectance, brightness temperature, quality.",
      Json::array({"Landsat", "USGS", "NASA", "ARD", "Satellite", "United States", "Imagery", "Reflectance"}),
      "1982-08-22T00:00:00Z", Json::array({"landsat-4", "landsat-5", "landsat-7", "landsat-8"}),
      Json::array({"tm", "etm+", "oli", "tirs"}), {{"gsd", Json::array({30, 60, 100, 120})}});
}

struct Entry {
  Generation generation;
  Level level;
  Json (*details)();
  const char* page;  ///< where USGS tells of it
};

constexpr std::array<Entry, 7> entries{
    {{Generation::collection2, Level::l1, level1,
      "https://www.usgs.gov/landsat-missions/landsat-collection-2-level-1-data"},
     {Generation::collection2, Level::l2, level2,
      "https://www.usgs.gov/landsat-missions/landsat-collection-2-level-2-science-products"},
     {Generation::collection1, Level::l1, collection1_level1,
      "https://www.usgs.gov/landsat-missions/landsat-collection-1"},
     {Generation::collection1, Level::l2, [] { return espa_level2(true); },
      "https://www.usgs.gov/landsat-missions/landsat-collection-1"},
     {Generation::collection1, Level::ard, collection1_ard,
      "https://www.usgs.gov/landsat-missions/landsat-us-analysis-ready-data"},
     {Generation::pre_collection, Level::l1, pre_collection_level1, "https://www.usgs.gov/landsat-missions"},
     {Generation::pre_collection, Level::l2, [] { return espa_level2(false); },
      "https://www.usgs.gov/landsat-missions"}}};

const Entry& entry_of(std::string_view id) {
  std::string known;
  for (const Entry& entry : entries) {
    if (collection_id(entry.generation, entry.level) == id) return entry;
    known += (known.empty() ? "'" : ", '") + collection_id(entry.generation, entry.level) + "'";
  }
  throw Problem(404, "NotFound",
                "There is no Landsat collection '" + std::string(id) + "'; there are " + known + ".");
}

Json providers(const char* page) {
  return Json::array(
      {Json{{"name", "NASA"},
            {"roles", Json::array({"producer", "licensor"})},
            {"url", "https://landsat.gsfc.nasa.gov/"}},
       Json{{"name", "USGS"}, {"roles", Json::array({"producer", "processor", "licensor"})}, {"url", page}}});
}

}  // namespace

Json landsat_collection(std::string_view id) {
  const Entry& entry = entry_of(id);
  Json details = entry.details();
  // What ESPA and ARD metadata describes differs from order to order.
  const bool has_known_assets = !asset_kinds(entry.generation, entry.level, Family::oli).empty();

  Json collection;
  collection["type"] = "Collection";
  collection["stac_version"] = "1.0.0";
  collection["stac_extensions"] = Json::array();
  for (const char* name : {"item-assets/v1.0.0", "eo/v1.1.0", "raster/v1.1.0", "classification/v1.1.0"}) {
    if (!has_known_assets) break;
    collection["stac_extensions"].push_back("https://stac-extensions.github.io/" + std::string(name) +
                                            "/schema.json");
  }
  collection["id"] = id;
  collection["title"] = std::move(details["title"]);
  collection["description"] = std::move(details["description"]);
  collection["keywords"] = std::move(details["keywords"]);
  collection["license"] = "proprietary";
  collection["providers"] = providers(entry.page);
  collection["extent"] = Json{{"spatial", {{"bbox", Json::array({Json::array({-180, -90, 180, 90})})}}},
                              {"temporal", std::move(details["extent"]["temporal"])}};
  collection["summaries"] = std::move(details["summaries"]);
  if (has_known_assets) {
    collection["summaries"]["eo:bands"] = summary_of_bands(entry.generation, entry.level);
  }
  collection["links"] = std::move(details["links"]);
  if (has_known_assets) collection["item_assets"] = item_assets(entry.generation, entry.level);
  return collection;
}

}  // namespace hayden::mtl
