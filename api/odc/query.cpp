#include "api/odc/query.hpp"

#include <algorithm>

namespace hayden::api {

odc::DatasetQuery dataset_query(const Call& call, std::initializer_list<std::string_view> reserved,
                                Mistakes& mistakes) {
  odc::DatasetQuery query;
  std::vector<odc::Condition>
      plain;  // one for each field; what `query` says of the same field holds beside it
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
      const auto known = std::ranges::find(plain, name, &odc::Condition::field);
      if (known == plain.end()) {
        plain.push_back({name, odc::Comparison::equals, {value}});
      } else {
        known->comparison = odc::Comparison::in;
        known->values.push_back(value);
      }
    }
  }
  std::ranges::move(plain, std::back_inserter(query.conditions));
  return query;
}

}  // namespace hayden::api
