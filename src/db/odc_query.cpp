#include "db/odc_query.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>

#include "odc/documents.hpp"

namespace hayden::db {
namespace {

using odc::Comparison;
using odc::Condition;

/// A value of a query in SQL's terms: two ends, which are the same for a number.
struct Ends {
  std::string low, high;
};

bool is_number(std::string_view type) { return type == "integer" || type == "numeric" || type == "double"; }

std::string_view sql_type(std::string_view type) {
  if (type == "double") return "double precision";
  if (type == "datetime") return "timestamptz";
  if (type == "string") return "text";
  return type;
}

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return {};
  return value;
}

/// The value as the type wants it; nothing, and a mistake, when it is none of that type.
std::optional<Ends> ends_of(const std::string& field, std::string_view type, const std::string& text,
                            Mistakes& mistakes) {
  if (type == "string") return Ends{text, text};
  if (type == "uuid") {
    if (odc::canonical_uuid(text)) return Ends{text, text};
    mistakes.add(field, "'" + text + "' is no UUID");
    return {};
  }
  if (type == "datetime") {
    const auto period = odc::parse_period(text);
    if (period) return Ends{period->begin, period->end};
    mistakes.add(field,
                 "'" + text + "' is no date such as 2014, 2014-03, 2014-03-05 or 2014-03-05T10:20:30Z");
    return {};
  }
  const auto number = number_of(text);
  if (!number) {
    mistakes.add(field, "'" + text + "' is no number");
    return {};
  }
  constexpr double largest_integer = 2147483647;
  if (type == "integer" && (std::trunc(*number) != *number || std::abs(*number) > largest_integer)) {
    mistakes.add(field, "'" + text + "' is no whole number of 32 bits");
    return {};
  }
  // The shortest text that reads back as the same number: as the client's own values are sent.
  char buffer[32];
  const auto [end, error] = type == "integer"
                                ? std::to_chars(buffer, buffer + sizeof buffer, static_cast<long>(*number))
                                : std::to_chars(buffer, buffer + sizeof buffer, *number);
  const std::string canonical(buffer, end);
  return Ends{canonical, canonical};
}

/// `a,b` and, of times, `a/b` in a value are the ends of a range; one of them may be left open, empty or
/// `..`.
Condition with_ends_apart(const Condition& condition, std::string_view type) {
  if (condition.comparison != Comparison::equals || condition.values.size() != 1) return condition;
  if (!is_number(type) && type != "datetime") return condition;
  const auto& text = condition.values.front();
  const auto middle = text.find_first_of(type == "datetime" ? ",/" : ",");
  if (middle == std::string::npos) return condition;
  const auto low = text.substr(0, middle), high = text.substr(middle + 1);
  const auto is_open = [](const std::string& end) { return end.empty() || end == ".."; };
  if (is_open(low) && !is_open(high)) return {condition.field, Comparison::at_most, {high}};
  if (is_open(high) && !is_open(low)) return {condition.field, Comparison::at_least, {low}};
  return {condition.field, Comparison::between, {low, high}};
}

Sql& bind_as(Sql& sql, const std::string& value, std::string_view type) {
  return sql.bind(value).add("::").add(sql_type(type));
}

std::string_view range_of(std::string_view type) {
  if (type == "datetime") return "tstzrange";
  return type == "double" ? "agdc.float8range" : "numrange";
}

/// ` && range(low, high)`; an empty end is open.
void add_overlap(Sql& sql, const FieldExpression& field, const std::string& low, const std::string& high,
                 std::string_view brackets) {
  const auto end = [&](const std::string& value) {
    // numrange of an integer field too: its bounds are cast to numeric.
    const std::string_view type = field.bound == "integer" ? "numeric" : std::string_view{field.bound};
    if (value.empty()) {
      sql.add("null::").add(sql_type(type));
    } else {
      bind_as(sql, value, type);
    }
  };
  sql.add(field.expression).add(" && ").add(range_of(field.bound)).add("(");
  end(low);
  sql.add(", ");
  end(high);
  sql.add(", '").add(brackets).add("')");
}

void add_range_condition(Sql& sql, const FieldExpression& field, Comparison comparison, const Ends& first,
                         const Ends& last) {
  switch (comparison) {
    case Comparison::less:
      return add_overlap(sql, field, "", first.low, "()");
    case Comparison::at_most:
      return add_overlap(sql, field, "", first.high, "(]");
    case Comparison::greater:
      return add_overlap(sql, field, first.high, "", "()");
    case Comparison::at_least:
      return add_overlap(sql, field, first.low, "", "[)");
    default:
      return add_overlap(sql, field, first.low, last.high, "[]");
  }
}

void add_scalar_condition(Sql& sql, const FieldExpression& field, Comparison comparison, const Ends& first,
                          const Ends& last) {
  const auto compare = [&](std::string_view operation, const std::string& value) {
    bind_as(sql.add(field.expression).add(operation), value, field.type);
  };
  switch (comparison) {
    case Comparison::less:
      return compare(" < ", first.low);
    case Comparison::at_most:
      return compare(" <= ", first.high);
    case Comparison::greater:
      return compare(" > ", first.high);
    case Comparison::at_least:
      return compare(" >= ", first.low);
    default:
      if (first.low == last.high) return compare(" = ", first.low);
      compare(" >= ", first.low);
      // As datacube has it: numbers up to, but not at, the upper end; times through the whole last period.
      sql.add(" and ");
      return compare(field.type == "datetime" ? " <= " : " < ", last.high);
  }
}

bool in_order(const Ends& first, const Ends& last, std::string_view type) {
  if (is_number(type)) return number_of(first.low) <= number_of(last.high);
  return type != "datetime" || first.low <= last.high;
}

/// Before a period is before its end and after it is after its begin, as datacube has it.
Comparison comparison_of(const Condition& condition, std::string_view type) {
  if (type != "datetime") return condition.comparison;
  if (condition.comparison == Comparison::less) return Comparison::at_most;
  if (condition.comparison == Comparison::greater) return Comparison::at_least;
  return condition.comparison;
}

void add_one(Sql& sql, const FieldExpression& field, const Condition& condition, Mistakes& mistakes) {
  const bool is_range = !field.bound.empty();
  const std::string& type = is_range ? field.bound : field.type;
  if (condition.values.empty()) {
    mistakes.add(field.name, "has no value");
    return;
  }
  const bool is_text = type == "string" || type == "uuid";
  if (is_text && condition.comparison != Comparison::equals) {
    mistakes.add(field.name, "is text, which can be compared with = and in only");
    return;
  }
  const auto first = ends_of(field.name, type, condition.values.front(), mistakes);
  const auto last =
      condition.values.size() == 1 ? first : ends_of(field.name, type, condition.values.back(), mistakes);
  if (!first || !last) return;
  if (condition.comparison == Comparison::between && !in_order(*first, *last, type)) {
    mistakes.add(field.name, "the range begins after its end");
    return;
  }
  sql.add("(");
  const auto comparison = comparison_of(condition, type);
  if (is_range) {
    add_range_condition(sql, field, comparison, *first, *last);
  } else {
    add_scalar_condition(sql, field, comparison, *first, *last);
  }
  sql.add(")");
}

std::string sql_ids(const std::set<int>& ids) {
  std::string text;
  for (const int id : ids) text += (text.empty() ? "" : ", ") + std::to_string(id);
  return text;
}

}  // namespace

void add_condition(Sql& sql, const FieldExpression& field, const Condition& given, Mistakes& mistakes) {
  const std::string& type = field.bound.empty() ? field.type : field.bound;
  const auto condition = with_ends_apart(given, type);
  sql.add(" and ");
  const bool any_of = condition.comparison == Comparison::in ||
                      (condition.comparison == Comparison::between && type == "string");
  if (!any_of) return add_one(sql, field, condition, mistakes);
  sql.add("(");
  for (std::size_t i = 0; i < condition.values.size(); ++i) {
    if (i > 0) sql.add(" or ");
    add_one(sql, field, {condition.field, Comparison::equals, {condition.values[i]}}, mistakes);
  }
  sql.add(")");
}

QueryScope::QueryScope(const RunSql& run, const odc::DatasetQuery& query,
                       const std::vector<std::string>& fields)
    : wanted_products_(query.products), archived_(query.archived) {
  for (const auto& condition : query.conditions) {
    const bool names_products = condition.field == "product" && (condition.comparison == Comparison::equals ||
                                                                 condition.comparison == Comparison::in ||
                                                                 condition.comparison == Comparison::between);
    if (names_products) {
      wanted_products_.insert(wanted_products_.end(), condition.values.begin(), condition.values.end());
    } else {
      conditions_.push_back(condition);
    }
  }
  read_products(run);
  if (products_.empty() || (conditions_.empty() && fields.empty())) return;
  read_fields(run);
  keep_those_with_fields(fields);
}

void QueryScope::read_products(const RunSql& run) {
  Sql sql{"select id, name, metadata_type_ref from agdc.dataset_type"};
  if (!wanted_products_.empty()) {
    sql.add(" where name in (select jsonb_array_elements_text(").bind(sql_json_array(wanted_products_));
    sql.add("::jsonb))");
  }
  for (const auto& row : run(sql.add(" order by id"))) {
    products_.push_back({row[0].as<int>(), row[1].c_str(), row[2].as<int>()});
  }
  Mistakes mistakes;
  for (const auto& name : wanted_products_) {
    if (!std::ranges::any_of(products_, [&](const auto& product) { return product.name == name; })) {
      mistakes.add("product", "there is no product '" + name + "'");
    }
  }
  mistakes.throw_if_any();
}

void QueryScope::read_fields(const RunSql& run) {
  std::vector<std::string> types;
  for (const auto& product : products_) {
    if (fields_.try_emplace(product.metadata_type).second) {
      types.push_back(std::to_string(product.metadata_type));
    }
  }
  Sql sql{
      "select metadata_type, name, type, bound, expression, indexed, description from "
      "hayden.odc_search_fields("};
  for (const auto& row : run(sql.bind(sql_json_array(types)).add("::jsonb)"))) {
    const auto text = [&](int column) { return row[column].is_null() ? "" : row[column].c_str(); };
    fields_[row[0].as<int>()].push_back(
        {row[1].c_str(), row[2].c_str(), text(3), row[4].c_str(), row[5].as<bool>(), text(6)});
  }
}

void QueryScope::keep_those_with_fields(const std::vector<std::string>& more) {
  std::set<std::string> wanted(more.begin(), more.end());
  for (const auto& condition : conditions_) wanted.insert(condition.field);
  const bool by_time = std::ranges::find(more, "time") != more.end();
  const auto has = [&](const SearchedProduct& product, const std::string& name) {
    const auto& fields = fields_.at(product.metadata_type);
    return std::ranges::any_of(fields, [&](const auto& field) {
      return field.name == name && (!by_time || name != "time" || field.is_time());
    });
  };
  Mistakes mistakes;
  for (const auto& name : wanted) {
    if (std::ranges::any_of(products_, [&](const auto& product) { return has(product, name); })) continue;
    std::set<std::string> known;
    for (const auto& [type, fields] : fields_) {
      for (const auto& field : fields) known.insert(field.name);
    }
    std::string names;
    for (const auto& one : known) names += (names.empty() ? "" : ", ") + one;
    mistakes.add(name, "no product of this search has such a field; there are " + names);
  }
  mistakes.throw_if_any();
  std::erase_if(products_, [&](const auto& product) {
    return !std::ranges::all_of(wanted, [&](const auto& name) { return has(product, name); });
  });
  if (products_.empty()) {
    throw Problem(400, "InvalidParameterValue", "no product has all the fields that this search names");
  }
}

const std::vector<FieldExpression>& QueryScope::fields(const SearchedProduct& product) const {
  return fields_.at(product.metadata_type);
}

const FieldExpression& QueryScope::field(const SearchedProduct& product, const std::string& name) const {
  return *std::ranges::find(fields(product), name, &FieldExpression::name);
}

void QueryScope::add_where(Sql& sql, const SearchedProduct* product) const {
  sql.add(archived_ ? "dataset.archived is not null" : "dataset.archived is null");
  if (product != nullptr) {
    sql.add(" and dataset.dataset_type_ref = ").add(std::to_string(product->id));
    Mistakes mistakes;
    for (const auto& condition : conditions_) {
      add_condition(sql, field(*product, condition.field), condition, mistakes);
    }
    mistakes.throw_if_any();
  } else if (!wanted_products_.empty()) {
    std::set<int> ids;
    for (const auto& one : products_) ids.insert(one.id);
    sql.add(" and dataset.dataset_type_ref in (").add(sql_ids(ids)).add(")");
  }
}

}  // namespace hayden::db
