#include "db/browse.hpp"

#include "core/problem.hpp"
#include "db/connection.hpp"
#include "db/sql.hpp"
#include "stac/page_token.hpp"

namespace hayden::db {
namespace {

using Level = stac::CalendarPeriod::Level;

constexpr std::string_view token_sort = "browse";

std::string key_of(Connection& connection, const std::string& collection) {
  Sql sql{"select key from stac.collection where id = "};
  const auto rows = connection.run(sql.bind(collection));
  if (rows.empty()) throw Problem(404, "NotFound", "there is no collection '" + collection + "'");
  return rows[0][0].c_str();
}

std::string_view next_unit(Level level) {
  if (level == Level::all) return "year";
  return level == Level::year ? "month" : "day";
}

}  // namespace

std::vector<stac::CalendarPeriod> periods_with_items(Pool& readers, const std::string& collection,
                                                     const stac::CalendarPeriod& period) {
  return with_connection(readers, true, [&](Connection& connection) {
    const std::string unit{next_unit(period.level())};
    // The first Item of the period, then the first of those after its part, and so on.
    Sql sql{"with recursive given (collection, unit, first, last) as (select "};
    sql.bind(key_of(connection, collection)).add("::int, ").bind(unit).add("::text, ");
    sql.bind(sql_time(period.first())).add("::timestamptz, ").bind(sql_time(period.last()));
    sql.add("::timestamptz), part (starts) as (");
    for (const bool is_first : {true, false}) {
      sql.add(is_first ? "" : " union all ")
          .add(
              "select (select date_trunc(g.unit, i.datetime) from stac.item i "
              "where i.collection = g.collection and i.archived is null and i.datetime <= g.last and "
              "i.datetime >= ")
          .add(is_first ? "g.first" : "p.starts + ('1 ' || g.unit)::interval")
          .add(" order by i.datetime limit 1) from given g")
          .add(is_first ? "" : " cross join part p where p.starts is not null");
    }
    sql.add(") select extract(")
        .add(unit)
        .add(" from starts)::int from part where starts is not null order by starts");
    std::vector<stac::CalendarPeriod> periods;
    for (const auto& row : connection.run(sql)) {
      const auto number = row[0].as<int>();
      // PostgreSQL has no year 0: the one before year 1 is -1.
      periods.push_back(period.part(number < 0 ? number + 1 : number));
    }
    return periods;
  });
}

BrowsedItems items_in(Pool& readers, const std::string& collection, const stac::CalendarPeriod& period,
                      std::optional<std::string_view> token, int most) {
  std::optional<stac::PageToken> place;
  if (token) {
    place = stac::PageToken::decode(*token);
    if (!place || place->sort != token_sort || place->values.size() != 2)
      throw Problem(400, "InvalidParameterValue", "token: not a page token of this catalog");
  }
  return with_connection(readers, true, [&](Connection& connection) {
    Sql sql{"select id, datetime::text from stac.item where collection = "};
    sql.bind(key_of(connection, collection)).add("::int and archived is null and datetime between ");
    sql.bind(sql_time(period.first())).add("::timestamptz and ").bind(sql_time(period.last()));
    sql.add("::timestamptz");
    if (place) {
      sql.add(" and (datetime, id) > (").bind(place->values[0]).add("::timestamptz, ");
      sql.bind(place->values[1]).add(")");
    }
    sql.add(" order by datetime, id limit ").bind(std::to_string(most + 1)).add("::int");
    BrowsedItems items;
    std::string last_time;
    for (const auto& row : connection.run(sql)) {
      if (items.ids.size() == static_cast<std::size_t>(most)) {
        stac::PageToken next;
        next.sort = token_sort;
        next.values = {last_time, items.ids.back()};
        items.next = next.encode();
        break;
      }
      items.ids.emplace_back(row[0].c_str());
      last_time = row[1].c_str();
    }
    return items;
  });
}

}  // namespace hayden::db
