#include "stac/calendar_period.hpp"

#include <algorithm>
#include <cstddef>

namespace hayden::stac {
namespace {

using namespace std::chrono;

constexpr int last_year = 9999;

std::string digits(unsigned number, std::size_t width) {
  const auto text = std::to_string(number);
  return std::string(width - std::min(width, text.size()), '0') + text;
}

/// Nothing unless the text has exactly `width` digits.
std::optional<int> number_of(std::string_view text, std::size_t width) {
  if (text.size() != width) return {};
  int number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return {};
    number = 10 * number + (c - '0');
  }
  return number;
}

}  // namespace

std::optional<CalendarPeriod> CalendarPeriod::parse(std::string_view year, std::string_view month,
                                                    std::string_view day) {
  CalendarPeriod period;
  for (const auto& [text, width] : {std::pair{year, 4U}, {month, 2U}, {day, 2U}}) {
    if (text.empty()) break;
    const auto number = number_of(text, width);
    if (!number) return {};
    period = period.part(*number);
  }
  if (!period.first_day().ok()) return {};
  return period;
}

CalendarPeriod CalendarPeriod::part(int number) const {
  auto part = *this;
  switch (level_) {
    case Level::all:
      part.level_ = Level::year;
      part.year_ = number;
      break;
    case Level::year:
      part.level_ = Level::month;
      part.month_ = static_cast<unsigned>(number);
      break;
    case Level::month:
    case Level::day:
      part.level_ = Level::day;
      part.day_ = static_cast<unsigned>(number);
  }
  return part;
}

year_month_day CalendarPeriod::first_day() const { return year{year_} / month{month_} / day{day_}; }

Instant CalendarPeriod::first() const { return sys_days{first_day()}; }

Instant CalendarPeriod::last() const {
  const auto end = [this]() -> sys_days {
    switch (level_) {
      case Level::all:
        return year{last_year + 1} / January / 1;
      case Level::year:
        return year{year_ + 1} / January / 1;
      case Level::month:
        return first_day() + months{1};
      case Level::day:
        break;
    }
    return sys_days{first_day()} + days{1};
  }();
  return end - microseconds{1};
}

std::string CalendarPeriod::text() const { return joined('-'); }

std::string CalendarPeriod::path() const { return level_ == Level::all ? "" : '/' + joined('/'); }

std::string CalendarPeriod::joined(char separator) const {
  std::string text;
  if (level_ >= Level::year) text += digits(static_cast<unsigned>(year_), 4);
  if (level_ >= Level::month) text += separator + digits(month_, 2);
  if (level_ >= Level::day) text += separator + digits(day_, 2);
  return text;
}

}  // namespace hayden::stac
