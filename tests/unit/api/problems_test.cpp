#include "api/problems.hpp"

#include <gtest/gtest.h>

#include "core/json.hpp"
#include "core/problem.hpp"

namespace hayden::api {
namespace {

template <typename Exception>
http::Response answer_to(const Exception& exception) {
  try {
    throw exception;
  } catch (...) {
    return current_exception_response("request-1");
  }
}

TEST(problems, tell_the_client_what_a_problem_says) {
  const auto response = answer_to(Problem(404, "NotFound", "there is no collection 'x\"y'"));
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.header("Content-Type"), "application/json");
  EXPECT_EQ(parse_json(response.body),
            parse_json(R"({"code":"NotFound","description":"there is no collection 'x\"y'"})"));
}

TEST(problems, keep_every_other_exception_to_themselves) {
  for (const auto& response : {answer_to(std::runtime_error("select secret from table")), answer_to(42)}) {
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(response.body.find("secret"), std::string::npos);
    EXPECT_EQ(parse_json(response.body)["code"], "InternalError");
  }
}

TEST(problems, say_when_to_come_again) {
  EXPECT_EQ(answer_to(Problem(503, "DatabaseUnavailable", "away")).header("Retry-After"), "1");
  EXPECT_FALSE(answer_to(Problem(400, "x", "y")).header("Retry-After"));
}

TEST(problems, survive_descriptions_that_are_not_utf8) {
  EXPECT_NO_THROW(parse_json(problem_response(400, "x", "bad \xff byte").body));
}

}  // namespace
}  // namespace hayden::api
