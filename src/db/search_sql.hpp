#pragma once
#include <optional>
#include <string>
#include <vector>

#include "db/sql.hpp"
#include "stac/search_request.hpp"

namespace hayden::db {

/// What a search needs to know of the database before its statement can be written.
struct SearchContext {
  /// Keys of the requested collections; nothing when none were asked for.
  std::optional<std::vector<int>> collection_keys;
  /// The longest time an Item covers, in microseconds.
  std::chrono::microseconds longest_span{0};
  /// Whether the collection may not enter an index. PostgreSQL reads only what two indexes both find when no
  /// condition enters both of them, and those on properties hold the collection, too.
  bool joins_indexes = false;
};

/// One page, and one row more that tells whether another follows: statements to be run one after the other
/// until there are that many rows. Columns: collection key, id, etag, content, links_at, and the row's sort
/// values for a page token. A page that goes backwards comes in reverse order.
std::vector<Sql> page_sql(const stac::SearchRequest& request, const SearchContext& context);

/// Counts the matches, but no more than `most`.
Sql count_sql(const stac::SearchRequest& request, const SearchContext& context, std::optional<int> most);

/// Of at most `most` Items that fulfil all but the filter: how many they are and how many of them it holds
/// for.
Sql sample_sql(const stac::SearchRequest& request, const SearchContext& context, int most);

/// Adds a where clause for the Items, `i`, that match.
void add_search_conditions(Sql& sql, const stac::SearchRequest& request, const SearchContext& context);

/// Asks the planner how many rows match.
Sql estimate_sql(const stac::SearchRequest& request, const SearchContext& context);

}  // namespace hayden::db
