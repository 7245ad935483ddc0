#include "core/time.hpp"

#include <gtest/gtest.h>

#include <random>

namespace hayden {
namespace {

using std::chrono::microseconds;

std::string normal(std::string_view text) {
  const auto instant = parse_rfc3339(text);
  return instant ? format_rfc3339(*instant) : "refused";
}

TEST(Time, reads_every_form_of_rfc_3339) {
  EXPECT_EQ(normal("2020-01-31T18:55:02Z"), "2020-01-31T18:55:02Z");
  EXPECT_EQ(normal("1985-04-12t23:20:50.52z"), "1985-04-12T23:20:50.520000Z");
  EXPECT_EQ(normal("1996-12-19T16:39:57-08:00"), "1996-12-20T00:39:57Z");
  EXPECT_EQ(normal("1937-01-01T12:00:27.87+00:20"), "1937-01-01T11:40:27.870000Z");
  EXPECT_EQ(normal("1985-04-12T23:20:50-00:00"), "1985-04-12T23:20:50Z");
  EXPECT_EQ(normal("2000-02-29T00:00:00Z"), "2000-02-29T00:00:00Z");
  EXPECT_EQ(normal("0000-01-01T00:00:00Z"), "0000-01-01T00:00:00Z");
  EXPECT_EQ(normal("9999-12-31T23:59:59Z"), "9999-12-31T23:59:59Z");
}

TEST(Time, cuts_fractions_to_microseconds) {
  EXPECT_EQ(normal("2020-01-01T00:00:00.1Z"), "2020-01-01T00:00:00.100000Z");
  EXPECT_EQ(normal("2020-01-01T00:00:00.123456Z"), "2020-01-01T00:00:00.123456Z");
  EXPECT_EQ(normal("2020-01-01T00:00:00.123456789Z"), "2020-01-01T00:00:00.123456Z");
  EXPECT_EQ(normal("2020-01-01T00:00:00.000000000Z"), "2020-01-01T00:00:00Z");
}

TEST(Time, takes_a_leap_second_as_the_last_microsecond_of_its_minute) {
  EXPECT_EQ(normal("1990-12-31T23:59:60Z"), "1990-12-31T23:59:59.999999Z");
  EXPECT_EQ(normal("1990-12-31T15:59:60.5-08:00"), "1990-12-31T23:59:59.999999Z");
}

TEST(Time, takes_a_space_for_the_plus_that_a_query_string_lost) {
  EXPECT_EQ(normal("2020-01-01T01:00:00 01:00"), "2020-01-01T00:00:00Z");
}

TEST(Time, refuses_everything_else) {
  for (const auto* text : {"",
                           "2020",
                           "2020-01",
                           "2020-01-01",
                           "2020-01-01T00:00:00",
                           "2020-01-01T00:00Z",
                           "2020-01-01 00:00:00Z",
                           "2020-01-01T00:00:00+0100",
                           "2020-01-01T00:00:00+01",
                           "2020-01-01T00:00:00,5Z",
                           "2020-01-01T00:00:00.Z",
                           "2020-01-01T00:00:00.1234567890Z",
                           "2020-01-01T00:00:61Z",
                           "2020-01-01T00:60:00Z",
                           "2020-01-01T24:00:00Z",
                           "2020-13-01T00:00:00Z",
                           "2020-00-01T00:00:00Z",
                           "2020-01-00T00:00:00Z",
                           "2020-02-30T00:00:00Z",
                           "2021-02-29T00:00:00Z",
                           "1900-02-29T00:00:00Z",
                           "2020-01-01T00:00:00Zz",
                           " 2020-01-01T00:00:00Z",
                           "2020-01-01T00:00:00Z ",
                           "2020-1-01T00:00:00Z",
                           "+2020-01-01T00:00:00Z",
                           "20-01-01T00:00:00Z",
                           "12020-01-01T00:00:00Z",
                           "2020-01-01T00:00:00+24:00",
                           "2020-01-01T00:00:00+00:60",
                           "2020-01-01T-1:00:00Z",
                           "2020-01-01T00:00:00\xE2\x88\x92"
                           "00:30"}) {
    EXPECT_EQ(normal(text), "refused") << text;
  }
}

TEST(Time, reads_back_what_it_writes) {
  std::mt19937_64 random(1);
  const auto first = parse_rfc3339("0000-01-01T00:00:00Z").value().time_since_epoch().count();
  const auto last = parse_rfc3339("9999-12-31T23:59:59.999999Z").value().time_since_epoch().count();
  std::uniform_int_distribution<std::int64_t> any(first, last);
  for (int i = 0; i < 5000; ++i) {
    const Instant instant{microseconds{any(random)}};
    EXPECT_EQ(parse_rfc3339(format_rfc3339(instant)), instant) << format_rfc3339(instant);
  }
}

TEST(Time, is_written_in_the_order_of_time) {
  std::mt19937_64 random(2);
  std::uniform_int_distribution<std::int64_t> any(0, 4'000'000'000);
  for (int i = 0; i < 2000; ++i) {
    const Instant earlier{std::chrono::seconds{any(random)}}, later = earlier + std::chrono::seconds{1};
    EXPECT_LT(format_rfc3339(earlier), format_rfc3339(later));
  }
}

}  // namespace
}  // namespace hayden
