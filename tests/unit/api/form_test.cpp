#include "api/form.hpp"

#include <gtest/gtest.h>

#include <array>

#include "core/problem.hpp"

namespace hayden::api {
namespace {

constexpr std::array pages{Form::json, Form::html, Form::ndjson};
constexpr std::array records{Form::json, Form::yaml, Form::csv};

TEST(preferred_form, is_the_first_where_nothing_is_asked_for) {
  for (const auto* accept : {"", " ", "*/*", "*/*;q=0.1"}) {
    EXPECT_EQ(preferred_form({}, accept, pages), Form::json) << accept;
  }
}

TEST(preferred_form, is_what_the_most_specific_ranges_like_best) {
  EXPECT_EQ(preferred_form({}, "text/html,application/xml;q=0.9,*/*;q=0.8", pages), Form::html);
  EXPECT_EQ(preferred_form({}, "text/*, application/json;q=0.9", pages), Form::html);
  EXPECT_EQ(preferred_form({}, "*/*, Text/HTML", pages), Form::html);
  EXPECT_EQ(preferred_form({}, "application/jsonl;q=1.0, application/json;q=0.9", pages), Form::ndjson);
  EXPECT_EQ(preferred_form({}, "text/html, application/geo+json", pages), Form::json);
  EXPECT_EQ(preferred_form({}, "application/json;q=0, */*", pages), Form::html);
  EXPECT_EQ(preferred_form({}, "text/html;q=x, application/json;q=0.1", pages), Form::json);
  EXPECT_EQ(preferred_form({}, "text/*", records), Form::csv);
  EXPECT_EQ(preferred_form({}, "application/*", records), Form::json);
  EXPECT_EQ(preferred_form({}, "application/x-yaml", records), Form::yaml);
}

TEST(preferred_form, is_none_where_the_client_takes_none) {
  for (const auto* accept : {"image/png", "text/html;q=0", "text/plain", "text/html/x"}) {
    EXPECT_EQ(preferred_form({}, accept, pages), std::nullopt) << accept;
  }
}

TEST(preferred_form, follows_f_before_accept_and_names_what_there_is) {
  EXPECT_EQ(preferred_form("html", "application/json", pages), Form::html);
  try {
    preferred_form("yaml", "", pages);
    FAIL();
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status(), 400);
    EXPECT_STREQ(problem.what(), "f: must be json, html or ndjson");
  }
}

}  // namespace
}  // namespace hayden::api
