#include "odc/timestamp.hpp"

#include <algorithm>
#include <string>

namespace hayden::odc {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// `dddd-dd-dd` and the like: d stands for a digit.
bool has_form(std::string_view text, std::string_view form) {
  return text.size() == form.size() &&
         std::ranges::equal(text, form, [](char c, char f) { return f == 'd' ? is_digit(c) : c == f; });
}

/// Python has none, so datacube could not read the dataset again.
bool is_leap_second(std::string_view time) {
  constexpr std::string_view before = "hh:mm:";
  return time.size() > before.size() && time.substr(before.size()).starts_with("60");
}

/// The zone at the end as RFC 3339 writes it; `+10` and `+1000` are known too. Nothing when it is malformed.
std::optional<std::string> zone_of(std::string_view zone) {
  if (zone.empty() || zone == "Z" || zone == "z") return "Z";
  if (has_form(zone.substr(1), "dd:dd")) return std::string(zone);
  if (has_form(zone.substr(1), "dd")) return std::string(zone) + ":00";
  if (has_form(zone.substr(1), "dddd"))
    return std::string(zone.substr(0, 3)) + ':' + std::string(zone.substr(3));
  return {};
}

}  // namespace

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  constexpr std::size_t date_size = 10;
  const std::string_view date = text.substr(0, date_size);
  if (!has_form(date, "dddd-dd-dd") || date.starts_with("0000")) return {};
  std::string_view rest = text.substr(date_size);
  std::string time = "00:00:00";
  std::string zone = "Z";
  if (!rest.empty()) {
    if (rest.front() != 'T' && rest.front() != 't' && rest.front() != ' ') return {};
    rest.remove_prefix(1);
    const std::size_t zone_at = std::min(rest.find_first_of("Zz+- "), rest.size());
    time = rest.substr(0, zone_at);
    if (has_form(time, "dd:dd")) time += ":00";
    if (is_leap_second(time)) return {};
    std::string_view after = rest.substr(zone_at);
    if (after.starts_with(' ')) after.remove_prefix(1);
    const auto known = zone_of(after);
    if (!known) return {};
    zone = *known;
  }
  const auto instant = parse_rfc3339(std::string(date) + 'T' + time + zone);
  if (!instant) return {};
  const bool is_utc = zone == "Z" || zone == "+00:00" || zone == "-00:00";
  return Timestamp{*instant, !is_utc};
}

}  // namespace hayden::odc
