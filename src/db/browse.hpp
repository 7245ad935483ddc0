#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/pool.hpp"
#include "stac/calendar_period.hpp"

namespace hayden::db {

// The Items of a collection by the time that they are sorted by (`datetime`, else `start_datetime`), for
// those who walk the catalog instead of searching. Read from one index; archived Items are passed over.
// Everything throws Problem: 404 for an unknown collection, 503.

/// The parts of a period, at most a year, month or day each, that have Items.
std::vector<stac::CalendarPeriod> periods_with_items(Pool& readers, const std::string& collection,
                                                     const stac::CalendarPeriod& period);

struct BrowsedItems {
  std::vector<std::string> ids;     ///< by time, then by id
  std::optional<std::string> next;  ///< where there are more: the token of what follows
};

/// At most `most` of the Items of a period, from the place of a token on, which an earlier call gave. Throws
/// Problem(400) for another token.
BrowsedItems items_in(Pool& readers, const std::string& collection, const stac::CalendarPeriod& period,
                      std::optional<std::string_view> token, int most);

}  // namespace hayden::db
