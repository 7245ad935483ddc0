#pragma once
#include <string>
#include <string_view>

#include "db/sql.hpp"
#include "stac/collection_request.hpp"

namespace hayden::db {

/// What filters look at of a row `n` of stac.collection_members: the members, and the summaries as they are
/// served, those that follow the Items in place of those declared. Not a function: it would be planned anew
/// for each collection, which takes four times as long.
inline constexpr std::string_view filtered_members = R"(
  ((n.members - 'summaries') || stac.flat_summaries(
      case jsonb_typeof(n.members -> 'summaries') when 'object' then n.members -> 'summaries' else '{}' end
      || coalesce((select jsonb_object_agg(m.name, m.summary) from stac.summary m
                   where m.collection = n.collection), '{}'))))";

/// One page of a search of collections, and one row more that tells whether another follows. Columns: id,
/// etag, content, the extent of the Items as JSON or null, title. A page that goes backwards comes in reverse
/// order.
Sql collections_sql(const stac::CollectionRequest& request);

/// Counts the collections that match.
Sql count_collections_sql(const stac::CollectionRequest& request);

/// One collection: the same columns.
Sql collection_sql(const std::string& id);

}  // namespace hayden::db
