#include "stac/calendar_period.hpp"

#include <gtest/gtest.h>

namespace hayden::stac {
namespace {

using Level = CalendarPeriod::Level;

std::string span_of(const CalendarPeriod& period) {
  return format_rfc3339(period.first()) + " " + format_rfc3339(period.last());
}

TEST(CalendarPeriod, is_a_year_a_month_or_a_day) {
  const auto year = CalendarPeriod::parse("2024");
  ASSERT_TRUE(year);
  EXPECT_EQ(year->level(), Level::year);
  EXPECT_EQ(span_of(*year), "2024-01-01T00:00:00Z 2024-12-31T23:59:59.999999Z");
  const auto month = CalendarPeriod::parse("2024", "02");
  EXPECT_EQ(span_of(*month), "2024-02-01T00:00:00Z 2024-02-29T23:59:59.999999Z");
  const auto december = CalendarPeriod::parse("9999", "12");
  EXPECT_EQ(span_of(*december), "9999-12-01T00:00:00Z 9999-12-31T23:59:59.999999Z");
  const auto day = CalendarPeriod::parse("2024", "02", "29");
  EXPECT_EQ(day->level(), Level::day);
  EXPECT_EQ(span_of(*day), "2024-02-29T00:00:00Z 2024-02-29T23:59:59.999999Z");
  EXPECT_EQ(span_of(CalendarPeriod{}), "0000-01-01T00:00:00Z 9999-12-31T23:59:59.999999Z");
}

TEST(CalendarPeriod, writes_what_it_reads) {
  EXPECT_EQ(CalendarPeriod{}.text() + CalendarPeriod{}.path(), "");
  EXPECT_EQ(CalendarPeriod::parse("0044")->path(), "/0044");
  EXPECT_EQ(CalendarPeriod::parse("0044", "03")->text(), "0044-03");
  EXPECT_EQ(CalendarPeriod::parse("0044", "03", "15")->path(), "/0044/03/15");
  EXPECT_EQ(CalendarPeriod{}.part(44).part(3).part(15).text(), "0044-03-15");
}

TEST(CalendarPeriod, is_nothing_that_the_calendar_does_not_have) {
  for (const auto* year : {"24", "02024", "+204", "20x4", " 204"})
    EXPECT_FALSE(CalendarPeriod::parse(year)) << year;
  for (const auto* month : {"0", "00", "13", "2", "-1"})
    EXPECT_FALSE(CalendarPeriod::parse("2024", month)) << month;
  EXPECT_FALSE(CalendarPeriod::parse("2023", "02", "29"));
  EXPECT_FALSE(CalendarPeriod::parse("2023", "04", "31"));
  EXPECT_FALSE(CalendarPeriod::parse("2023", "04", "00"));
}

}  // namespace
}  // namespace hayden::stac
