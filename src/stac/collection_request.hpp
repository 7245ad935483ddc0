#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/bbox.hpp"
#include "core/interval.hpp"
#include "core/percent.hpp"
#include "stac/cql2/expression.hpp"
#include "stac/fields.hpp"
#include "stac/page_token.hpp"

namespace hayden::stac {

inline constexpr int default_collections_limit = 100;
inline constexpr int largest_collections_limit = 1'000;

/// A search of collections (STAC API Collection Search 1.0.0-rc.1): GET /collections.
struct CollectionRequest {
  struct SortKey {
    enum class Field { id, title };
    Field field = Field::id;
    bool descending = false;
  };

  int limit = default_collections_limit;  ///< 1 to largest_collections_limit; larger values are clamped
  std::optional<Bbox> bbox;
  std::optional<Interval> datetime;
  std::vector<std::string> terms;          ///< of free text; any of them is enough
  std::optional<cql2::Expression> filter;  ///< of `filter` and `query`, as SearchRequest has it
  std::vector<SortKey> sortby;             ///< as asked; empty means by id
  std::optional<Fields> fields;
  std::optional<PageToken> token;

  /// Reads a decoded query string: limit, bbox, datetime, q, filter, filter-lang,
  /// filter-crs, query, sortby, fields, token. Of a repeated parameter
  /// the last counts, unknown ones are passed over. Throws Problem(400) that names every mistake at once.
  static CollectionRequest from_query(const Pairs& query);

  /// The complete sort: with the id at its end.
  std::vector<SortKey> total_sort() const;
  /// Names the sort in page tokens.
  std::string sort_text() const;
};

}  // namespace hayden::stac
