#include "api/odc/query.hpp"

#include <algorithm>

namespace hayden::api {

odc::DatasetQuery dataset_query(const Call& call, std::initializer_list<std::string_view> reserved,
                                Mistakes& mistakes) {
  odc::DatasetQuery query;
  for (const auto& [name, value] : call.query) {
    if (name == "f" || std::ranges::find(reserved, name) != reserved.end()) continue;
    if (name == "query") {
      auto conditions = odc::parse_expressions(value, mistakes);
      std::ranges::move(conditions, std::back_inserter(query.conditions));
    } else if (name == "product") {
      query.products.push_back(value);
    } else if (name == "archived") {
      query.archived = value == "true" || value == "1" || value.empty();
      if (!query.archived && value != "false" && value != "0") {
        mistakes.add("archived", "must be true or false");
      }
    } else {
      const auto known = std::ranges::find(query.conditions, name, &odc::Condition::field);
      if (known == query.conditions.end()) {
        query.conditions.push_back({name, odc::Comparison::equals, {value}});
      } else {
        known->comparison = odc::Comparison::in;
        known->values.push_back(value);
      }
    }
  }
  return query;
}

}  // namespace hayden::api
