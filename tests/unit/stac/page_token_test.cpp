#include "stac/page_token.hpp"

#include <gtest/gtest.h>

#include <random>

namespace hayden::stac {
namespace {

TEST(page_token, comes_back_as_it_was_whatever_the_values) {
  std::mt19937 random{1};
  for (int round = 0; round < 500; ++round) {
    PageToken token;
    token.backwards = random() % 2 == 0;
    token.sort = "-datetime,-collection,-id";
    for (unsigned i = 0; i < random() % 4; ++i) {
      std::string value;
      for (unsigned j = 0; j < random() % 20; ++j) value += static_cast<char>(1 + random() % 127);
      token.values.push_back(value + "é/\"+&=%");
    }
    if (random() % 2 == 0) {
      token.matched = static_cast<std::int64_t>(random());
      token.matched_is_estimate = random() % 2 == 0;
    }
    const auto text = token.encode();
    EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
              text.npos);
    const auto back = PageToken::decode(text);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->backwards, token.backwards);
    EXPECT_EQ(back->sort, token.sort);
    EXPECT_EQ(back->values, token.values);
    EXPECT_EQ(back->matched, token.matched);
    EXPECT_EQ(back->matched_is_estimate, token.matched_is_estimate);
  }
}

TEST(page_token, refuses_what_it_did_not_make) {
  for (const char* text : {"", "abc", "!!!!", "bnVsbA", "W10", "W3RydWUsMSxbXV0", "next:collection:item"}) {
    EXPECT_FALSE(PageToken::decode(text)) << text;
  }
  EXPECT_FALSE(PageToken::decode(std::string(5000, 'A')));
  const auto good = PageToken{false, "s", {"1"}, {}, false}.encode();
  for (std::size_t cut = 0; cut < good.size(); ++cut) EXPECT_FALSE(PageToken::decode(good.substr(0, cut)));
}

}  // namespace
}  // namespace hayden::stac
