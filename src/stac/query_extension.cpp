#include "stac/query_extension.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "stac/cql2/encodings.hpp"
#include "stac/cql2/literals.hpp"

namespace hayden::stac {
namespace {

using cql2::Call;
using cql2::Expression;
using cql2::Operator;

struct Comparison {
  std::string_view name;
  Operator op;
};

constexpr std::array<Comparison, 6> comparisons{{{"eq", Operator::equal},
                                                 {"neq", Operator::not_equal},
                                                 {"lt", Operator::less},
                                                 {"lte", Operator::less_or_equal},
                                                 {"gt", Operator::greater},
                                                 {"gte", Operator::greater_or_equal}}};

Expression make(Operator op, std::vector<Expression> arguments, const std::string& where) {
  return {Call{op, std::move(arguments)}, where};
}

std::optional<Expression::Value> number_in(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool finite = number - number == 0;
  if (error != std::errc{} || end != text.data() + text.size() || text.empty() || !finite) return {};
  return cql2::number_literal(number);
}

/// A pattern for LIKE that means `text` as it is.
std::string escaped(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern;
}

class QueryReader {
 public:
  explicit QueryReader(Mistakes& mistakes) : mistakes_(mistakes) {}

  std::optional<Expression> read(const Json& query) {
    if (!query.is_object()) {
      wrong("query", "expected an object of properties");
      return {};
    }
    std::vector<Expression> conditions;
    for (const auto& [name, operators] : query.items()) {
      const std::string where = "query/" + name;
      if (!operators.is_object()) {
        wrong(where, R"(expected an object of operators, as in {"eq": 1})");
        continue;
      }
      for (const auto& [op, operand] : operators.items()) {
        conditions.push_back(condition(name, op, operand, std::string{where}.append("/").append(op)));
        if (conditions.size() > most_conditions) {
          wrong("query", "more than " + std::to_string(most_conditions) + " conditions");
          return {};
        }
      }
    }
    if (conditions.empty()) return {};
    if (conditions.size() == 1) return std::move(conditions.front());
    return make(Operator::conjunction, std::move(conditions), "query");
  }

 private:
  static constexpr std::size_t most_conditions = 1000;
  static constexpr std::size_t most_values = 5000;

  Expression wrong(const std::string& where, std::string_view what) {
    mistakes_.add(where, what);
    return {cql2::Mistaken{}, where};
  }

  Expression condition(const std::string& name, const std::string& op, const Json& operand,
                       const std::string& where) {
    const Expression property{cql2::Property{name}, where};
    const auto* const comparison = std::ranges::find(comparisons, op, &Comparison::name);
    if (comparison != comparisons.end()) return compare(comparison->op, property, operand, where);
    if (op == "startsWith" || op == "endsWith" || op == "contains")
      return match(op, property, operand, where);
    if (op != "in") {
      return wrong(where,
                   "there is no operator " + cql2::shown(op) +
                       "; operators are eq, neq, lt, lte, gt, gte, startsWith, endsWith, contains and in");
    }
    if (!operand.is_array() || operand.size() > most_values) {
      return wrong(where, "expected an array of at most " + std::to_string(most_values) + " values");
    }
    return one_of(property, operand, where);
  }

  /// A value that is one of those given, or an array that has one of them.
  Expression one_of(const Expression& property, const Json& values, const std::string& where) {
    if (values.empty()) return {false, where};
    const auto type = cql2::type_of(property);
    std::vector<Expression> equalities, elements;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto place = where + "/" + std::to_string(i);
      if (type != PropertyType::array)
        equalities.push_back(compare(Operator::equal, property, values[i], place));
      if (type == PropertyType::array || (type == PropertyType::any && !values[i].is_null())) {
        elements.push_back(scalar(values[i], PropertyType::any, place));
      }
    }
    std::vector<Expression> either;
    if (auto list = as_list(property, equalities, where)) {
      either.push_back(*std::move(list));
    } else {
      either = std::move(equalities);
    }
    if (!elements.empty()) {
      auto array = make(Operator::array, std::move(elements), where);
      either.push_back(make(Operator::a_overlaps, {property, std::move(array)}, where));
    }
    return either.size() == 1 ? std::move(either.front())
                              : make(Operator::disjunction, std::move(either), where);
  }

  /// One list of values of one type instead of many comparisons, where they are no more than that.
  static std::optional<Expression> as_list(const Expression& property,
                                           const std::vector<Expression>& equalities,
                                           const std::string& where) {
    if (equalities.empty()) return {};
    Call list{Operator::array, {}};
    for (const auto& comparison : equalities) {
      const auto* const call = comparison.as<Call>();
      if (call == nullptr || call->op != Operator::equal) return {};
      list.arguments.push_back(call->arguments[1]);
      if (list.arguments.back().value.index() != list.arguments.front().value.index()) return {};
    }
    return make(Operator::in, {property, {std::move(list), where}}, where);
  }

  Expression compare(Operator op, const Expression& property, const Json& operand, const std::string& where) {
    if (operand.is_null() && (op == Operator::equal || op == Operator::not_equal)) {
      auto is_null = make(Operator::is_null, {property}, where);
      return op == Operator::equal ? is_null : make(Operator::negation, {std::move(is_null)}, where);
    }
    const auto value = scalar(operand, cql2::type_of(property), where);
    auto condition = make(op, {property, value}, where);
    const auto* const text = value.as<std::string>();
    if (cql2::type_of(property) != PropertyType::any || text == nullptr) return condition;
    const auto number = number_in(*text);
    if (!number) return condition;
    auto as_number = make(op, {property, {*number, where}}, where);
    return make(Operator::disjunction, {std::move(condition), std::move(as_number)}, where);
  }

  /// The operand as a value of the property's type.
  Expression scalar(const Json& operand, PropertyType type, const std::string& where) {
    if (operand.is_string()) {
      const auto& text = operand.get_ref<const std::string&>();
      if (type == PropertyType::number) {
        if (auto number = number_in(text)) return {*std::move(number), where};
        return wrong(where, "expected a number, found " + cql2::shown(text));
      }
      if (type == PropertyType::boolean && (text == "true" || text == "false"))
        return {text == "true", where};
      return cql2::text_literal(text, where, mistakes_);
    }
    if (operand.is_boolean()) return {operand.get<bool>(), where};
    if (!operand.is_number()) return wrong(where, "expected a string, a number or a boolean");
    if (type == PropertyType::text) return {dump_json(operand), where};
    if (operand.is_number_integer() && !operand.is_number_unsigned())
      return {operand.get<std::int64_t>(), where};
    if (operand.is_number_unsigned() &&
        operand.get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX)) {
      return {operand.get<std::int64_t>(), where};
    }
    return {cql2::number_literal(operand.get<double>()), where};
  }

  Expression match(const std::string& op, const Expression& property, const Json& operand,
                   const std::string& where) {
    const auto type = cql2::type_of(property);
    std::vector<Expression> either;
    if (op == "contains" && (type == PropertyType::array || type == PropertyType::any)) {
      auto element = scalar(operand, PropertyType::any, where);
      auto array = make(Operator::array, {std::move(element)}, where);
      either.push_back(make(Operator::a_contains, {property, std::move(array)}, where));
      if (type == PropertyType::array || !operand.is_string()) return std::move(either.front());
    }
    if (!operand.is_string()) return wrong(where, "expected a string");
    auto pattern = escaped(operand.get_ref<const std::string&>());
    if (op != "startsWith") pattern.insert(0, 1, '%');
    if (op != "endsWith") pattern += '%';
    either.push_back(
        make(Operator::like, {property, cql2::text_literal(std::move(pattern), where, mistakes_)}, where));
    if (either.size() == 1) return std::move(either.front());
    return make(Operator::disjunction, std::move(either), where);
  }

  Mistakes& mistakes_;
};

}  // namespace

std::optional<cql2::Expression> parse_query(const Json& query, Mistakes& mistakes) {
  const auto before = mistakes.all().size();
  auto condition = QueryReader(mistakes).read(query);
  if (condition) cql2::check_filter(*condition, mistakes);
  if (mistakes.all().size() > before) return {};
  return condition;
}

}  // namespace hayden::stac
