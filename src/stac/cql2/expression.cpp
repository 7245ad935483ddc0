#include "stac/cql2/expression.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace hayden::stac::cql2 {
namespace {

constexpr std::size_t any_number = most_expressions;

/// In the order of Operator.
constexpr std::array<OperatorInfo, 51> operators{{
    {Operator::conjunction, "and", Family::logical, 2, any_number},
    {Operator::disjunction, "or", Family::logical, 2, any_number},
    {Operator::negation, "not", Family::logical, 1, 1},
    {Operator::equal, "=", Family::comparison, 2, 2},
    {Operator::not_equal, "<>", Family::comparison, 2, 2},
    {Operator::less, "<", Family::comparison, 2, 2},
    {Operator::less_or_equal, "<=", Family::comparison, 2, 2},
    {Operator::greater, ">", Family::comparison, 2, 2},
    {Operator::greater_or_equal, ">=", Family::comparison, 2, 2},
    {Operator::like, "like", Family::comparison, 2, 2},
    {Operator::between, "between", Family::comparison, 3, 3},
    {Operator::in, "in", Family::comparison, 2, 2},
    {Operator::is_null, "isNull", Family::comparison, 1, 1},
    {Operator::add, "+", Family::arithmetic, 2, 2},
    {Operator::subtract, "-", Family::arithmetic, 2, 2},
    {Operator::multiply, "*", Family::arithmetic, 2, 2},
    {Operator::divide, "/", Family::arithmetic, 2, 2},
    {Operator::modulo, "%", Family::arithmetic, 2, 2},
    {Operator::integer_divide, "div", Family::arithmetic, 2, 2},
    {Operator::power, "^", Family::arithmetic, 2, 2},
    {Operator::casei, "casei", Family::character, 1, 1},
    {Operator::accenti, "accenti", Family::character, 1, 1},
    {Operator::s_contains, "s_contains", Family::spatial, 2, 2},
    {Operator::s_crosses, "s_crosses", Family::spatial, 2, 2},
    {Operator::s_disjoint, "s_disjoint", Family::spatial, 2, 2},
    {Operator::s_equals, "s_equals", Family::spatial, 2, 2},
    {Operator::s_intersects, "s_intersects", Family::spatial, 2, 2},
    {Operator::s_overlaps, "s_overlaps", Family::spatial, 2, 2},
    {Operator::s_touches, "s_touches", Family::spatial, 2, 2},
    {Operator::s_within, "s_within", Family::spatial, 2, 2},
    {Operator::t_after, "t_after", Family::temporal, 2, 2},
    {Operator::t_before, "t_before", Family::temporal, 2, 2},
    {Operator::t_contains, "t_contains", Family::temporal, 2, 2},
    {Operator::t_disjoint, "t_disjoint", Family::temporal, 2, 2},
    {Operator::t_during, "t_during", Family::temporal, 2, 2},
    {Operator::t_equals, "t_equals", Family::temporal, 2, 2},
    {Operator::t_finished_by, "t_finishedBy", Family::temporal, 2, 2},
    {Operator::t_finishes, "t_finishes", Family::temporal, 2, 2},
    {Operator::t_intersects, "t_intersects", Family::temporal, 2, 2},
    {Operator::t_meets, "t_meets", Family::temporal, 2, 2},
    {Operator::t_met_by, "t_metBy", Family::temporal, 2, 2},
    {Operator::t_overlapped_by, "t_overlappedBy", Family::temporal, 2, 2},
    {Operator::t_overlaps, "t_overlaps", Family::temporal, 2, 2},
    {Operator::t_started_by, "t_startedBy", Family::temporal, 2, 2},
    {Operator::t_starts, "t_starts", Family::temporal, 2, 2},
    {Operator::a_contained_by, "a_containedBy", Family::array, 2, 2},
    {Operator::a_contains, "a_contains", Family::array, 2, 2},
    {Operator::a_equals, "a_equals", Family::array, 2, 2},
    {Operator::a_overlaps, "a_overlaps", Family::array, 2, 2},
    {Operator::array, "", Family::literal, 0, any_number},
    {Operator::interval, "", Family::literal, 2, 2},
}};

constexpr bool stands_in_order() {
  for (std::size_t i = 0; i < operators.size(); ++i) {
    if (static_cast<std::size_t>(operators.at(i).op) != i) return false;
  }
  return true;
}
static_assert(stands_in_order());

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

PropertyType type_of_call(const Call& call) {
  if (call.op == Operator::array) return PropertyType::array;
  if (call.op == Operator::interval) return PropertyType::interval;
  switch (info(call.op).family) {
    case Family::arithmetic:
      return PropertyType::number;
    case Family::character:
      return PropertyType::text;
    default:
      return PropertyType::boolean;
  }
}

struct TypeOf {
  PropertyType operator()(const Mistaken& /*unused*/) const { return PropertyType::any; }
  PropertyType operator()(const Property& property) const {
    const auto type = queryable_type(property.name);
    return type == PropertyType::integer ? PropertyType::number : type;
  }
  PropertyType operator()(const std::string& /*unused*/) const { return PropertyType::text; }
  PropertyType operator()(std::int64_t /*unused*/) const { return PropertyType::number; }
  PropertyType operator()(double /*unused*/) const { return PropertyType::number; }
  PropertyType operator()(bool /*unused*/) const { return PropertyType::boolean; }
  PropertyType operator()(Instant /*unused*/) const { return PropertyType::timestamp; }
  PropertyType operator()(Date /*unused*/) const { return PropertyType::date; }
  PropertyType operator()(OpenEnd /*unused*/) const { return PropertyType::timestamp; }
  PropertyType operator()(const Geometry& /*unused*/) const { return PropertyType::geometry; }
  PropertyType operator()(const Box& /*unused*/) const { return PropertyType::geometry; }
  PropertyType operator()(const Call& call) const { return type_of_call(call); }
};

}  // namespace

bool operator==(const Call& a, const Call& b) { return a.op == b.op && a.arguments == b.arguments; }

std::span<const OperatorInfo> all_operators() { return operators; }

const OperatorInfo& info(Operator op) { return operators.at(static_cast<std::size_t>(op)); }

const OperatorInfo* find_operator(std::string_view name) {
  if (name.empty()) return nullptr;
  std::string folded(name.size(), ' ');
  std::transform(name.begin(), name.end(), folded.begin(), lower);
  if (folded == "a_contained_by") folded = "a_containedby";
  const auto same = [&folded](const OperatorInfo& candidate) {
    return std::ranges::equal(candidate.name, folded, {}, lower);
  };
  const auto* const found = std::ranges::find_if(operators, same);
  return found == operators.end() ? nullptr : found;
}

PropertyType type_of(const Expression& expression) { return std::visit(TypeOf{}, expression.value); }

Expression::Value number_literal(double number) {
  constexpr double exact = 9007199254740992;  // 2^53
  if (std::abs(number) <= exact && std::floor(number) == number) return static_cast<std::int64_t>(number);
  return number;
}

std::optional<Expression::Value> parse_instant(std::string_view text) {
  constexpr std::size_t length_of_date = 10;
  if (text.size() == length_of_date) {
    const auto midnight = parse_rfc3339(std::string{text} + "T00:00:00Z");
    if (!midnight) return {};
    return Date{std::chrono::floor<std::chrono::days>(*midnight)};
  }
  const auto instant = parse_rfc3339(text);
  if (!instant) return {};
  return *instant;
}

std::string format_date(Date date) { return format_rfc3339(Instant{date.day}).substr(0, 10); }

}  // namespace hayden::stac::cql2
