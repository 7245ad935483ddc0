#include "api/auth.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/token.hpp"

namespace hayden::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

/// Without a database behind it: nothing listens on port 1.
class authenticator : public ::testing::Test {
 protected:
  struct Outcome {
    int status = 200;
    std::string said, challenge;
    Caller caller;
  };
  Outcome require(std::string_view role, const http::Headers& headers = {}) {
    http::Request request;
    request.headers = headers;
    Authenticator checked{settings, pool_, nullptr, nullptr};
    try {
      return {200, {}, {}, checked.require(request, role)};
    } catch (const Refusal& refusal) {
      return {refusal.status(), refusal.what(), refusal.challenge(), {}};
    }
  }

  Settings settings;

 private:
  static db::PoolOptions nowhere() {
    db::PoolOptions options;
    options.url = "postgresql://hayden@127.0.0.1:1/hayden?connect_timeout=1";
    return options;
  }
  db::Pool pool_{nowhere()};
};

TEST(caller, may_do_what_those_below_may) {
  for (std::size_t has = 0; has < roles.size(); ++has) {
    const Caller someone{.name = "x", .role = std::string{roles.at(has)}};
    for (std::size_t needs = 0; needs < roles.size(); ++needs) {
      EXPECT_EQ(someone.may(roles.at(needs)), has >= needs) << has << needs;
    }
    EXPECT_TRUE(someone.may(""));
  }
  EXPECT_FALSE((Caller{.name = "x", .role = ""}.may("agdc_user")));
  EXPECT_FALSE((Caller{.name = "x", .role = "root"}.may("agdc_user")));
}

TEST_F(authenticator, lets_those_without_a_token_read) {
  const auto outcome = require("agdc_user");
  EXPECT_EQ(outcome.status, 200);
  EXPECT_TRUE(outcome.caller.anonymous());
}

TEST_F(authenticator, asks_for_a_token_where_more_is_needed) {
  const auto outcome = require("agdc_ingest");
  EXPECT_EQ(outcome.status, 401);
  EXPECT_THAT(outcome.said,
              HasSubstr("takes the role agdc_ingest, and without a token you have the role agdc_user"));
  EXPECT_EQ(outcome.challenge, R"(Bearer realm="hayden")");
}

TEST_F(authenticator, lets_nobody_read_without_a_token_when_told_so) {
  settings.anonymous_role = "";
  EXPECT_EQ(require("agdc_user").status, 401);
  EXPECT_EQ(require("").status, 200);
}

TEST_F(authenticator, refuses_what_is_no_token_without_asking_the_database) {
  auto mistyped = auth::new_token();
  mistyped.back() = mistyped.back() == 'A' ? 'B' : 'A';
  for (const std::string& value :
       {std::string{}, std::string{"Bearer"}, std::string{"Bearer "}, std::string{"Basic eDp5"},
        std::string{"Bearer a b"}, std::string{"Bearer \"a\""}, std::string{"Bearer =="},
        std::string{"Bearer opaque"}, std::string{"Bearer hayden_"}, "Bearer " + mistyped,
        std::string{"Bearer\ta"}}) {
    for (const auto* role : {"", "agdc_user", "agdc_admin"}) {
      const auto outcome = require(role, {{"authorization", value}});
      EXPECT_EQ(outcome.status, 401) << value;
      EXPECT_THAT(outcome.challenge, HasSubstr(R"(error="invalid_token", error_description=")")) << value;
    }
  }
}

TEST_F(authenticator, takes_the_scheme_in_any_case_and_one_header_only) {
  EXPECT_THAT(require("", {{"AUTHORIZATION", "bEARER   hayden_x"}}).said, HasSubstr("mistyped"));
  EXPECT_THAT(require("", {{"Authorization", "Bearer a"}, {"authorization", "Bearer b"}}).said,
              HasSubstr("one Authorization header"));
}

TEST(role_map, leads_from_values_of_a_claim_to_roles) {
  EXPECT_THAT(parse_role_map("reader=agdc_user,a=b=agdc_admin"),
              ElementsAre(Pair("reader", "agdc_user"), Pair("a=b", "agdc_admin")));
  EXPECT_THAT(parse_role_map(""), ElementsAre());
}

TEST(role_map, names_every_mistake_at_once) {
  try {
    parse_role_map("a=root,b,=agdc_user,c=agdc_user,");
    FAIL();
  } catch (const Problem& problem) {
    for (const auto* entry : {"'a=root'", "'b'", "'=agdc_user'"})
      EXPECT_THAT(problem.what(), HasSubstr(entry));
    EXPECT_THAT(problem.what(), Not(HasSubstr("'c=")));
  }
}

}  // namespace
}  // namespace hayden::api
