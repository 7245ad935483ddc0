#pragma once
#include <optional>

#include "core/problem.hpp"
#include "stac/cql2/expression.hpp"

namespace hayden::stac {

/// Reads the Query Extension (STAC API 1.0.0) into the tree that filters become:
/// `{"eo:cloud_cover": {"gte": 10, "lt": "30"}, "platform": {"in": ["landsat-8"]}}`; all of it must hold.
/// Operators are eq, neq, lt, lte, gt, gte, startsWith, endsWith, contains and in. Operands take the type of
/// the queryable; where none is known, a string that could be a number counts as either. `contains` on an
/// array looks for an element. Mistakes are added under `query/<property>/<operator>`. Nothing when nothing
/// is asked or a mistake was found.
std::optional<cql2::Expression> parse_query(const Json& query, Mistakes& mistakes);

}  // namespace hayden::stac
