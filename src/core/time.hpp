#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace hayden {

/// UTC, microseconds: the precision PostgreSQL's timestamptz stores.
using Instant = std::chrono::sys_time<std::chrono::microseconds>;

/// Parses an RFC 3339 date-time with a zone: lower-case `t`/`z`, 1 to 9 fraction digits (truncated to
/// microseconds),
/// `-00:00` and a leap second `:60` (taken as the last microsecond of that minute) are valid; a bare date, a
/// missing zone, `+0100`, a comma fraction are not. A space before `hh:mm` of the zone stands for a `+` lost
/// in a query string. Years 0000 to 9999. Nothing on a mistake.
std::optional<Instant> parse_rfc3339(std::string_view text);

/// `2020-01-31T18:55:02.123456Z`; the fraction is left out when it is zero, else has 6 digits.
std::string format_rfc3339(Instant instant);

}  // namespace hayden
