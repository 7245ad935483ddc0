#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "db/properties.hpp"

namespace hayden::api {

/// A JSON Schema (draft 2019-09) of what filters can name: OGC API - Features Part 3, Queryables. Further
/// properties may be named, and are absent.
std::string queryables_schema(std::string_view id, std::string_view title,
                              const std::vector<db::StoredProperty>& properties);

/// The same of what filters of collections can name.
std::string collections_queryables_schema(std::string_view id, std::string_view title,
                                          const std::vector<db::StoredProperty>& properties);

/// A JSON Schema of what items can be sorted by: OGC API - Features Part 5, Sortables. No other property can.
std::string sortables_schema(std::string_view id, std::string_view title,
                             const std::vector<db::StoredProperty>& properties);

}  // namespace hayden::api
