#include "api/etag.hpp"

#include <gtest/gtest.h>

namespace hayden::api {
namespace {

TEST(etag, is_weak_and_the_same_for_the_same_parts) {
  EXPECT_EQ(ETag{}.add("a").add("b").text(), ETag{}.add("a").add("b").text());
  EXPECT_TRUE(ETag{}.add("a").text().starts_with("W/\""));
}

TEST(etag, differs_when_a_part_or_a_border_between_parts_differs) {
  EXPECT_NE(ETag{}.add("ab").text(), ETag{}.add("ac").text());
  EXPECT_NE(ETag{}.add("ab").add("c").text(), ETag{}.add("a").add("bc").text());
  EXPECT_NE(ETag{}.add("a").text(), ETag{}.add("a").add("").text());
}

}  // namespace
}  // namespace hayden::api
