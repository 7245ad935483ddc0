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

/// The fixed fields of a metadata type's definition (id, creation_time, format, label: not indexed) and its
/// search fields, which go before fixed ones of their name. The definition has passed check_metadata_type();
/// what is malformed nevertheless is left out.
std::vector<Field> fields_of(const Json& metadata_type);

enum class Comparison { equals, between, less, at_most, greater, at_least, in };

/// One condition of a search. Values are text as the user wrote it, not yet of the field's type.
struct Condition {
  std::string field;
  Comparison comparison = Comparison::equals;
  std::vector<std::string> values;  ///< between: lower and upper end; in: any of them; else one
  bool operator==(const Condition&) const = default;
};

/// Parses datacube's field expressions (at most 64 kB), one after the other without a word between them:
/// `product=ls8 lat in [-40, -30] time in 2014-03 cloud_cover < 10 platform in ["a", "b"]
/// time in [2014, 2015-06-01]`. Values are numbers, dates, bare words, UUIDs, URIs and quoted strings (`\"`
/// and `\\` escape). Beyond datacube: `<=`, `>=`, `<` and `>` on any field, lists of any length.
///  - `in [a, b]` is a range when both are numbers or dates without quotes, else a list;
///  - `in a` is `= a`;
///  - `time < d` and `time > d` hold the period d itself, as in datacube.
/// The first mistake is added with its position (1-based, in bytes); then nothing is returned.
std::vector<Condition> parse_expressions(std::string_view text, Mistakes& mistakes);

/// A dataset search; a dataset must fulfil all conditions.
struct DatasetQuery {
  std::vector<std::string> products;  ///< any of these; empty: all
  std::vector<Condition> conditions;
  bool archived = false;  ///< the archived ones instead of the active
};

/// The period that a date of datacube's expressions stands for: `2014`, `2014-03` (`2014-3`), `2014-03-05`,
/// `2014-03-05T10:20Z`, `2014-03-05T10:20:30Z`; with a fraction it is an instant. Without a zone it is UTC.
/// Years 1 to 9999. Nothing when it is no date.
struct Period {
  std::string begin, end;  ///< RFC 3339, UTC; end is the last microsecond
};
std::optional<Period> parse_period(std::string_view text);

}  // namespace hayden::odc
