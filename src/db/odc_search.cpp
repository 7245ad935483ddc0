#include "db/odc_search.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "db/odc_dataset_rows.hpp"
#include "db/odc_query.hpp"
#include "db/odc_transaction.hpp"

namespace hayden::db {
namespace {

/// One branch of a statement for each product; more would make the planner's work longer than the search.
constexpr std::size_t most_products = 500;

RunSql on(Connection& connection) {
  return [&connection](const Sql& sql) { return connection.run(sql); };
}

std::string sort_text(const DatasetSearch& search) {
  static constexpr std::array<std::string_view, 3> names{"id", "added", "time"};
  return std::string{search.descending ? "-" : "+"} +
         std::string{names.at(static_cast<std::size_t>(search.order))};
}

std::optional<stac::PageToken> token_of(const DatasetSearch& search) {
  if (!search.token) return {};
  auto token = stac::PageToken::decode(*search.token);
  if (!token || token->sort != "datasets" + sort_text(search) || token->values.size() != 2) {
    throw Problem(400, "InvalidParameterValue", "token: not a page token of this search and order");
  }
  return token;
}

void add_uri(Sql& sql, const DatasetSearch& search) {
  const auto& uri = *search.uri;
  const auto colon = uri.find(':');
  sql.add(" and dataset.id in (select dataset_ref from agdc.dataset_location where uri_scheme = ");
  sql.bind(uri.substr(0, colon)).add(" and uri_body ");
  const auto body = uri.substr(colon + 1);
  if (!search.uri_is_prefix) {
    sql.add("= ").bind(body).add(")");
    return;
  }
  std::string pattern;
  for (const char c : body) {
    if (c == '\\' || c == '%' || c == '_') pattern += '\\';
    pattern += c;
  }
  sql.add("like ").bind(pattern + '%').add(")");
}

/// The datasets of one product (or of all, where nothing else is asked for), in order, no more than the page.
/// When a dataset begins, by its field `time`.
std::string begin_of(const FieldExpression& time) {
  return time.bound.empty() ? time.expression : "lower(" + time.expression + ")";
}

void add_branch(Sql& sql, const DatasetSearch& search, const QueryScope& scope,
                const SearchedProduct* product, const std::optional<stac::PageToken>& token) {
  const std::string key =
      search.order == DatasetSearch::Order::added
          ? "dataset.added"
          : (search.order == DatasetSearch::Order::time
                 ? "coalesce(" + begin_of(scope.field(*product, "time")) + ", '-infinity')"
                 : "null::timestamptz");
  const bool by_id = search.order == DatasetSearch::Order::id;
  const std::string direction = search.descending ? " desc" : "";
  sql.add("(select dataset.id, " + key + " as k from agdc.dataset where ");
  scope.add_where(sql, product);
  if (search.uri) add_uri(sql, search);
  if (token) {
    const std::string beyond = search.descending ? " < " : " > ";
    if (by_id) {
      sql.add(" and dataset.id" + beyond).bind(token->values.back()).add("::uuid");
    } else {
      sql.add(" and (" + key + ", dataset.id)" + beyond + "(").bind(token->values.front());
      sql.add("::timestamptz, ").bind(token->values.back()).add("::uuid)");
    }
  }
  sql.add(" order by " + (by_id ? "" : key + direction + ", ") + "dataset.id" + direction + " limit ");
  sql.add(std::to_string(search.limit + 1)).add(")");
}

Sql page_sql(const DatasetSearch& search, const QueryScope& scope,
             const std::optional<stac::PageToken>& token) {
  Sql sql{"with page as materialized (select * from ("};
  if (scope.is_plain() && search.order != DatasetSearch::Order::time) {
    add_branch(sql, search, scope, nullptr, token);
  } else {
    bool first = true;
    for (const auto& product : scope.products()) {
      if (!first) sql.add(" union all ");
      first = false;
      add_branch(sql, search, scope, &product, token);
    }
  }
  const std::string direction = search.descending ? " desc" : "";
  const std::string order = search.order == DatasetSearch::Order::id ? "" : "k" + direction + ", ";
  sql.add(") b order by " + order + "b.id" + direction + " limit " + std::to_string(search.limit + 1) + ") ");
  sql.add(select_datasets(", page.k::text as key"));
  return sql.add(" order by " + (order.empty() ? "" : "page." + order) + "page.id" + direction);
}

void refuse_too_many(const QueryScope& scope) {
  if (scope.products().size() <= most_products) return;
  throw Problem(400, "InvalidParameterValue",
                "product: this search reaches " + std::to_string(scope.products().size()) +
                    " products; name at most " + std::to_string(most_products));
}

struct Period {
  std::string_view name, length;
};
constexpr std::array periods{Period{"day", "1 day"}, Period{"week", "7 days"}, Period{"month", "1 month"},
                             Period{"quarter", "3 months"}, Period{"year", "1 year"}};

Sql count_sql(const QueryScope& scope, const SearchedProduct& product, const Period* period) {
  Sql sql;
  if (period == nullptr) {
    sql.add("select count(*) from agdc.dataset where ");
    scope.add_where(sql, &product);
    return sql;
  }
  sql.add("select n, " + sql_rfc3339("begins") + ", ");
  sql.add(sql_rfc3339("(begins + interval '" + std::string{period->length} + "')"));
  sql.add(" from (select count(*) as n, date_trunc('").add(period->name).add("', ");
  sql.add(begin_of(scope.field(product, "time"))).add(") as begins from agdc.dataset where ");
  scope.add_where(sql, &product);
  return sql.add(" group by begins) c where isfinite(begins) order by begins");
}

const Period* period_named(const std::optional<std::string>& name) {
  if (!name) return nullptr;
  const auto* const found = std::ranges::find(periods, std::string_view{*name}, &Period::name);
  if (found != periods.end()) return found;
  throw Problem(400, "InvalidParameterValue", "period: must be day, week, month, quarter or year");
}

QueryScope scope_of_product(const RunSql& run, const std::string& product,
                            const std::vector<std::string>& fields) {
  odc::DatasetQuery query;
  query.products = {product};
  return QueryScope(run, query, fields);
}

}  // namespace

DatasetPage search_datasets(Pool& readers, const DatasetSearch& search) {
  const auto token = token_of(search);
  return with_connection(readers, true, [&](Connection& connection) {
    std::vector<std::string> more;
    if (search.order == DatasetSearch::Order::time) more.emplace_back("time");
    const QueryScope scope(on(connection), search.query, more);
    refuse_too_many(scope);
    DatasetPage page;
    if (scope.products().empty()) return page;
    std::string last_key;
    for (const auto& row : connection.run(page_sql(search, scope, token))) {
      if (page.datasets.size() == static_cast<std::size_t>(search.limit)) {
        const stac::PageToken next{
            false, "datasets" + sort_text(search), {last_key, page.datasets.back().id}, {}, false};
        page.next = next.encode();
        break;
      }
      page.datasets.push_back(read_dataset(row));
      last_key = text_or_empty(row[dataset_columns]);
    }
    return page;
  });
}

std::vector<DatasetCount> count_datasets(Pool& readers, const odc::DatasetQuery& query,
                                         const std::optional<std::string>& period_name) {
  const auto* const period = period_named(period_name);
  return with_connection(readers, true, [&](Connection& connection) {
    std::vector<std::string> more;
    if (period != nullptr) more.emplace_back("time");
    const QueryScope scope(on(connection), query, more);
    refuse_too_many(scope);
    std::vector<DatasetCount> counts;
    for (const auto& product : scope.products()) {
      for (const auto& row : connection.run(count_sql(scope, product, period))) {
        DatasetCount count{product.name, {}, {}, row[0].as<std::int64_t>()};
        if (period != nullptr) {
          count.begin = row[1].c_str();
          count.end = row[2].c_str();
        }
        counts.push_back(std::move(count));
      }
    }
    return counts;
  });
}

namespace {

/// Numbers the groups of datasets that have the same values; times within 500 ms of each other are chained.
Sql duplicates_sql(const QueryScope& scope, const SearchedProduct& product,
                   const std::vector<std::string>& fields, int limit) {
  std::string columns, same, values;
  std::string time = "tstzrange(null, null)";
  bool by_time = false;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto& field = scope.field(product, fields[i]);
    if (field.bound == "datetime" && !by_time) {
      time = field.expression;
      by_time = true;
      continue;
    }
    const auto column = "f" + std::to_string(i);
    columns += ", (" + field.expression + ")::text as " + column;
    same += (same.empty() ? "" : ", ") + column;
    values += ", '" + std::to_string(i) + "', min(" + column + ")";
  }
  const std::string partition = same.empty() ? "" : "partition by " + same + " ";
  Sql sql{"with found as (select dataset.id, " + time + " as t" + columns + " from agdc.dataset where "};
  scope.add_where(sql, &product);
  sql.add(
      "), marked as (select *, case when lower(t) - interval '500 milliseconds' > max(upper(t) + interval "
      "'500 milliseconds') over (" +
      partition +
      "order by lower(t), id rows between unbounded preceding and 1 preceding) then 1 else 0 end as starts "
      "from found), numbered as (select *, sum(starts) over (" +
      partition + "order by lower(t), id) as chain from marked) ");
  sql.add("select json_agg(id::text order by id)::text, " + sql_rfc3339("min(lower(t))") + ", " +
          sql_rfc3339("max(upper(t))"));
  sql.add(values.empty() ? ", null" : ", json_build_object(" + values.substr(2) + ")::text");
  sql.add(" from numbered group by chain" + (same.empty() ? "" : ", " + same));
  return sql.add(" having count(*) > 1 order by min(id::text) limit " + std::to_string(limit));
}

}  // namespace

std::vector<DuplicateGroup> duplicate_datasets(Pool& readers, const std::string& product,
                                               const std::vector<std::string>& fields, int limit) {
  return with_connection(readers, true, [&](Connection& connection) {
    const auto scope = scope_of_product(on(connection), product, fields);
    const auto& searched = scope.products().front();
    std::vector<DuplicateGroup> groups;
    for (const auto& row : connection.run(duplicates_sql(scope, searched, fields, limit))) {
      DuplicateGroup group;
      group.ids = Json::parse(row[0].c_str()).get<std::vector<std::string>>();
      const auto same = row[3].is_null() ? Json::object() : Json::parse(row[3].c_str());
      for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto key = std::to_string(i);
        if (same.contains(key)) {
          group.values[fields[i]] = same.at(key);
        } else {
          group.values[fields[i]] = {{"begin", text_or_empty(row[1])}, {"end", text_or_empty(row[2])}};
        }
      }
      groups.push_back(std::move(group));
    }
    return groups;
  });
}

std::vector<SearchField> search_fields(Pool& readers, const std::optional<std::string>& product) {
  return with_connection(readers, true, [&](Connection& connection) {
    odc::DatasetQuery query;
    if (product) query.products = {*product};
    const QueryScope scope(on(connection), query, {"id"});
    std::vector<SearchField> fields;
    for (const auto& searched : scope.products()) {
      for (const auto& field : scope.fields(searched)) {
        auto known = std::ranges::find_if(
            fields, [&](const SearchField& one) { return one.name == field.name && one.type == field.type; });
        if (known == fields.end()) {
          fields.push_back({field.name, field.type, field.description, field.indexed, {}});
          known = fields.end() - 1;
        }
        known->products.push_back(searched.name);
      }
    }
    return fields;
  });
}

Json product_extent(Pool& readers, const std::string& product) {
  return with_connection(readers, true, [&](Connection& connection) {
    const auto scope = scope_of_product(on(connection), product, {"id"});
    const auto& searched = scope.products().front();
    Sql sql{"select count(*)"};
    std::vector<std::string> names;
    for (const auto& field : scope.fields(searched)) {
      if (field.name != "lat" && field.name != "lon" && field.name != "time") continue;
      if (field.bound.empty()) continue;
      names.push_back(field.name);
      const auto low = "min(lower(" + field.expression + "))", high = "max(upper(" + field.expression + "))";
      if (field.bound == "datetime") {
        sql.add(", to_json(").add(sql_rfc3339(low)).add(")::text, to_json(").add(sql_rfc3339(high));
      } else {
        sql.add(", to_json(").add(low).add(")::text, to_json(").add(high);
      }
      sql.add(")::text");
    }
    sql.add(" from agdc.dataset where ");
    scope.add_where(sql, &searched);
    const auto row = connection.run(sql).at(0);
    Json extent{{"count", row[0].as<std::int64_t>()}};
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto end = [&](std::size_t column) {
        const auto field = row[static_cast<pqxx::row::size_type>(column)];
        return field.is_null() ? Json{} : Json::parse(field.c_str());
      };
      extent[names[i]] = Json{{"begin", end(1 + 2 * i)}, {"end", end(2 + 2 * i)}};
    }
    return extent;
  });
}

}  // namespace hayden::db
