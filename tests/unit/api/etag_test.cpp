#include "api/etag.hpp"

#include <gtest/gtest.h>

namespace hayden::api {
namespace {

TEST(etag, is_weak_and_the_same_for_the_same_parts) {
  EXPECT_EQ(ETag{}.add("a").add("b").text(), ETag{}.add("a").add("b").text());
  EXPECT_TRUE(ETag{}.add("a").text().starts_with("W/\""));
}

TEST(etag, of_two_parts_is_matched_by_its_document) {
  const auto document = ETag{}.add("a").text();
  EXPECT_EQ(with_part(document, ""), document);
  EXPECT_NE(with_part(document, "x"), with_part(document, "y"));
  EXPECT_EQ(document_tags(with_part(document, "x")), document);
  EXPECT_EQ(document_tags("\"other\", " + with_part(document, "x") + ", *"),
            "\"other\", " + document + ", *");
  EXPECT_EQ(document_tags("no-quote"), "no");
}

TEST(etag, differs_when_a_part_or_a_border_between_parts_differs) {
  EXPECT_NE(ETag{}.add("ab").text(), ETag{}.add("ac").text());
  EXPECT_NE(ETag{}.add("ab").add("c").text(), ETag{}.add("a").add("bc").text());
  EXPECT_NE(ETag{}.add("a").text(), ETag{}.add("a").add("").text());
}

}  // namespace
}  // namespace hayden::api
