#include "auth/token.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace hayden::auth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

TEST(token, is_recognised_by_its_prefix_and_fits_into_a_url) {
  EXPECT_THAT(new_token(), MatchesRegex("hayden_[A-Za-z0-9_-]{47}"));
}

TEST(token, is_another_one_each_time) {
  std::set<std::string> tokens;
  for (int i = 0; i < 100; ++i) tokens.insert(new_token());
  EXPECT_EQ(tokens.size(), 100U);
}

TEST(token, is_known_to_be_mistyped_without_a_database) {
  const auto token = new_token();
  EXPECT_TRUE(is_token(token));
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto mistyped = token;
    mistyped[i] = mistyped[i] == 'x' ? 'y' : 'x';
    EXPECT_FALSE(is_token(mistyped)) << i;
    EXPECT_FALSE(is_token(token.substr(0, i))) << i;
  }
  EXPECT_FALSE(is_token(token + "A"));
}

TEST(token, is_kept_as_its_sha_256) {
  EXPECT_EQ(token_hash("abc").size(), 32U);
  EXPECT_EQ(token_hash("abc").substr(0, 4), "\xba\x78\x16\xbf");
}

class expiry : public ::testing::Test {
 protected:
  Expiry parse(std::string_view text) { return parse_expiry(text, now, "expires", mistakes); }
  Instant now = *parse_rfc3339("2026-05-01T12:00:00Z");
  Mistakes mistakes;
};

TEST_F(expiry, is_a_period_a_date_a_moment_or_never) {
  EXPECT_EQ(parse("never"), Expiry{});
  EXPECT_EQ(parse("12h"), parse_rfc3339("2026-05-02T00:00:00Z"));
  EXPECT_EQ(parse("90d"), parse_rfc3339("2026-07-30T12:00:00Z"));
  EXPECT_EQ(parse("2w"), parse_rfc3339("2026-05-15T12:00:00Z"));
  EXPECT_EQ(parse("2027-01-01"), parse_rfc3339("2027-01-01T00:00:00Z"));
  EXPECT_EQ(parse("2027-01-01T10:00:00+10:00"), parse_rfc3339("2027-01-01T00:00:00Z"));
  EXPECT_TRUE(mistakes.empty());
}

TEST_F(expiry, is_in_the_future_and_within_a_century) {
  parse("0d");
  parse("2026-05-01");
  parse("1000000w");
  EXPECT_THAT(mistakes.all(), ElementsAre("expires: is in the past", "expires: is in the past",
                                          HasSubstr("more than 100 years ahead")));
}

TEST_F(expiry, is_refused_when_it_is_no_time) {
  for (const auto* text :
       {"", "d", "90", "90 d", "-1d", "+1d", "1.5d", "99999999999d", "90x", "2026-13-01", "soon", "Never"}) {
    Mistakes found;
    parse_expiry(text, now, "expires", found);
    EXPECT_THAT(found.all(), ElementsAre(HasSubstr("must be never, a period"))) << text;
  }
}

}  // namespace
}  // namespace hayden::auth
