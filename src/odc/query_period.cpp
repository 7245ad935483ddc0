#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "odc/query.hpp"
#include "odc/timestamp.hpp"

namespace hayden::odc {
namespace {

using std::chrono::microseconds;

Period period(Instant begin, Instant after) {
  return {format_rfc3339(begin), format_rfc3339(after - microseconds(1))};
}

/// One or two digits, the year four; nothing for others.
std::optional<unsigned> number_of(std::string_view text, std::size_t fewest, std::size_t most) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc{} && end == text.data() + text.size();
  return is_number && text.size() >= fewest && text.size() <= most ? std::optional(number) : std::nullopt;
}

/// Year, year and month, or year, month and day.
std::optional<Period> parse_date(std::string_view text) {
  std::array<unsigned, 3> parts{0, 1, 1};
  std::size_t count = 0;
  for (bool more = true; more && count < parts.size(); ++count) {
    const std::size_t hyphen = text.find('-');
    more = hyphen != std::string_view::npos;
    const auto part = number_of(text.substr(0, hyphen), count == 0 ? 4 : 1, count == 0 ? 4 : 2);
    if (!part || (more && count + 1 == parts.size())) return {};
    parts.at(count) = *part;
    if (more) text.remove_prefix(hyphen + 1);
  }
  using std::chrono::month;
  using std::chrono::year;
  const std::chrono::year_month_day date{year(static_cast<int>(parts[0])), month(parts[1]),
                                         std::chrono::day(parts[2])};
  if (!date.ok() || parts[0] == 0) return {};
  const Instant begin = std::chrono::sys_days(date);
  if (count == 1) return period(begin, std::chrono::sys_days((date.year() + std::chrono::years(1)) / 1 / 1));
  const auto month_start = date.year() / date.month();
  if (count == 2) return period(begin, std::chrono::sys_days((month_start + std::chrono::months(1)) / 1));
  return period(begin, begin + std::chrono::days(1));
}

}  // namespace

std::optional<Period> parse_period(std::string_view text) {
  constexpr std::size_t date_size = 10;
  if (text.size() <= date_size) return parse_date(text);
  const auto time = parse_timestamp(text);
  if (!time) return {};
  const auto clock = text.substr(date_size + 1);
  const auto clock_end = std::min(clock.find_first_of("Zz+-"), clock.size());
  const auto colons = std::ranges::count(clock.substr(0, clock_end), ':');
  if (clock.substr(0, clock_end).find('.') != std::string_view::npos) {
    return Period{format_rfc3339(time->instant), format_rfc3339(time->instant)};
  }
  const auto length =
      colons == 1 ? microseconds(std::chrono::minutes(1)) : microseconds(std::chrono::seconds(1));
  return period(time->instant, time->instant + length);
}

}  // namespace hayden::odc
