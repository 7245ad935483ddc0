#include "core/interval.hpp"

#include <gmock/gmock.h>

namespace hayden {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string shown(std::string_view text) {
  Mistakes mistakes;
  const auto interval = parse_interval(text, mistakes);
  if (!interval) return "refused";
  const auto end = [](const std::optional<Instant>& instant) {
    return instant ? format_rfc3339(*instant) : "..";
  };
  return end(interval->start) + "/" + end(interval->end);
}

TEST(Interval, takes_an_instant_as_an_interval_of_no_length) {
  EXPECT_EQ(shown("2020-01-31T18:55:02Z"), "2020-01-31T18:55:02Z/2020-01-31T18:55:02Z");
}

TEST(Interval, takes_two_ends_and_either_open) {
  EXPECT_EQ(shown("2020-01-01T00:00:00Z/2021-01-01T00:00:00Z"), "2020-01-01T00:00:00Z/2021-01-01T00:00:00Z");
  EXPECT_EQ(shown("2020-01-01T00:00:00Z/2020-01-01T00:00:00Z"), "2020-01-01T00:00:00Z/2020-01-01T00:00:00Z");
  EXPECT_EQ(shown("2020-01-01T00:00:00Z/.."), "2020-01-01T00:00:00Z/..");
  EXPECT_EQ(shown("2020-01-01T00:00:00Z/"), "2020-01-01T00:00:00Z/..");
  EXPECT_EQ(shown("../2020-01-01T00:00:00Z"), "../2020-01-01T00:00:00Z");
  EXPECT_EQ(shown("/2020-01-01T00:00:00Z"), "../2020-01-01T00:00:00Z");
}

TEST(Interval, refuses_what_is_open_at_both_ends) {
  for (const auto* text : {"", "/", "..", "../..", "../", "/.."}) EXPECT_EQ(shown(text), "refused") << text;
}

TEST(Interval, refuses_three_parts_and_bad_parts) {
  for (const auto* text :
       {"2020-01-01T00:00:00Z/2021-01-01T00:00:00Z/2022-01-01T00:00:00Z", "2020-01-01/2021-01-01", "2020",
        "2020-01-01T00:00:00Z/.", "2020-01-01T00:00:00Z/...", "2020-01-01T00:00:00Z/2021", "null"}) {
    EXPECT_EQ(shown(text), "refused") << text;
  }
}

TEST(Interval, says_when_it_ends_before_it_starts) {
  Mistakes mistakes;
  EXPECT_FALSE(parse_interval("2021-01-01T00:00:00Z/2020-01-01T00:00:00Z", mistakes));
  EXPECT_THAT(mistakes.all(), ElementsAre("datetime: the interval ends before it starts"));
}

TEST(Interval, quotes_only_the_beginning_of_a_long_mistake) {
  Mistakes mistakes;
  EXPECT_FALSE(parse_interval(std::string(100'000, 'x'), mistakes));
  ASSERT_EQ(mistakes.all().size(), 1U);
  EXPECT_THAT(mistakes.all()[0], HasSubstr("RFC 3339"));
  EXPECT_LT(mistakes.all()[0].size(), 400U);
}

}  // namespace
}  // namespace hayden
