#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "core/problem.hpp"

namespace hayden::odc {

/// A search field of a metadata type.
struct Field {
  std::string name, type = "string", description;
  std::vector<std::vector<std::string>> offsets;       ///< of a scalar
  std::vector<std::vector<std::string>> lower, upper;  ///< of a range
  bool indexed = true;
  bool is_range() const { return type.ends_with("-range"); }
};

/// The search fields of a metadata type's definition and the fixed ones (id, label, creation_time, format).
std::vector<Field> fields_of(const Json& metadata_type);

enum class Comparison { equals, between, less, at_most, greater, at_least, in };

/// One condition of a search. Values are text as the user wrote it, not yet of the field's type.
struct Condition {
  std::string field;
  Comparison comparison = Comparison::equals;
  std::vector<std::string> values;  ///< between: lower and upper end
};

/// Parses datacube's field expressions: `product=ls8 lat in [-40, -30] time in 2014-03 cloud_cover < 10
/// platform in ["a", "b"] time in [2014, 2015-06-01]`, `not` and `or` are unknown to it. Numbers, dates, bare
/// words and quoted strings. Mistakes name the position (1-based).
std::vector<Condition> parse_expressions(std::string_view text, Mistakes& mistakes);

/// A dataset search, ready for the database. Every mistake is added: unknown fields, values that are not of
/// the field's type, dates that are none.
struct DatasetQuery {
  std::vector<std::string> products;  ///< any of these; empty: all
  std::vector<Condition> conditions;  ///< values are canonical: numbers, and UTC times (RFC 3339) that cover
                                      ///< the whole of a shortened date (2014-03 is a range of a month)
  bool archived = false;  ///< the archived ones instead of the active
};

/// The period that a date of datacube's expressions stands for: `2014`, `2014-03`, `2014-03-05`,
/// `2014-03-05T10:20:30Z`. Nothing when it is no date.
struct Period {
  std::string begin, end;  ///< RFC 3339, UTC; end is the last microsecond
};
std::optional<Period> parse_period(std::string_view text);

}  // namespace hayden::odc
