#include "db/aggregate_sql.hpp"

#include <algorithm>
#include <string>

namespace hayden::db {
namespace {

using stac::AggregateRequest;
using Kind = stac::Aggregation::Kind;

/// The middle of a footprint. One that is split at the antimeridian is put together first, else its middle
/// would be on the other side of the earth.
constexpr std::string_view middle = R"(
  left join lateral (
    select st_x(point) - case when st_x(point) > 180 then 360 else 0 end as x, st_y(point) as y
    from st_centroid(
      case when st_xmax(i.geometry) - st_xmin(i.geometry) > 180
                and not st_intersects(i.geometry, st_geomfromtext('linestring(0 -90, 0 90)', 4326))
           then st_shiftlongitude(i.geometry) else i.geometry end) point) middle on true)";

/// Times of buckets are whole.
constexpr std::string_view seconds = R"('YYYY-MM-DD"T"HH24:MI:SS"Z"')";
constexpr std::string_view microseconds = R"('YYYY-MM-DD"T"HH24:MI:SS.US"Z"')";

/// A row or column of the pyramid's zoom level, from where between 0 and 1 a point is.
void add_tile(Sql& sql, std::string_view share, int zoom) {
  const auto tiles = std::to_string(std::int64_t{1} << zoom);
  sql.add("least(greatest(floor((").add(share).add(") * ").bind(tiles).add("::float8), 0), ").bind(tiles);
  sql.add("::float8 - 1)::bigint");
}

/// The text by which Items fall into buckets; null for one that falls into none.
void add_key(Sql& sql, const AggregateRequest& request, const AggregateRequest::Wanted& wanted) {
  const auto& aggregation = *wanted.aggregation;
  switch (aggregation.kind) {
    case Kind::collection:
      sql.add("i.collection::text");
      break;
    case Kind::time:
      sql.add("to_char(date_trunc(")
          .bind(request.interval)
          .add("::text, i.datetime), ")
          .add(seconds)
          .add(")");
      break;
    case Kind::range: {
      std::string steps;
      for (const auto step : stac::cloud_cover_steps)
        steps += (steps.empty() ? "" : ",") + std::to_string(step);
      sql.add("width_bucket(stac.number_of(i.properties -> ").bind(std::string{aggregation.property});
      sql.add("::text), array[").add(steps).add("]::numeric[])::text");
      break;
    }
    case Kind::term:
      sql.add("stac.text_of(i.properties -> ").bind(std::string{aggregation.property}).add("::text)");
      break;
    case Kind::geohash:
      sql.add("st_geohash(st_makepoint(middle.x, middle.y), ").bind(std::to_string(wanted.precision));
      sql.add("::int)");
      break;
    case Kind::geotile:
      // Web Mercator is a square that ends at ±85.05…°; what is beyond counts as its edge.
      sql.add("case when middle.x is not null then ").bind(std::to_string(wanted.precision));
      sql.add("::text || '/' || ");
      add_tile(sql, "(middle.x + 180) / 360", wanted.precision);
      sql.add(" || '/' || ");
      add_tile(sql,
               "0.5 - ln((1 + sin(radians(least(greatest(middle.y, -85.06), 85.06)))) / "
               "(1 - sin(radians(least(greatest(middle.y, -85.06), 85.06))))) / (4 * pi())",
               wanted.precision);
      sql.add(" end");
      break;
    case Kind::count:
    case Kind::earliest:
    case Kind::latest:
      break;
  }
}

}  // namespace

Sql aggregate_sql(const AggregateRequest& request, const SearchContext& context, int most_buckets) {
  std::vector<const AggregateRequest::Wanted*> frequencies;
  for (const auto& wanted : request.wanted) {
    if (wanted.aggregation->is_frequency()) frequencies.push_back(&wanted);
  }
  std::string numbers = "0", key = "null::text", sets = "()";
  for (std::size_t i = frequencies.size(); i > 0; --i) {
    const auto number = std::to_string(i);
    numbers.insert(0, std::string{"case grouping(key"}
                          .append(number)
                          .append(") when 0 then ")
                          .append(number)
                          .append(" else "));
    numbers += " end";
    key.insert(0, std::string{"coalesce(key"}.append(number).append(", "));
    key += ')';
    sets.append(", (key").append(number).append(")");
  }
  Sql sql{"select number, key, frequency, to_char(earliest, "};
  sql.add(microseconds).add("), to_char(latest, ").add(microseconds).add(R"()
from (select *, row_number() over (partition by number order by key is null, frequency desc, key collate "C") as place
      from (select )");
  sql.add(numbers).add(" as number, ").add(key).add(" as key,");
  sql.add(" count(*) as frequency, min(at) as earliest, max(at) as latest from (select i.datetime as at");
  bool by_place = false;
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    add_key(sql.add(", "), request, *frequencies[i]);
    sql.add(" as key").add(std::to_string(i + 1));
    by_place = by_place || frequencies[i]->aggregation->is_grid();
  }
  sql.add(" from stac.item i");
  if (by_place) sql.add(middle);
  add_search_conditions(sql, request.search, context);
  sql.add(") matches group by grouping sets (").add(sets).add(")) counted) ranked where place <= ");
  sql.bind(std::to_string(most_buckets))
      .add("::int and (key is not null or number = 0) order by number, place");
  return sql;
}

}  // namespace hayden::db
