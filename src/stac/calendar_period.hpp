#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace hayden::stac {

/// A year, month or day of the Gregorian calendar in UTC, years 0000 to 9999, or all of them.
class CalendarPeriod {
 public:
  enum class Level { all, year, month, day };

  /// All time.
  CalendarPeriod() = default;
  /// Of the text that path() and text() give; nothing for any other, as for a day that no month has.
  static std::optional<CalendarPeriod> parse(std::string_view year, std::string_view month = {},
                                             std::string_view day = {});

  Level level() const { return level_; }
  /// One of the parts on the next level. `number`: the year, the month from 1 or the day of the month.
  CalendarPeriod part(int number) const;
  Instant first() const;
  Instant last() const;      ///< its last microsecond
  std::string text() const;  ///< ``, `2024`, `2024-06`, `2024-06-03`
  std::string path() const;  ///< ``, `/2024`, `/2024/06`, `/2024/06/03`

 private:
  std::chrono::year_month_day first_day() const;
  std::string joined(char separator) const;

  Level level_ = Level::all;
  int year_ = 0;
  unsigned month_ = 1, day_ = 1;
};

}  // namespace hayden::stac
