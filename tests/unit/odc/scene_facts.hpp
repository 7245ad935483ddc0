// A scene as plain facts, and how an EO3 dataset and a STAC Item say each of them. Written by hand from the
// two specifications: it knows nothing of the code that maps one to the other.
#pragma once
#include <map>
#include <random>
#include <string>
#include <vector>

#include "core/json.hpp"

namespace hayden::odc::test {

/// Facts by name: `gsd`, `measurement red href`, …
using Facts = std::map<std::string, Json>;

struct Scene {
  Facts facts;
  std::vector<std::string> locations;
  std::map<std::string, std::string> sources;
  Json document;  ///< EO3, or an Item
};

/// Where the generator may draw names and values that only one of the forms can give back.
enum class Origin { eo3, stac };

/// A scene of many shapes: grids, CRS, assets and properties are drawn. The same seed draws the same.
Scene draw_scene(std::mt19937& random, Origin origin);

Facts facts_of_dataset(const Json& document, const std::vector<std::string>& locations,
                       const std::map<std::string, std::string>& sources);
Facts facts_of_item(const Json& item);

}  // namespace hayden::odc::test
