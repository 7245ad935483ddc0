#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/json.hpp"

namespace hayden::odc {

/// One source of a dataset as its document names it.
struct Source {
  std::string classifier, id;
  std::string path;  ///< where in the document the id stands
};

/// All sources in the order of the document; `faults`, where given, are told of what is no lineage: path and
/// sentence.
std::vector<Source> named_sources(const Json& document,
                                  std::vector<std::pair<std::string, std::string>>* faults = nullptr);

}  // namespace hayden::odc
