#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"

namespace hayden::test {

struct NamedField {
  std::string path;
  bool include = false;
};

/// What stac::Fields selects, said the plain way: for each member the longest field that is its path or a
/// path around it decides, an inclusion before an exclusion.
inline Json select_by_dom(const Json& object, const std::vector<NamedField>& fields, bool rest,
                          const std::string& around = {}) {
  Json selected = Json::object();
  for (const auto& [name, value] : object.items()) {
    const auto path = around + name;
    bool keep = rest;
    std::size_t deepest = 0;
    for (const auto& field : fields) {
      const bool decides = path == field.path || path.starts_with(field.path + '.');
      if (!decides || field.path.size() < deepest) continue;
      keep = field.include || (keep && field.path.size() == deepest && deepest > 0);
      deepest = field.path.size();
    }
    const auto is_below = [&](const NamedField& field) { return field.path.starts_with(path + '.'); };
    const bool wanted_below = value.is_object() && std::ranges::any_of(fields, [&](const NamedField& field) {
                                return field.include && is_below(field);
                              });
    if (!keep && !wanted_below) continue;
    selected[name] = value.is_object() && std::ranges::any_of(fields, is_below)
                         ? select_by_dom(value, fields, rest, path + '.')
                         : value;
  }
  return selected;
}

}  // namespace hayden::test
