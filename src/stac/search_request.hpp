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
#include "stac/sort_key.hpp"

namespace hayden::stac {

inline constexpr int default_limit = 10;
inline constexpr int largest_limit = 10'000;

/// An item search, whichever door it came through: GET /search, POST /search, GET /collections/{id}/items.
struct SearchRequest {
  std::vector<std::string> collections;
  std::vector<std::string> ids;
  std::optional<Bbox> bbox;
  std::optional<std::string> intersects;  ///< WKB, EPSG:4326, 2D, split at the antimeridian
  std::optional<Interval> datetime;
  std::optional<cql2::Expression> filter;  ///< of `filter` and `query` together, checked
  std::vector<std::string> terms;          ///< of free text; any of them is enough
  std::vector<SortKey> sortby;             ///< as asked; empty means newest first
  std::optional<Fields> fields;            ///< what of each Item is wanted; nothing means all
  int limit = default_limit;               ///< 1 to largest_limit; larger values are clamped
  bool exact_count = false;                ///< numberMatched is to be counted, whatever it costs
  std::optional<PageToken> token;

  /// Reads a decoded query string. Of a repeated parameter the last counts. Unknown parameters are passed
  /// over. `lookup` knows the properties that can be sorted by. `path_collection`
  /// restricts to that collection, whatever `collections` says (pystac-client sends both). Throws
  /// Problem(400) that names every mistake at once, with those that were found in other parameters before.
  static SearchRequest from_query(const Pairs& query, const std::string* path_collection = nullptr,
                                  const PropertyLookup& lookup = known_property, Mistakes before = {});
  /// Reads a POST body; `collections` and `ids` may be a single string.
  static SearchRequest from_body(const Json& body, const PropertyLookup& lookup = known_property,
                                 Mistakes before = {});

  /// The complete sort, with the last keys that make it total.
  std::vector<SortKey> total_sort() const;
  /// Names the sort in page tokens.
  std::string sort_text() const;
};

}  // namespace hayden::stac
