#include "db/collections_sql.hpp"

#include <array>
#include <charconv>

#include "db/cql2_sql.hpp"

namespace hayden::db {
namespace {

using stac::CollectionRequest;
using SortKey = CollectionRequest::SortKey;

constexpr std::string_view columns = R"(
  select c.id, c.etag, c.content,
         nullif(json_strip_nulls(json_build_object('summaries', (
             select json_object_agg(m.name, m.summary order by m.name) from stac.summary m where m.collection = c.key),
           'extent', case when d.starts is not null then json_build_object(
           'spatial', case when d.west is not null then json_build_object(
             'bbox', json_build_array(json_build_array(d.west, d.south, d.east, d.north))) end,
           'temporal', json_build_object('interval', json_build_array(json_build_array(
             to_char(d.starts, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
             to_char(d.ends + interval '0.999999 s', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))))) end))::text, '{}'),
         s.title)";

/// The extent is that of the Items (d), and where there are none that which the collection declares (s).
constexpr std::string_view sources = R"(
  from stac.collection c
  join stac.collection_search s on s.collection = c.key
  left join lateral (select min(e.west) as west, min(e.south) as south, max(e.east) as east, max(e.north) as north,
                            min(e.starts) as starts, max(e.ends) as ends
                     from stac.extent e where e.collection = c.key) d on true)";

/// What a filter looks at in the place of Items, `i`: the Collections, with what they have of their Items.
void add_as_items(Sql& sql) {
  sql.add(R"(
  join stac.collection_members n on n.collection = c.key
  cross join lateral (
      select c.id, c.key as collection, coalesce(d.starts, s.starts) as datetime,
             coalesce(d.ends, s.ends) as end_datetime,
             case when b.west > b.east
                  then st_collect(st_makeenvelope(b.west, b.south, 180, b.north, 4326),
                                  st_makeenvelope(-180, b.south, b.east, b.north, 4326))
                  else st_setsrid(st_envelope(st_makeline(st_point(b.west, b.south), st_point(b.east, b.north))), 4326)
                  end as geometry,)")
      .add(filtered_members)
      .add(R"(
             || jsonb_strip_nulls(jsonb_build_object(
                 'start_datetime', to_char(coalesce(d.starts, s.starts), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                 'end_datetime', to_char(coalesce(d.ends, s.ends), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))) as properties
      from (select coalesce(d.west, s.west) as west, coalesce(d.south, s.south) as south,
                   coalesce(d.east, s.east) as east, coalesce(d.north, s.north) as north) b
      offset 0) i)");
}

std::string number(double value) {
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end};
}

/// A declared extent whose west is greater than its east crosses the antimeridian.
void add_box(Sql& sql, const Bbox& box) {
  const auto west_and_east = [&](std::string_view both) {
    sql.add("coalesce(d.west, s.west) <= ").bind(number(box.east)).add("::float8").add(both);
    sql.add("coalesce(d.east, s.east) >= ").bind(number(box.west)).add("::float8");
  };
  sql.add("case when coalesce(d.west, s.west) <= coalesce(d.east, s.east) then ");
  west_and_east(" and ");
  sql.add(" else ");
  west_and_east(" or ");
  sql.add(" end and coalesce(d.south, s.south) <= ").bind(number(box.north));
  sql.add("::float8 and coalesce(d.north, s.north) >= ").bind(number(box.south)).add("::float8");
}

void add_filter(Sql& sql, const CollectionRequest& request) {
  if (request.filter) add_as_items(sql);
  sql.add(" where true");
  if (request.bbox && request.bbox->crosses_antimeridian()) {
    const auto& box = *request.bbox;
    sql.add(" and (");
    add_box(sql, {box.west, box.south, 180, box.north});
    sql.add(" or ");
    add_box(sql, {-180, box.south, box.east, box.north});
    sql.add(")");
  } else if (request.bbox) {
    sql.add(" and ");
    add_box(sql, *request.bbox);
  }
  // An end that is not declared is open.
  if (request.datetime && request.datetime->end) {
    sql.add(" and coalesce(d.starts, s.starts, '-infinity') <= ").bind(sql_time(*request.datetime->end));
    sql.add("::timestamptz");
  }
  if (request.datetime && request.datetime->start) {
    sql.add(" and coalesce(d.ends, s.ends, 'infinity') >= ").bind(sql_time(*request.datetime->start));
    sql.add("::timestamptz");
  }
  if (!request.terms.empty()) add_terms(sql.add(" and s.words @@ "), request.terms);
  if (request.filter) add_filter_condition(sql.add(" and "), *request.filter);
}

std::string_view column(const SortKey& key) { return key.field == SortKey::Field::id ? "c.id" : "s.title"; }

}  // namespace

Sql collections_sql(const CollectionRequest& request) {
  const bool backwards = request.token && request.token->backwards;
  auto keys = request.total_sort();
  if (backwards) {
    for (auto& key : keys) key.descending = !key.descending;
  }
  Sql sql{std::string{columns}.append(sources)};
  add_filter(sql, request);
  if (request.token) {
    sql.add(" and (false");
    for (std::size_t i = 0; i < keys.size(); ++i) {
      sql.add(" or (");
      for (std::size_t j = 0; j < i; ++j)
        sql.add(column(keys[j])).add(" = ").bind(request.token->values[j]).add(" and ");
      sql.add(column(keys[i]))
          .add(keys[i].descending ? " < " : " > ")
          .bind(request.token->values[i])
          .add(")");
    }
    sql.add(")");
  }
  sql.add(" order by ");
  for (const auto& key : keys) {
    sql.add(&key == &keys.front() ? "" : ", ").add(column(key)).add(key.descending ? " desc" : "");
  }
  sql.add(" limit ").bind(std::to_string(request.limit + 1)).add("::int");
  return sql;
}

Sql count_collections_sql(const CollectionRequest& request) {
  // The extents of all collections are looked at only where they tell which ones match.
  const bool by_extent = request.bbox || request.datetime || request.filter;
  Sql sql{std::string{"select count(*)"}.append(
      by_extent ? sources : " from stac.collection c join stac.collection_search s on s.collection = c.key")};
  add_filter(sql, request);
  return sql;
}

Sql collection_sql(const std::string& id) {
  Sql sql{std::string{columns}.append(sources).append(" where c.id = ")};
  return sql.bind(id);
}

}  // namespace hayden::db
