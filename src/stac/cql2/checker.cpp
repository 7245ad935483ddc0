#include <algorithm>
#include <array>

#include "stac/cql2/encodings.hpp"
#include "stac/cql2/literals.hpp"

namespace hayden::stac::cql2 {
namespace {

bool is_time(PropertyType type) { return type == PropertyType::timestamp || type == PropertyType::date; }

bool is_scalar(PropertyType type) {
  constexpr std::array<PropertyType, 6> scalars{PropertyType::any,       PropertyType::text,
                                                PropertyType::number,    PropertyType::boolean,
                                                PropertyType::timestamp, PropertyType::date};
  return std::ranges::count(scalars, type) > 0;
}

bool comparable(PropertyType a, PropertyType b) {
  return a == b || a == PropertyType::any || b == PropertyType::any || (is_time(a) && is_time(b));
}

std::string_view noun(PropertyType type) {
  switch (type) {
    case PropertyType::any:
      return "of any type";
    case PropertyType::text:
      return "a text";
    case PropertyType::number:
    case PropertyType::integer:
      return "a number";
    case PropertyType::boolean:
      return "a boolean";
    case PropertyType::timestamp:
      return "a timestamp";
    case PropertyType::date:
      return "a date";
    case PropertyType::interval:
      return "an interval";
    case PropertyType::geometry:
      return "a geometry";
    case PropertyType::array:
      return "an array";
    case PropertyType::object:
      return "an object";
  }
  return {};
}

class Checker {
 public:
  explicit Checker(Mistakes& mistakes) : mistakes_(mistakes) {}

  /// What stands where only true or false may.
  void condition(Expression& expression) {
    if (expression.as<Mistaken>() != nullptr) return;
    if (const auto* property = expression.as<Property>()) {
      return wrong(expression,
                   shown(property->name) + " is no condition by itself: compare it, as in x = TRUE");
    }
    if (type_of(expression) != PropertyType::boolean)
      return wrong(expression, "expected a condition, found " + found(expression));
    operand(expression);
  }

 private:
  void wrong(const Expression& at, const std::string& what) { mistakes_.add(at.where, what); }

  static std::string found(const Expression& expression) {
    std::string text{noun(type_of(expression))};
    if (const auto* property = expression.as<Property>()) text = shown(property->name) + ", which is " + text;
    return text;
  }

  /// Looks into an operand of any type.
  void operand(Expression& expression) {
    if (auto* const property = std::get_if<Property>(&expression.value)) return name(expression, *property);
    auto* const call = std::get_if<Call>(&expression.value);
    if (call == nullptr) return;
    auto& arguments = call->arguments;
    switch (info(call->op).family) {
      case Family::logical:
        std::ranges::for_each(arguments, [this](Expression& argument) { condition(argument); });
        break;
      case Family::comparison:
        comparison(*call);
        break;
      case Family::arithmetic:
        all_of_type(arguments, PropertyType::number);
        break;
      case Family::character:
        all_of_type(arguments, PropertyType::text);
        break;
      case Family::spatial:
        std::ranges::for_each(arguments, [this](Expression& argument) { geometry(argument); });
        break;
      case Family::temporal:
        std::ranges::for_each(arguments, [this](Expression& argument) { time(argument); });
        break;
      case Family::array:
        all_of_type(arguments, PropertyType::array);
        break;
      case Family::literal:
        if (call->op == Operator::interval) {
          interval(expression, arguments);
        } else {
          std::ranges::for_each(arguments, [this](Expression& argument) { element(argument); });
        }
    }
  }

  void name(const Expression& expression, const Property& property) {
    if (property.name.empty()) wrong(expression, "a property must have a name");
    if (property.name.find('\0') != std::string::npos)
      wrong(expression, "names must not contain the NUL character");
  }

  void all_of_type(std::vector<Expression>& arguments, PropertyType type) {
    for (auto& argument : arguments) {
      if (!comparable(type_of(argument), type)) {
        wrong(argument, "expected " + std::string{noun(type)} + ", found " + found(argument));
      }
      operand(argument);
    }
  }

  void element(Expression& argument) {
    if (type_of(argument) == PropertyType::interval)
      wrong(argument, "intervals cannot be elements of an array here");
    if (argument.as<OpenEnd>() == nullptr) operand(argument);
  }

  void comparison(Call& call) {
    auto& arguments = call.arguments;
    switch (call.op) {
      case Operator::is_null:
        return operand(arguments[0]);
      case Operator::like:
        all_of_type(arguments, PropertyType::text);
        return pattern(arguments[1]);
      case Operator::in: {
        auto* const list = std::get_if<Call>(&arguments[1].value);
        if (list == nullptr || list->op != Operator::array) {
          if (arguments[1].as<Mistaken>() == nullptr) wrong(arguments[1], "expected a list of values");
          return operand(arguments[0]);
        }
        if (list->arguments.empty()) wrong(arguments[1], "the list of values is empty");
        return same_type(arguments[0], list->arguments);
      }
      case Operator::between: {
        for (const auto& argument : arguments) {
          if (type_of(argument) == PropertyType::boolean) wrong(argument, "booleans have no range");
        }
        std::vector<Expression> bounds{std::move(arguments[1]), std::move(arguments[2])};
        same_type(arguments[0], bounds);
        arguments[1] = std::move(bounds[0]);
        arguments[2] = std::move(bounds[1]);
        return;
      }
      default: {
        std::vector<Expression> right{std::move(arguments[1])};
        same_type(arguments[0], right);
        arguments[1] = std::move(right[0]);
      }
    }
  }

  /// Scalars that can be compared with `first`.
  void same_type(Expression& first, std::vector<Expression>& others) {
    for (auto& other : others) {
      to_instant(other, type_of(first));
      to_instant(first, type_of(other));
    }
    scalar(first);
    auto type = type_of(first);
    for (auto& other : others) {
      if (!scalar(other)) continue;
      if (is_scalar(type) && !comparable(type, type_of(other))) {
        wrong(other, "cannot compare " + found(first) + ", with " + found(other));
      }
      if (type == PropertyType::any) type = type_of(other);
    }
  }

  bool scalar(Expression& expression) {
    operand(expression);
    if (is_scalar(type_of(expression))) return true;
    std::string advice;
    if (type_of(expression) == PropertyType::geometry) advice = "; use the spatial functions";
    if (type_of(expression) == PropertyType::array) advice = "; use the array functions";
    if (type_of(expression) == PropertyType::interval) advice = "; use the temporal functions";
    wrong(expression, "expected a single value, found " + found(expression) + advice);
    return false;
  }

  /// A string beside a time is one, too.
  void to_instant(Expression& expression, PropertyType beside) {
    const auto* const text = expression.as<std::string>();
    if (text == nullptr || !is_time(beside)) return;
    if (auto instant = parse_instant(*text)) {
      expression.value = *std::move(instant);
    } else {
      wrong(expression,
            shown(*text) + " is neither a date like 2020-01-31 nor a timestamp like 2020-01-31T12:00:00Z");
      expression.value = Mistaken{};
    }
  }

  /// A literal, or one within casei and accenti.
  void pattern(const Expression& expression) {
    if (const auto* text = expression.as<std::string>()) {
      std::size_t backslashes = 0;
      while (backslashes < text->size() && (*text)[text->size() - 1 - backslashes] == '\\') ++backslashes;
      if (backslashes % 2 == 1) wrong(expression, "the pattern ends with an escape character");
      return;
    }
    const auto* const call = expression.as<Call>();
    if (call != nullptr && info(call->op).family == Family::character) return pattern(call->arguments[0]);
    if (expression.as<Mistaken>() == nullptr) wrong(expression, "the pattern must be a string");
  }

  void geometry(Expression& expression) {
    if (expression.as<Mistaken>() != nullptr || type_of(expression) == PropertyType::geometry) return;
    if (const auto* property = expression.as<Property>()) {
      return wrong(expression,
                   shown(property->name) + " is not a geometry; the geometry of an Item is 'geometry'");
    }
    wrong(expression, "expected a geometry, found " + found(expression));
  }

  void time(Expression& expression) {
    to_instant(expression, PropertyType::timestamp);
    const auto type = type_of(expression);
    if (!is_time(type) && type != PropertyType::interval && type != PropertyType::any) {
      return wrong(expression, "expected a date, a timestamp or an interval, found " + found(expression));
    }
    operand(expression);
  }

  void interval(const Expression& whole, std::vector<Expression>& ends) {
    for (auto& end : ends) {
      const auto type = type_of(end);
      if (!is_time(type) && type != PropertyType::any) {
        wrong(end, "expected a date, a timestamp, '..' or a property, found " + found(end));
      }
      operand(end);
    }
    const auto start = instant_of(ends[0]);
    const auto end = instant_of(ends[1]);
    if (start && end && *start > *end) wrong(whole, "the interval ends before it starts");
  }

  static std::optional<Instant> instant_of(const Expression& expression) {
    if (const auto* instant = expression.as<Instant>()) return *instant;
    if (const auto* date = expression.as<Date>()) return Instant{date->day};
    return {};
  }

  Mistakes& mistakes_;
};

}  // namespace

void check_filter(Expression& filter, Mistakes& mistakes) { Checker(mistakes).condition(filter); }

}  // namespace hayden::stac::cql2
