#include "core/problem.hpp"

#include <gtest/gtest.h>

namespace hayden {
namespace {

TEST(Mistakes, do_nothing_while_there_are_none) {
  const Mistakes mistakes;
  EXPECT_TRUE(mistakes.empty());
  EXPECT_NO_THROW(mistakes.throw_if_any());
}

TEST(Mistakes, are_all_named_in_one_problem) {
  Mistakes mistakes;
  mistakes.add("bbox", "expected 4 or 6 numbers, got 3");
  mistakes.add("limit", "expected a whole number");
  mistakes.add("", "bbox and intersects exclude each other");
  try {
    mistakes.throw_if_any();
    FAIL() << "nothing was thrown";
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status(), 400);
    EXPECT_EQ(problem.code(), "InvalidParameterValue");
    EXPECT_STREQ(problem.what(),
                 "bbox: expected 4 or 6 numbers, got 3; limit: expected a whole number; "
                 "bbox and intersects exclude each other");
  }
}

}  // namespace
}  // namespace hayden
