#include "db/cql2_sql.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "core/json.hpp"
#include "core/problem.hpp"
#include "db/order_sql.hpp"
#include "stac/cql2/encodings.hpp"

namespace hayden::db {
namespace {

namespace cql2 = stac::cql2;
using cql2::Expression;
using cql2::Operator;
using stac::PropertyType;

/// How much is asked of a condition where there is no answer: among those that an Item must fulfil false is
/// as good as null and may be cheaper, but not beneath `not`.
enum class Unknown { null, null_or_false };

bool is_time(PropertyType type) { return type == PropertyType::timestamp || type == PropertyType::date; }

std::string_view name_of(const Expression& expression) {
  const auto* const property = expression.as<cql2::Property>();
  return property == nullptr ? std::string_view{} : stac::queryable_name(property->name);
}

/// Polygon or MultiPolygon, by the type in the little-endian WKB that geo writes.
bool is_polygonal(std::string_view wkb) { return wkb.size() > 1 && (wkb[1] == 3 || wkb[1] == 6); }

const std::string* wkb_of(const Expression& expression) {
  if (const auto* geometry = expression.as<cql2::Geometry>()) return &geometry->wkb;
  if (const auto* box = expression.as<cql2::Box>()) return &box->wkb;
  return nullptr;
}

class Writer {
 public:
  explicit Writer(Sql& sql) : sql_(sql) {}

  void condition(const Expression& expression, Unknown unknown) {
    if (const auto* truth = expression.as<bool>()) {
      sql_.add(*truth ? "true" : "false");
      return;
    }
    const auto& call = *expression.as<cql2::Call>();
    const auto& arguments = call.arguments;
    switch (call.op) {
      case Operator::conjunction:
      case Operator::disjunction:
        for (std::size_t i = 0; i < arguments.size(); ++i) {
          sql_.add(i == 0 ? "(" : call.op == Operator::conjunction ? " and " : " or ");
          condition(arguments[i], unknown);
        }
        sql_.add(")");
        return;
      case Operator::negation:
        sql_.add("(not ");
        condition(arguments[0], Unknown::null);
        sql_.add(")");
        return;
      case Operator::like:
        sql_.add("(");
        text(arguments[0]);
        sql_.add(R"( collate "C" like )");
        text(arguments[1]);
        sql_.add(")");
        return;
      case Operator::between:
        sql_.add("(");
        comparison(Operator::greater_or_equal, arguments[0], arguments[1], unknown);
        sql_.add(" and ");
        comparison(Operator::less_or_equal, arguments[0], arguments[2], unknown);
        sql_.add(")");
        return;
      case Operator::in:
        in_list(arguments[0], arguments[1].as<cql2::Call>()->arguments, unknown);
        return;
      case Operator::is_null:
        is_null(arguments[0]);
        return;
      default:
        break;
    }
    switch (cql2::info(call.op).family) {
      case cql2::Family::spatial:
        return spatial(call.op, arguments[0], arguments[1], unknown);
      case cql2::Family::temporal:
        return temporal(call.op, arguments[0], arguments[1], unknown);
      case cql2::Family::array:
        return array(call.op, arguments[0], arguments[1]);
      default:
        return comparison(call.op, arguments[0], arguments[1], unknown);
    }
  }

 private:
  /// A moment, or a day when `start` and `end` differ; SQL of type timestamptz.
  struct Moment {
    const Expression* expression;
    bool before_all = false, after_all = false;  ///< open ends of intervals
  };

  // --- values
  // -------------------------------------------------------------------------------------------------

  void bind(std::string value, std::string_view cast) {
    constexpr std::size_t most_parameters = 65'000;
    if (sql_.values().size() >= most_parameters) {
      throw Problem(400, "InvalidParameterValue", "filter: too many values");
    }
    sql_.bind(std::move(value)).add(cast);
  }

  void stored(std::string_view name) {
    sql_.add("(i.properties -> ");
    bind(std::string{name}, "::text)");
  }

  void function_of_stored(std::string_view function, std::string_view name) {
    sql_.add(function).add("(");
    stored(name);
    sql_.add(")");
  }

  static bool is_short_text(const Expression& expression) {
    const auto* const literal = expression.as<std::string>();
    return literal != nullptr && literal->size() < indexed_characters;
  }

  /// `beginning`: what is compared with is shorter than what an index holds of a text, which tells enough
  /// then.
  void text(const Expression& expression, bool beginning = false) {
    if (const auto* literal = expression.as<std::string>()) return bind(*literal, "::text");
    if (const auto* call = expression.as<cql2::Call>()) {
      sql_.add(call->op == Operator::casei ? "stac.casei(" : "stac.accenti(");
      text(call->arguments[0]);
      sql_.add(")");
      return;
    }
    const auto name = name_of(expression);
    if (name == "id") {
      sql_.add("i.id");
    } else if (name == "collection") {
      sql_.add("(select c.id from stac.collection c where c.key = i.collection)");
    } else if (beginning) {
      sql_.add("left(");
      function_of_stored("stac.text_of", name);
      sql_.add(", ").add(std::to_string(indexed_characters)).add(")");
    } else {
      function_of_stored("stac.text_of", name);
    }
  }

  static std::string digits(double number) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    return {text.data(), end};
  }

  void number(const Expression& expression) {
    if (const auto* whole = expression.as<std::int64_t>()) return bind(std::to_string(*whole), "::numeric");
    if (const auto* real = expression.as<double>()) return bind(digits(*real), "::numeric");
    if (const auto* call = expression.as<cql2::Call>()) {
      sql_.add("stac.arithmetic(");
      number(call->arguments[0]);
      sql_.add(", '").add(cql2::info(call->op).name).add("', ");
      number(call->arguments[1]);
      sql_.add(")");
      return;
    }
    function_of_stored("stac.number_of", name_of(expression));
  }

  void boolean(const Expression& expression) {
    if (expression.as<cql2::Property>() != nullptr) {
      function_of_stored("stac.boolean_of", name_of(expression));
    } else {
      condition(expression, Unknown::null);
    }
  }

  /// As jsonb; also of what has no type of its own.
  void json(const Expression& expression) {
    const auto name = name_of(expression);
    if (name == "id" || name == "collection") {
      sql_.add("to_jsonb(");
      text(expression);
      sql_.add(")");
    } else if (name == "geometry") {
      sql_.add("st_asgeojson(i.geometry)::jsonb");
    } else if (!name.empty()) {
      stored(name);
    } else if (const auto* instant = expression.as<Instant>()) {
      bind(dump_json(format_rfc3339(*instant)), "::jsonb");
    } else if (const auto* date = expression.as<cql2::Date>()) {
      bind(dump_json(cql2::format_date(*date)), "::jsonb");
    } else if (expression.as<cql2::Call>() == nullptr) {
      bind(dump_json(cql2::to_json(expression)), "::jsonb");
    } else {
      json_of_call(*expression.as<cql2::Call>(), expression);
    }
  }

  void json_of_call(const cql2::Call& call, const Expression& expression) {
    if (call.op == Operator::array) {
      sql_.add("to_jsonb(array[");
      for (std::size_t i = 0; i < call.arguments.size(); ++i) {
        sql_.add(i == 0 ? "" : ", ");
        json(call.arguments[i]);
      }
      sql_.add("]::jsonb[])");
      return;
    }
    sql_.add("to_jsonb(");
    switch (cql2::info(call.op).family) {
      case cql2::Family::arithmetic:
        number(expression);
        break;
      case cql2::Family::character:
        text(expression);
        break;
      default:
        condition(expression, Unknown::null);
    }
    sql_.add(")");
  }

  // --- comparisons
  // --------------------------------------------------------------------------------------------

  /// What two operands are compared as; `any` when nothing but the stored values can tell.
  static PropertyType common_type(const Expression& a, const Expression& b) {
    const auto left = cql2::type_of(a);
    const auto type = left == PropertyType::any ? cql2::type_of(b) : left;
    return is_time(type) ? PropertyType::timestamp : type;
  }

  void comparison(Operator op, const Expression& a, const Expression& b, Unknown unknown) {
    if (op == Operator::equal && unknown == Unknown::null_or_false && collection_equality(a, b)) return;
    const auto symbol = cql2::info(op).name;
    sql_.add("(");
    switch (common_type(a, b)) {
      case PropertyType::timestamp:
        times(op, {&a}, {&b}, unknown);
        break;
      case PropertyType::number:
        number(a);
        sql_.add(" ").add(symbol).add(" ");
        number(b);
        break;
      case PropertyType::boolean:
        boolean(a);
        sql_.add(" ").add(symbol).add(" ");
        boolean(b);
        break;
      case PropertyType::text: {
        const bool is_short = is_short_text(a) || is_short_text(b);
        text(a, is_short);
        sql_.add(R"( collate "C" )").add(symbol).add(" ");
        text(b, is_short);
        break;
      }
      default:
        sql_.add("stac.compare(");
        json(a);
        sql_.add(", ");
        json(b);
        sql_.add(") ").add(symbol).add(" 0");
    }
    sql_.add(")");
  }

  /// `collection` equal to an id: by its key, which indexes have. Tells whether it is that.
  bool collection_equality(const Expression& a, const Expression& b) {
    if (name_of(a) != "collection") return name_of(b) == "collection" && collection_equality(b, a);
    if (b.as<std::string>() == nullptr) return false;
    in_collections({&b, 1});
    return true;
  }

  void in_collections(std::span<const Expression> ids) {
    sql_.add("i.collection = any (array(select c.key from stac.collection c where c.id = any (");
    bind(array_of(ids), "::text[])))");
  }

  void in_list(const Expression& operand, const std::vector<Expression>& list, Unknown unknown) {
    const auto are_all = [&list](auto is_such) { return std::ranges::all_of(list, is_such); };
    const auto is_text = [](const Expression& member) { return member.as<std::string>() != nullptr; };
    const auto is_number = [](const Expression& member) {
      return member.as<std::int64_t>() != nullptr || member.as<double>() != nullptr;
    };
    // Literals go as one parameter, which is looked up by its hash or in an index.
    if (are_all(is_text) && name_of(operand) == "collection") return in_collections(list);
    if (are_all(is_text)) {
      sql_.add("(");
      text(operand, are_all(is_short_text));
      sql_.add(R"( collate "C" = any ()");
      bind(array_of(list), "::text[]))");
    } else if (are_all(is_number)) {
      sql_.add("(");
      number(operand);
      sql_.add(" = any (");
      bind(array_of(list), "::numeric[]))");
    } else {
      for (std::size_t i = 0; i < list.size(); ++i) {
        sql_.add(i == 0 ? "(" : " or ");
        comparison(Operator::equal, operand, list[i], unknown);
      }
      sql_.add(")");
    }
  }

  static std::string array_of(std::span<const Expression> list) {
    std::vector<std::string> values;
    for (const auto& member : list) {
      const auto* const literal = member.as<std::string>();
      values.push_back(literal == nullptr ? dump_json(cql2::to_json(member)) : *literal);
    }
    return sql_array(values);
  }

  void is_null(const Expression& operand) {
    const auto name = name_of(operand);
    if (name == "geometry") {
      sql_.add("(i.geometry is null)");
    } else if (name != "id" && name != "collection" && !name.empty()) {
      sql_.add("(coalesce(");
      stored(name);
      sql_.add(", 'null') = 'null')");
    } else if (operand.as<cql2::Call>() != nullptr && type_of(operand) != PropertyType::interval) {
      sql_.add("(");
      json(operand);
      sql_.add(" is null)");
    } else {
      sql_.add("false");
    }
  }

  // --- times
  // --------------------------------------------------------------------------------------------------

  static bool is_datetime(const Expression& expression) { return name_of(expression) == "datetime"; }

  /// `datetime` has a column. That holds the start where the property is null: then there is no datetime.
  void no_datetime_of_ranges() {
    sql_.add("(i.end_datetime = i.datetime or jsonb_typeof(i.properties -> 'datetime') = 'string')");
  }

  enum class Edge { start, end };

  void moment(const Moment& moment, Edge edge, Unknown unknown) {
    const auto& expression = *moment.expression;
    if (moment.before_all || moment.after_all) {
      sql_.add(moment.before_all ? "'-infinity'::timestamptz" : "'infinity'::timestamptz");
    } else if (const auto* instant = expression.as<Instant>()) {
      bind(sql_time(*instant), "::timestamptz");
    } else if (const auto* date = expression.as<cql2::Date>()) {
      const Instant day{date->day};
      bind(sql_time(edge == Edge::start ? day : day + std::chrono::days{1} - std::chrono::microseconds{1}),
           "::timestamptz");
    } else if (!is_datetime(expression)) {
      sql_.add(edge == Edge::start ? "stac.time_start(" : "stac.time_end(");
      json(expression);
      sql_.add(")");
    } else if (unknown == Unknown::null_or_false) {
      sql_.add("i.datetime");
    } else {
      sql_.add("case when ");
      no_datetime_of_ranges();
      sql_.add(" then i.datetime end");
    }
  }

  void edges(const Moment& a, Edge of_a, std::string_view symbol, const Moment& b, Edge of_b,
             Unknown unknown) {
    moment(a, of_a, unknown);
    sql_.add(" ").add(symbol).add(" ");
    moment(b, of_b, unknown);
  }

  /// Compares as coarsely as the coarser is: a day is equal to every moment of it.
  void order(Operator op, const Moment& a, const Moment& b, Unknown unknown) {
    switch (op) {
      case Operator::equal:
        edges(a, Edge::start, "<=", b, Edge::end, unknown);
        sql_.add(" and ");
        return edges(b, Edge::start, "<=", a, Edge::end, unknown);
      case Operator::not_equal:
        edges(a, Edge::start, ">", b, Edge::end, unknown);
        sql_.add(" or ");
        return edges(b, Edge::start, ">", a, Edge::end, unknown);
      case Operator::less:
        return edges(a, Edge::end, "<", b, Edge::start, unknown);
      case Operator::less_or_equal:
        return edges(a, Edge::start, "<=", b, Edge::end, unknown);
      case Operator::greater:
        return edges(a, Edge::start, ">", b, Edge::end, unknown);
      default:
        return edges(a, Edge::end, ">=", b, Edge::start, unknown);
    }
  }

  void times(Operator op, const Moment& a, const Moment& b, Unknown unknown) {
    const bool guarded =
        unknown == Unknown::null_or_false && (is_datetime(*a.expression) || is_datetime(*b.expression));
    sql_.add("(");
    order(op, a, b, unknown);
    sql_.add(")");
    if (!guarded) return;
    sql_.add(" and ");
    no_datetime_of_ranges();
  }

  static Moment start_of(const Expression& expression) {
    const auto* const call = expression.as<cql2::Call>();
    const auto& start = call == nullptr ? expression : call->arguments[0];
    return {&start, start.as<cql2::OpenEnd>() != nullptr, false};
  }

  static Moment end_of(const Expression& expression) {
    const auto* const call = expression.as<cql2::Call>();
    const auto& end = call == nullptr ? expression : call->arguments[1];
    return {&end, false, end.as<cql2::OpenEnd>() != nullptr};
  }

  /// The relations of OWL-Time; an instant is an interval whose start is its end.
  void temporal(Operator op, const Expression& first, const Expression& second, Unknown unknown) {
    const auto start_a = start_of(first), end_a = end_of(first);
    const auto start_b = start_of(second), end_b = end_of(second);
    if (unknown == Unknown::null) {
      // One end that is not known leaves nothing to say, though the others might show that it is false.
      sql_.add("case when num_nulls(");
      for (const auto* known : {&start_a, &end_a, &start_b, &end_b}) {
        if (known != &start_a) sql_.add(", ");
        moment(*known, Edge::start, unknown);
      }
      sql_.add(") = 0 then ");
    }
    relation(op, start_a, end_a, start_b, end_b, unknown);
    if (unknown == Unknown::null) sql_.add(" end");
  }

  void relation(Operator op, const Moment& start_a, const Moment& end_a, const Moment& start_b,
                const Moment& end_b, Unknown unknown) {
    const auto each = [&](std::initializer_list<std::tuple<Moment, Operator, Moment>> parts,
                          std::string_view between) {
      bool is_first = true;
      sql_.add("(");
      for (const auto& [a, how, b] : parts) {
        if (!is_first) sql_.add(between);
        is_first = false;
        sql_.add("(");
        times(how, a, b, unknown);
        sql_.add(")");
      }
      sql_.add(")");
    };
    constexpr auto lt = Operator::less, eq = Operator::equal, gt = Operator::greater;
    switch (op) {
      case Operator::t_after:
        return each({{start_a, gt, end_b}}, {});
      case Operator::t_before:
        return each({{end_a, lt, start_b}}, {});
      case Operator::t_disjoint:
        return each({{start_a, gt, end_b}, {end_a, lt, start_b}}, " or ");
      case Operator::t_intersects:
        return each({{start_a, Operator::less_or_equal, end_b}, {end_a, Operator::greater_or_equal, start_b}},
                    " and ");
      case Operator::t_equals:
        return each({{start_a, eq, start_b}, {end_a, eq, end_b}}, " and ");
      case Operator::t_contains:
        return each({{start_a, lt, start_b}, {end_a, gt, end_b}}, " and ");
      case Operator::t_during:
        return each({{start_a, gt, start_b}, {end_a, lt, end_b}}, " and ");
      case Operator::t_finishes:
        return each({{start_a, gt, start_b}, {end_a, eq, end_b}}, " and ");
      case Operator::t_finished_by:
        return each({{start_a, lt, start_b}, {end_a, eq, end_b}}, " and ");
      case Operator::t_starts:
        return each({{start_a, eq, start_b}, {end_a, lt, end_b}}, " and ");
      case Operator::t_started_by:
        return each({{start_a, eq, start_b}, {end_a, gt, end_b}}, " and ");
      case Operator::t_meets:
        return each({{end_a, eq, start_b}}, {});
      case Operator::t_met_by:
        return each({{start_a, eq, end_b}}, {});
      case Operator::t_overlaps:
        return each({{start_a, lt, start_b}, {end_a, gt, start_b}, {end_a, lt, end_b}}, " and ");
      default:  // t_overlapped_by
        return each({{start_a, gt, start_b}, {start_a, lt, end_b}, {end_a, gt, end_b}}, " and ");
    }
  }

  // --- space
  // --------------------------------------------------------------------------------------------------

  void geometry(const Expression& expression) {
    if (const auto* wkb = wkb_of(expression)) {
      sql_.add("st_geomfromwkb(");
      bind(to_hex(*wkb), "::bytea, 4326)");
    } else {
      sql_.add("i.geometry");
    }
  }

  void spatial(Operator op, const Expression& a, const Expression& b, Unknown unknown) {
    if (op == Operator::s_disjoint) sql_.add("(not ");
    if (op == Operator::s_disjoint || op == Operator::s_intersects) {
      intersects(a, b);
      if (op == Operator::s_disjoint) sql_.add(")");
      return;
    }
    sql_.add("(");
    if (unknown == Unknown::null_or_false) {  // what an index can be entered with
      geometry(a);
      sql_.add(" && ");
      geometry(b);
      sql_.add(" and ");
    }
    sql_.add("stac.relates(");
    geometry(a);
    sql_.add(", '").add(cql2::info(op).name.substr(2)).add("', ");
    geometry(b);
    sql_.add("))");
  }

  /// As in search_sql: a line that crosses itself is found sooner by its distance.
  void intersects(const Expression& a, const Expression& b) {
    const auto is_area = [](const Expression& expression) {
      const auto* const wkb = wkb_of(expression);
      return wkb == nullptr || is_polygonal(*wkb);
    };
    const bool areas = is_area(a) && is_area(b);
    sql_.add(areas ? "st_intersects(" : "st_dwithin(");
    geometry(a);
    sql_.add(", ");
    geometry(b);
    sql_.add(areas ? ")" : ", 0)");
  }

  // --- arrays
  // -------------------------------------------------------------------------------------------------

  void set(const Expression& expression) {
    if (expression.as<cql2::Property>() != nullptr) {
      function_of_stored("stac.array_of", name_of(expression));
    } else {
      json(expression);
    }
  }

  void array(Operator op, const Expression& a, const Expression& b) {
    const auto call = [this](std::string_view function, const Expression& left, const Expression& right) {
      sql_.add(function).add("(");
      set(left);
      sql_.add(", ");
      set(right);
      sql_.add(")");
    };
    if (op == Operator::a_overlaps) return call("stac.array_overlaps", a, b);
    if (op == Operator::a_contains) return call("stac.array_contains", a, b);
    if (op == Operator::a_contained_by) return call("stac.array_contains", b, a);
    sql_.add("(");
    call("stac.array_contains", a, b);
    sql_.add(" and ");
    call("stac.array_contains", b, a);
    sql_.add(")");
  }

  Sql& sql_;
};

}  // namespace

void add_filter_condition(Sql& sql, const Expression& filter) {
  Writer(sql).condition(filter, Unknown::null_or_false);
}

}  // namespace hayden::db
