#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hayden::stac {

/// Where a page starts: the sort values of the row it starts after, not a row id, so that a walk survives
/// inserts and deletes. Opaque to clients.
struct PageToken {
  bool backwards = false;               ///< this page ends before the row instead of starting after it
  std::string sort;                     ///< the sort it belongs to, as SearchRequest::sort_text() writes it
  std::vector<std::string> values;      ///< one per sort key, as SQL text
  std::optional<std::int64_t> matched;  ///< numberMatched found on the first page
  bool matched_is_estimate = false;

  std::string encode() const;  ///< URL-safe text
  /// Nothing if `text` was not made by encode().
  static std::optional<PageToken> decode(std::string_view text);
};

}  // namespace hayden::stac
