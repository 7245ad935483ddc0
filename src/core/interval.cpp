#include "core/interval.hpp"

#include <string>

namespace hayden {
namespace {

constexpr std::string_view expected =
    "expected an RFC 3339 date-time with a zone such as 2020-01-01T00:00:00Z, or an interval of two such as "
    "2020-01-01T00:00:00Z/2020-12-31T23:59:59Z with '..' for an open end";

}  // namespace

std::optional<Interval> parse_interval(std::string_view text, Mistakes& mistakes) {
  const auto fail = [&](std::string_view part) -> std::optional<Interval> {
    mistakes.add("datetime",
                 "'" + std::string{part.substr(0, 80)} + "' is not valid: " + std::string{expected});
    return {};
  };
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) {
    const auto instant = parse_rfc3339(text);
    if (!instant) return fail(text);
    return Interval{instant, instant};
  }
  const auto first = text.substr(0, slash);
  const auto second = text.substr(slash + 1);
  const auto is_open = [](std::string_view part) { return part.empty() || part == ".."; };
  if (is_open(first) && is_open(second)) return fail(text);
  Interval interval;
  if (!is_open(first)) {
    interval.start = parse_rfc3339(first);
    if (!interval.start) return fail(first);
  }
  if (!is_open(second)) {
    interval.end = parse_rfc3339(second);
    if (!interval.end) return fail(second);
  }
  if (interval.start && interval.end && *interval.start > *interval.end) {
    mistakes.add("datetime", "the interval ends before it starts");
    return {};
  }
  return interval;
}

}  // namespace hayden
