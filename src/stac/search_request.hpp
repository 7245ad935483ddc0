#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bbox.hpp"
#include "core/interval.hpp"
#include "core/json.hpp"
#include "core/percent.hpp"
#include "stac/cql2/expression.hpp"
#include "stac/fields.hpp"
#include "stac/page_token.hpp"

namespace hayden::stac {

inline constexpr int default_limit = 10;
inline constexpr int largest_limit = 10'000;

/// One sort key. Clients may sort by datetime and id; the order always ends with the collection and id, so
/// that it is total (the collection in the order its key was given out, which means nothing to clients).
struct SortKey {
  enum class Field { datetime, id, collection };
  Field field = Field::datetime;
  bool descending = true;
  bool operator==(const SortKey&) const = default;
};

/// An item search, whichever door it came through: GET /search, POST /search, GET /collections/{id}/items.
struct SearchRequest {
  std::vector<std::string> collections;
  std::vector<std::string> ids;
  std::optional<Bbox> bbox;
  std::optional<std::string> intersects;  ///< WKB, EPSG:4326, 2D, split at the antimeridian
  std::optional<Interval> datetime;
  std::optional<cql2::Expression> filter;  ///< of `filter` and `query` together, checked
  std::vector<SortKey> sortby;             ///< as asked; empty means newest first
  std::optional<Fields> fields;            ///< what of each Item is wanted; nothing means all
  int limit = default_limit;               ///< 1 to largest_limit; larger values are clamped
  std::optional<PageToken> token;

  /// Reads a decoded query string. Of a repeated parameter the last counts. Unknown parameters are passed
  /// over. `path_collection` restricts to that collection, whatever `collections` says (pystac-client sends
  /// both). Throws Problem(400) that names every mistake at once.
  static SearchRequest from_query(const Pairs& query, const std::string* path_collection = nullptr);
  /// Reads a POST body; `collections` and `ids` may be a single string.
  static SearchRequest from_body(const Json& body);

  /// The complete sort, with the last keys that make it total.
  std::vector<SortKey> total_sort() const;
  /// `-datetime,-collection,-id`: names the sort in page tokens.
  std::string sort_text() const;
};

}  // namespace hayden::stac
