#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "stac/cql2/encodings.hpp"
#include "stac/cql2/literals.hpp"

namespace hayden::stac::cql2 {
namespace {

/// Also as drafts of the standard named comparisons, with which notebooks were published.
const OperatorInfo* operator_named(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Operator>, 6> of_drafts{
      {{"eq", Operator::equal},
       {"neq", Operator::not_equal},
       {"lt", Operator::less},
       {"lte", Operator::less_or_equal},
       {"gt", Operator::greater},
       {"gte", Operator::greater_or_equal}}};
  const auto* const old = std::ranges::find(of_drafts, name, &decltype(of_drafts)::value_type::first);
  return old == of_drafts.end() ? find_operator(name) : &info(old->second);
}

class JsonParser {
 public:
  explicit JsonParser(Mistakes& mistakes) : mistakes_(mistakes) {}

  Expression expression(const Json& json, const std::string& where, int depth) {
    if (++expressions_ > most_expressions) {
      if (expressions_ == most_expressions + 1) {
        wrong("filter", "more than " + std::to_string(most_expressions) + " operators and values");
      }
      return {Mistaken{}, where};
    }
    if (depth > deepest_filter)
      return wrong(where, "nested more than " + std::to_string(deepest_filter) + " levels deep");
    switch (json.type()) {
      case Json::value_t::string:
        return text_literal(json.get<std::string>(), where, mistakes_);
      case Json::value_t::boolean:
        return {json.get<bool>(), where};
      case Json::value_t::number_integer:
        return {json.get<std::int64_t>(), where};
      case Json::value_t::number_unsigned:
        if (json.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX)) {
          return {number_literal(json.get<double>()), where};
        }
        return {json.get<std::int64_t>(), where};
      case Json::value_t::number_float:
        if (!std::isfinite(json.get<double>())) return wrong(where, "the number is out of range");
        return {number_literal(json.get<double>()), where};
      case Json::value_t::array:
        return {Call{Operator::array, elements(json, where, depth)}, where};
      case Json::value_t::object:
        return object(json, where, depth);
      default:
        return wrong(where, "null is no value; use isNull");
    }
  }

 private:
  Expression wrong(const std::string& where, std::string_view what) {
    mistakes_.add(where, what);
    return {Mistaken{}, where};
  }

  std::vector<Expression> elements(const Json& list, const std::string& where, int depth) {
    std::vector<Expression> all;
    for (std::size_t i = 0; i < list.size() && expressions_ <= most_expressions; ++i) {
      all.push_back(expression(list[i], where + "/" + std::to_string(i), depth + 1));
    }
    return all;
  }

  Expression object(const Json& json, const std::string& where, int depth) {
    if (json.contains("op")) return operation(json, where, depth);
    if (json.contains("property")) {
      const auto& name = json["property"];
      if (!name.is_string()) return wrong(where + "/property", "expected a string");
      return {Property{name.get<std::string>()}, where};
    }
    if (json.contains("date")) return instant(json["date"], where + "/date", &date_literal);
    if (json.contains("timestamp"))
      return instant(json["timestamp"], where + "/timestamp", &timestamp_literal);
    if (json.contains("interval")) return interval(json["interval"], where + "/interval", depth);
    if (json.contains("type")) return geometry_literal(json, where, mistakes_);
    if (json.contains("bbox")) return box(json["bbox"], where + "/bbox");
    for (const auto* name : {"casei", "accenti"}) {
      if (!json.contains(name)) continue;
      Call call{find_operator(name)->op, {}};
      call.arguments.push_back(expression(json[name], where + "/" + name, depth + 1));
      return {std::move(call), where};
    }
    if (json.contains("function")) return function(json["function"], where + "/function");
    return wrong(
        where,
        "expected an operator (op and args), a property, a date, a timestamp, an interval, a bbox or a "
        "GeoJSON geometry");
  }

  Expression instant(const Json& text, const std::string& where,
                     Expression (*read)(std::string_view, std::string, Mistakes&)) {
    if (!text.is_string()) return wrong(where, "expected a string");
    return read(text.get_ref<const std::string&>(), where, mistakes_);
  }

  Expression interval(const Json& ends, const std::string& where, int depth) {
    if (!ends.is_array() || ends.size() != 2) return wrong(where, "expected an array of a start and an end");
    Call call{Operator::interval, {}};
    for (std::size_t i = 0; i < ends.size(); ++i) {
      const auto place = where + "/" + std::to_string(i);
      call.arguments.push_back(ends[i].is_string()
                                   ? interval_end(ends[i].get_ref<const std::string&>(), place, mistakes_)
                                   : expression(ends[i], place, depth + 1));
    }
    return {std::move(call), where};
  }

  Expression box(const Json& json, const std::string& where) {
    std::vector<double> numbers;
    if (json.is_array()) {
      for (const auto& number : json) {
        if (!number.is_number()) return wrong(where, "expected 4 or 6 numbers");
        numbers.push_back(number.get<double>());
      }
    }
    return box_literal(numbers, where, mistakes_);
  }

  Expression function(const Json& function, const std::string& where) {
    const auto& name = function.is_object() && function.contains("name") ? function["name"] : function;
    if (!name.is_string()) return wrong(where, "expected the name of a function");
    return wrong(where, "there is no function " + shown(name.get_ref<const std::string&>()));
  }

  Expression operation(const Json& json, const std::string& where, int depth) {
    if (!json["op"].is_string()) return wrong(where + "/op", "expected a string");
    const auto& name = json["op"].get_ref<const std::string&>();
    const auto* const known = operator_named(name);
    if (known == nullptr) return wrong(where + "/op", "there is no operator or function " + shown(name));
    const auto args = json.find("args");
    if (args == json.end()) return wrong(where, "args are missing");
    const auto args_where = where + "/args";
    Call call{known->op, {}};
    if (known->op == Operator::is_null && !args->is_array()) {
      call.arguments.push_back(expression(*args, args_where, depth + 1));
      return {std::move(call), where};
    }
    if (!args->is_array()) return wrong(args_where, "expected an array");
    call.arguments = elements(*args, args_where, depth);
    if (known->op == Operator::between) unpack_bounds(call);
    if (call.arguments.size() < known->least || call.arguments.size() > known->most) {
      return wrong(args_where, shown(known->name) + " takes " + std::to_string(known->least) +
                                   (known->most > known->least ? " or more" : "") + " arguments, found " +
                                   std::to_string(call.arguments.size()));
    }
    return {std::move(call), where};
  }

  /// `[value, [lower, upper]]`, as drafts of the standard wrote it, becomes `[value, lower, upper]`.
  static void unpack_bounds(Call& call) {
    if (call.arguments.size() != 2) return;
    const auto* const bounds = call.arguments[1].as<Call>();
    if (bounds == nullptr || bounds->op != Operator::array || bounds->arguments.size() != 2) return;
    auto unpacked = bounds->arguments;
    call.arguments.pop_back();
    for (auto& bound : unpacked) call.arguments.push_back(std::move(bound));
  }

  Mistakes& mistakes_;
  std::size_t expressions_ = 0;
};

}  // namespace

Expression parse_json_filter(const Json& json, Mistakes& mistakes) {
  return JsonParser(mistakes).expression(json, "filter", 0);
}

}  // namespace hayden::stac::cql2
