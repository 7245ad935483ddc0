#include "odc/query.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hayden::odc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using enum Comparison;

std::vector<Condition> parse(std::string_view text) {
  Mistakes mistakes;
  auto conditions = parse_expressions(text, mistakes);
  EXPECT_THAT(mistakes.all(), IsEmpty()) << text;
  return conditions;
}

std::string mistake(std::string_view text) {
  Mistakes mistakes;
  EXPECT_THAT(parse_expressions(text, mistakes), IsEmpty());
  return mistakes.all().empty() ? "" : mistakes.all().front();
}

TEST(parse_expressions, reads_one_condition_after_the_other) {
  EXPECT_THAT(
      parse("product=ls8 lat in [-40, -30] time in 2014-03 cloud_cover < 10 platform in [\"a\", \"b\"]"),
      ElementsAre(Condition{"product", equals, {"ls8"}}, Condition{"lat", between, {"-40", "-30"}},
                  Condition{"time", equals, {"2014-03"}}, Condition{"cloud_cover", less, {"10"}},
                  Condition{"platform", in, {"a", "b"}}));
  EXPECT_THAT(parse(""), IsEmpty());
  EXPECT_THAT(parse(" \n\t "), IsEmpty());
}

TEST(parse_expressions, takes_every_kind_of_value) {
  for (const char* value :
       {"4", "-1.5", "1e5", "LANDSAT_8", "ls8_x-1.2", "3b", "2014-03-02", "2014-03-05T10:20:30Z",
        "5e1359de-0f91-5988-a6f0-8a0a840906f4", "s3://a-b/c.d/e_f", "file:///a/x.yaml"}) {
    EXPECT_THAT(parse(std::string("x = ") + value), ElementsAre(Condition{"x", equals, {value}}));
  }
  EXPECT_THAT(
      parse(R"(x="LAND SAT = [8]" y="a \"b\" \\ \c")"),
      ElementsAre(Condition{"x", equals, {"LAND SAT = [8]"}}, Condition{"y", equals, {"a \"b\" \\ \\c"}}));
}

TEST(parse_expressions, tells_ranges_from_lists) {
  EXPECT_THAT(parse("time in [2014, 2015-06-01]"),
              ElementsAre(Condition{"time", between, {"2014", "2015-06-01"}}));
  EXPECT_THAT(parse("lat in [-14,-23.5]"), ElementsAre(Condition{"lat", between, {"-14", "-23.5"}}));
  EXPECT_THAT(parse("code in [\"1\", \"2\"]"), ElementsAre(Condition{"code", in, {"1", "2"}}));
  EXPECT_THAT(parse("platform in [a, b]"), ElementsAre(Condition{"platform", in, {"a", "b"}}));
  EXPECT_THAT(parse("orbit in [1, 2, 3]"), ElementsAre(Condition{"orbit", in, {"1", "2", "3"}}));
  EXPECT_THAT(parse("orbit in[1]"), ElementsAre(Condition{"orbit", in, {"1"}}));
}

TEST(parse_expressions, compares) {
  EXPECT_THAT(parse("a<1 b<=2 c>3 d>=4"),
              ElementsAre(Condition{"a", less, {"1"}}, Condition{"b", at_most, {"2"}},
                          Condition{"c", greater, {"3"}}, Condition{"d", at_least, {"4"}}));
}

TEST(parse_expressions, holds_the_period_itself_when_time_is_compared) {
  EXPECT_THAT(parse("time < 2014-03 time > 2013"),
              ElementsAre(Condition{"time", at_most, {"2014-03"}}, Condition{"time", at_least, {"2013"}}));
}

TEST(parse_expressions, names_the_position_of_a_mistake) {
  EXPECT_EQ(mistake("= 3"), "position 1: expected the name of a field");
  EXPECT_EQ(mistake("a=1 4=b"), "position 5: expected the name of a field");
  EXPECT_THAT(mistake("lat"), HasSubstr("position 4: expected ="));
  EXPECT_EQ(mistake("lat in"), "position 5: expected =, <, <=, >, >= or in after a field's name");
  EXPECT_EQ(mistake("time in [2014, ]"), "position 16: expected a value");
  EXPECT_EQ(mistake("time in [2014 2015]"), "position 15: expected , or ] in a list");
  EXPECT_EQ(mistake("a = \"b"), "position 7: expected a closing quotation mark");
  EXPECT_THAT(mistake("a=b and c=d"), HasSubstr("position 9: expected ="));
  EXPECT_THAT(mistake("a=b or c=d"), HasSubstr("position 8: expected ="));
  EXPECT_EQ(mistake(std::string(70000, ' ')), "expressions: must be at most 64 kB long");
}

std::pair<std::string, std::string> period(std::string_view text) {
  const auto found = parse_period(text);
  return found ? std::pair(found->begin, found->end) : std::pair<std::string, std::string>();
}

TEST(parse_period, covers_the_whole_of_a_shortened_date) {
  using Ends = std::pair<std::string, std::string>;
  EXPECT_EQ(period("2014"), Ends("2014-01-01T00:00:00Z", "2014-12-31T23:59:59.999999Z"));
  EXPECT_EQ(period("2016-02"), Ends("2016-02-01T00:00:00Z", "2016-02-29T23:59:59.999999Z"));
  EXPECT_EQ(period("2014-3"), Ends("2014-03-01T00:00:00Z", "2014-03-31T23:59:59.999999Z"));
  EXPECT_EQ(period("2014-12"), Ends("2014-12-01T00:00:00Z", "2014-12-31T23:59:59.999999Z"));
  EXPECT_EQ(period("2014-3-5"), Ends("2014-03-05T00:00:00Z", "2014-03-05T23:59:59.999999Z"));
  EXPECT_EQ(period("2014-03-05T10:20Z"), Ends("2014-03-05T10:20:00Z", "2014-03-05T10:20:59.999999Z"));
  EXPECT_EQ(period("2014-03-05 10:20:30"), Ends("2014-03-05T10:20:30Z", "2014-03-05T10:20:30.999999Z"));
  EXPECT_EQ(period("2014-03-05T10:20:30.5Z"),
            Ends("2014-03-05T10:20:30.500000Z", "2014-03-05T10:20:30.500000Z"));
  EXPECT_EQ(period("9999"), Ends("9999-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"));
}

TEST(parse_period, brings_other_zones_to_utc) {
  EXPECT_EQ(period("2014-03-05T10:20:30+10:00").first, "2014-03-05T00:20:30Z");
}

TEST(parse_period, refuses_what_is_no_date) {
  for (const char* none :
       {"", "x", "14", "0000", "2014-", "2014-13", "2014-02-30", "2014-03-05-06", "20140305", "+2014",
        "2014-03-05T", "2014-03-05T25:00", "2014-003", "2014-03-05T10:20:30+25:00", "-2014"}) {
    EXPECT_EQ(parse_period(none).has_value(), false) << none;
  }
}

TEST(fields_of, holds_fixed_and_own_fields) {
  const auto fields =
      fields_of(Json::parse(R"({"dataset": {"creation_dt": ["properties", "made"], "search_fields": {
      "cloud": {"type": "double", "description": "d", "offset": ["properties", "cloud"], "indexed": false},
      "time": {"type": "datetime-range", "min_offset": [["a"], ["b", "c"]], "max_offset": [["d"]]},
      "label": {"offset": ["own"]}}}})"));
  std::vector<std::string> names;
  for (const auto& field : fields) names.push_back(field.name);
  EXPECT_THAT(names, ElementsAre("id", "creation_time", "format", "cloud", "time", "label"));
  EXPECT_THAT(fields[1].offsets, ElementsAre(ElementsAre("properties", "made")));
  EXPECT_THAT(fields[2].offsets, ElementsAre(ElementsAre("format", "name")));
  EXPECT_EQ(fields[3].type, "double");
  EXPECT_EQ(fields[3].description, "d");
  EXPECT_FALSE(fields[3].indexed);
  EXPECT_TRUE(fields[4].is_range());
  EXPECT_THAT(fields[4].lower, ElementsAre(ElementsAre("a"), ElementsAre("b", "c")));
  EXPECT_THAT(fields[4].upper, ElementsAre(ElementsAre("d")));
  EXPECT_EQ(fields[5].type, "string");
  EXPECT_THAT(fields[5].offsets, ElementsAre(ElementsAre("own")));
}

}  // namespace
}  // namespace hayden::odc
