#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/json.hpp"
#include "core/time.hpp"
#include "stac/queryables.hpp"

/// The Common Query Language CQL2 (OGC 21-065r2): one expression tree for both of its encodings.
namespace hayden::stac::cql2 {

/// What a Call does with its arguments.
enum class Operator {
  conjunction,
  disjunction,
  negation,
  equal,
  not_equal,
  less,
  less_or_equal,
  greater,
  greater_or_equal,
  like,
  between,
  in,
  is_null,
  add,
  subtract,
  multiply,
  divide,
  modulo,
  integer_divide,
  power,
  casei,
  accenti,
  s_contains,
  s_crosses,
  s_disjoint,
  s_equals,
  s_intersects,
  s_overlaps,
  s_touches,
  s_within,
  t_after,
  t_before,
  t_contains,
  t_disjoint,
  t_during,
  t_equals,
  t_finished_by,
  t_finishes,
  t_intersects,
  t_meets,
  t_met_by,
  t_overlapped_by,
  t_overlaps,
  t_started_by,
  t_starts,
  a_contained_by,
  a_contains,
  a_equals,
  a_overlaps,
  array,    ///< its arguments are the elements
  interval  ///< start and end: instants, properties or OpenEnd
};

enum class Family { logical, comparison, arithmetic, character, spatial, temporal, array, literal };

/// How an operator is written and what it takes.
struct OperatorInfo {
  Operator op;
  std::string_view name;  ///< in CQL2 JSON; in CQL2 text the same in any case
  Family family;
  std::size_t least, most;  ///< arguments
};

std::span<const OperatorInfo> all_operators();
const OperatorInfo& info(Operator op);
/// By its name in any case, also `a_contained_by`; null when there is none. Arrays and intervals have none.
const OperatorInfo* find_operator(std::string_view name);

struct Expression;

struct Property {
  std::string name;  ///< as written, perhaps with the prefix `properties.`
  bool operator==(const Property&) const = default;
};

/// A day in UTC.
struct Date {
  std::chrono::sys_days day;
  bool operator==(const Date&) const = default;
};

/// `..`, where an interval has no start or end.
struct OpenEnd {
  bool operator==(const OpenEnd&) const = default;
};

/// A geometry literal, EPSG:4326.
struct Geometry {
  Json geojson;
  std::string wkb;  ///< 2D
  bool operator==(const Geometry& other) const { return wkb == other.wkb; }
};

/// A box of 4 or 6 numbers as written; west > east crosses the antimeridian.
struct Box {
  std::vector<double> numbers;
  std::string wkb;  ///< the area it stands for
  bool operator==(const Box& other) const { return numbers == other.numbers; }
};

/// Stands where a mistake was found, so that looking for others can go on.
struct Mistaken {
  bool operator==(const Mistaken&) const = default;
};

struct Call {
  Operator op = Operator::conjunction;
  std::vector<Expression> arguments;
  friend bool operator==(const Call& a, const Call& b);
};

/// A node of the tree. Whole numbers of 64 bits are std::int64_t, all others double.
struct Expression {
  using Value = std::variant<Mistaken, Property, std::string, std::int64_t, double, bool, Instant, Date,
                             OpenEnd, Geometry, Box, Call>;
  Value value;
  std::string where;  ///< for messages: where in the request it was written; no part of its value

  template <typename T>
  const T* as() const {
    return std::get_if<T>(&value);
  }
  friend bool operator==(const Expression& a, const Expression& b) { return a.value == b.value; }
};

/// The type of its value; `integer` counts as number. A property has the type of its queryable.
PropertyType type_of(const Expression& expression);

/// A number as a literal of the tree: whole ones that a double holds exactly become integers.
Expression::Value number_literal(double number);

/// A date or a timestamp of RFC 3339; nothing when `text` is neither.
std::optional<Expression::Value> parse_instant(std::string_view text);
std::string format_date(Date date);

/// Bounds of a filter, against clients that mean no good.
inline constexpr std::size_t longest_text = 1'000'000;  ///< bytes
inline constexpr int deepest_filter = 48;               ///< nested operators
inline constexpr std::size_t most_expressions = 10'000;

}  // namespace hayden::stac::cql2
