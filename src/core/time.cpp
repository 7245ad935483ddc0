#include "core/time.hpp"

#include <array>
#include <cstdio>

namespace hayden {
namespace {

/// Reads exactly `count` digits at `at` and moves past them; nothing if there are fewer.
std::optional<int> digits(std::string_view text, std::size_t& at, std::size_t count) {
  if (at + count > text.size()) return {};
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const char c = text[at + i];
    if (c < '0' || c > '9') return {};
    value = value * 10 + (c - '0');
  }
  at += count;
  return value;
}

bool expect(std::string_view text, std::size_t& at, char lower, char upper) {
  if (at >= text.size() || (text[at] != lower && text[at] != upper)) return false;
  ++at;
  return true;
}

bool expect(std::string_view text, std::size_t& at, char c) { return expect(text, at, c, c); }

}  // namespace

std::optional<Instant> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  std::size_t at = 0;
  const auto y = digits(text, at, 4);
  if (!y || !expect(text, at, '-')) return {};
  const auto m = digits(text, at, 2);
  if (!m || !expect(text, at, '-')) return {};
  const auto d = digits(text, at, 2);
  if (!d || !expect(text, at, 't', 'T')) return {};
  const auto hour = digits(text, at, 2);
  if (!hour || !expect(text, at, ':')) return {};
  const auto minute = digits(text, at, 2);
  if (!minute || !expect(text, at, ':')) return {};
  const auto second = digits(text, at, 2);
  if (!second) return {};

  const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return {};

  std::int64_t micros = 0;
  if (at < text.size() && text[at] == '.') {
    ++at;
    std::size_t count = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++count) {
      if (count < 6) micros = micros * 10 + (text[at] - '0');
    }
    if (count == 0 || count > 9) return {};
    for (; count < 6; ++count) micros *= 10;
  }

  minutes offset{0};
  if (at < text.size() && (text[at] == 'Z' || text[at] == 'z')) {
    ++at;
  } else {
    if (at >= text.size() || (text[at] != '+' && text[at] != '-' && text[at] != ' ')) return {};
    const int sign = text[at] == '-' ? -1 : 1;
    ++at;
    const auto zone_hour = digits(text, at, 2);
    if (!zone_hour || !expect(text, at, ':')) return {};
    const auto zone_minute = digits(text, at, 2);
    if (!zone_minute || *zone_hour > 23 || *zone_minute > 59) return {};
    offset = minutes{sign * (*zone_hour * 60 + *zone_minute)};
  }
  if (at != text.size()) return {};

  Instant instant = sys_days{date} + hours{*hour} + minutes{*minute} - offset;
  instant += *second == 60 ? seconds{60} - microseconds{1} : seconds{*second} + microseconds{micros};
  return instant;
}

std::string format_rfc3339(Instant instant) {
  using namespace std::chrono;
  const auto day_start = floor<days>(instant);
  const year_month_day date{day_start};
  const hh_mm_ss time{instant - day_start};
  std::array<char, 64> text{};
  int length =
      std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                    static_cast<int>(time.seconds().count()));
  std::string result(text.data(), static_cast<std::size_t>(length));
  if (const auto micros = time.subseconds().count(); micros != 0) {
    length = std::snprintf(text.data(), text.size(), ".%06d", static_cast<int>(micros));
    result.append(text.data(), static_cast<std::size_t>(length));
  }
  return result + "Z";
}

}  // namespace hayden
