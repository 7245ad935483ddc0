#include <algorithm>
#include <array>
#include <charconv>

#include "stac/cql2/encodings.hpp"

namespace hayden::stac::cql2 {
namespace {

std::string number_text(double number) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}

std::string in_quotes(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char c : text) {
    quoted += c;
    if (c == quote) quoted += c;
  }
  return quoted + quote;
}

std::string upper(std::string_view text) {
  std::string folded{text};
  std::ranges::transform(folded, folded.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return folded;
}

std::string joined(const std::vector<Expression>& expressions, std::string_view separator,
                   std::string (*print)(const Expression&)) {
  std::string text;
  for (const auto& expression : expressions) {
    if (!text.empty()) text += separator;
    text += print(expression);
  }
  return text;
}

/// A position, or a list of such, as well-known text.
std::string coordinates_text(const Json& coordinates) {
  std::string text;
  if (!coordinates.empty() && coordinates[0].is_number()) {
    for (const auto& number : coordinates) {
      if (!text.empty()) text += ' ';
      text += number_text(number.get<double>());
    }
    return text;
  }
  for (const auto& member : coordinates) text += (text.empty() ? "" : ", ") + coordinates_text(member);
  return "(" + text + ")";
}

std::string geometry_text(const Json& geojson) {
  const auto type = geojson["type"].get<std::string>();
  auto text = upper(type);
  if (type == "GeometryCollection") {
    std::string members;
    for (const auto& member : geojson["geometries"])
      members += (members.empty() ? "" : ", ") + geometry_text(member);
    return text + "(" + members + ")";
  }
  const auto coordinates = coordinates_text(geojson["coordinates"]);
  return text + (type == "Point" ? "(" + coordinates + ")" : coordinates);
}

bool is_infix(const Expression& expression) {
  const auto* const call = expression.as<Call>();
  if (call == nullptr) return false;
  const auto family = info(call->op).family;
  return family == Family::logical || family == Family::comparison || family == Family::arithmetic;
}

/// An operand of an infix operator.
std::string operand_text(const Expression& expression) {
  const auto text = to_text(expression);
  return is_infix(expression) ? "(" + text + ")" : text;
}

std::string interval_end_text(const Expression& end) {
  if (const auto* instant = end.as<Instant>()) return in_quotes(format_rfc3339(*instant), '\'');
  if (const auto* date = end.as<Date>()) return in_quotes(format_date(*date), '\'');
  return end.as<OpenEnd>() != nullptr ? "'..'" : to_text(end);
}

std::string call_text(const Call& call) {
  const auto& arguments = call.arguments;
  const auto& name = info(call.op).name;
  switch (call.op) {
    case Operator::negation:
      return "NOT " + operand_text(arguments[0]);
    case Operator::between:
      return operand_text(arguments[0]) + " BETWEEN " + operand_text(arguments[1]) + " AND " +
             operand_text(arguments[2]);
    case Operator::in: {
      const auto* const list = arguments[1].as<Call>();
      return operand_text(arguments[0]) + " IN (" + joined(list->arguments, ", ", to_text) + ")";
    }
    case Operator::is_null:
      return operand_text(arguments[0]) + " IS NULL";
    case Operator::array:
      return "[" + joined(arguments, ", ", to_text) + "]";
    case Operator::interval:
      return "INTERVAL(" + joined(arguments, ", ", interval_end_text) + ")";
    default:
      break;
  }
  const auto family = info(call.op).family;
  if (family == Family::logical || family == Family::comparison || family == Family::arithmetic) {
    return joined(arguments, " " + upper(name) + " ", operand_text);
  }
  return upper(name) + "(" + joined(arguments, ", ", to_text) + ")";
}

Json call_json(const Call& call) {
  Json arguments = Json::array();
  for (const auto& argument : call.arguments) arguments.push_back(to_json(argument));
  if (call.op == Operator::array) return arguments;
  if (call.op != Operator::interval) return {{"op", info(call.op).name}, {"args", std::move(arguments)}};
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    if (const auto* instant = call.arguments[i].as<Instant>()) arguments[i] = format_rfc3339(*instant);
    if (const auto* date = call.arguments[i].as<Date>()) arguments[i] = format_date(*date);
  }
  return {{"interval", std::move(arguments)}};
}

struct ToText {
  std::string operator()(const Mistaken& /*unused*/) const { return {}; }
  std::string operator()(const Property& property) const { return in_quotes(property.name, '"'); }
  std::string operator()(const std::string& text) const { return in_quotes(text, '\''); }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const {
    auto text = number_text(number);
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
  }
  std::string operator()(bool value) const { return value ? "TRUE" : "FALSE"; }
  std::string operator()(Instant instant) const { return "TIMESTAMP('" + format_rfc3339(instant) + "')"; }
  std::string operator()(Date date) const { return "DATE('" + format_date(date) + "')"; }
  std::string operator()(OpenEnd /*unused*/) const { return "'..'"; }
  std::string operator()(const Geometry& geometry) const { return geometry_text(geometry.geojson); }
  std::string operator()(const Box& box) const {
    std::string text;
    for (const double number : box.numbers) text += (text.empty() ? "" : ", ") + number_text(number);
    return "BBOX(" + text + ")";
  }
  std::string operator()(const Call& call) const { return call_text(call); }
};

struct ToJson {
  Json operator()(const Mistaken& /*unused*/) const { return nullptr; }
  Json operator()(const Property& property) const { return {{"property", property.name}}; }
  Json operator()(const std::string& text) const { return text; }
  Json operator()(std::int64_t number) const { return number; }
  Json operator()(double number) const { return number; }
  Json operator()(bool value) const { return value; }
  Json operator()(Instant instant) const { return {{"timestamp", format_rfc3339(instant)}}; }
  Json operator()(Date date) const { return {{"date", format_date(date)}}; }
  Json operator()(OpenEnd /*unused*/) const { return ".."; }
  Json operator()(const Geometry& geometry) const { return geometry.geojson; }
  Json operator()(const Box& box) const { return {{"bbox", box.numbers}}; }
  Json operator()(const Call& call) const { return call_json(call); }
};

}  // namespace

std::string to_text(const Expression& expression) { return std::visit(ToText{}, expression.value); }

Json to_json(const Expression& expression) { return std::visit(ToJson{}, expression.value); }

}  // namespace hayden::stac::cql2
