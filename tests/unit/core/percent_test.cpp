#include "core/percent.hpp"

#include <gmock/gmock.h>

#include "random_bytes.hpp"

namespace hayden {
namespace {

using testing::ElementsAre;
using testing::Optional;
using testing::Pair;

TEST(Percent, decodes_once) {
  EXPECT_EQ(percent_decode("a%20b%2Bc%2fd"), "a b+c/d");
  EXPECT_EQ(percent_decode("%2541"), "%41");
  EXPECT_EQ(percent_decode("%C3%A9"), "é");
}

TEST(Percent, takes_plus_for_a_space_in_query_strings_only) {
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode("a+b", true), "a b");
}

TEST(Percent, refuses_broken_escapes_nul_and_bytes_that_are_not_utf8) {
  for (const auto* text : {"%", "%4", "a%4", "%G0", "%0G", "%%41", "%00", "a%00b", "%FF", "%C3", "%C0%80",
                           "%ED%A0%80", "%F4%90%80%80", "\x80"}) {
    EXPECT_EQ(percent_decode(text), std::nullopt) << text;
  }
}

TEST(Percent, encodes_all_but_unreserved_characters) {
  EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(percent_encode("a b+c/é"), "a%20b%2Bc%2F%C3%A9");
  EXPECT_EQ(percent_encode("a b/c", "/"), "a%20b/c");
}

TEST(Percent, gives_back_any_text_it_encoded) {
  std::mt19937 random(1);
  int texts = 0;
  for (int i = 0; i < 50'000; ++i) {
    const auto bytes = random_bytes(random, 6);
    const auto encoded = percent_encode(bytes);
    EXPECT_EQ(encoded.find_first_of("+/?#& "), std::string::npos);
    if (is_utf8(bytes) && bytes.find('\0') == std::string::npos) {
      ++texts;
      EXPECT_EQ(percent_decode(encoded), bytes);
      EXPECT_EQ(percent_decode(encoded, true), bytes);
    } else {
      EXPECT_EQ(percent_decode(encoded), std::nullopt);
    }
  }
  EXPECT_GT(texts, 1000);
}

TEST(Query, splits_before_it_decodes) {
  EXPECT_THAT(parse_query("a=1%262&b=x%3Dy=z&c=d+e"),
              Optional(ElementsAre(Pair("a", "1&2"), Pair("b", "x=y=z"), Pair("c", "d e"))));
}

TEST(Query, keeps_order_and_duplicates_and_passes_over_empty_pairs) {
  EXPECT_THAT(parse_query("&b=2&&a=1&b=3&"),
              Optional(ElementsAre(Pair("b", "2"), Pair("a", "1"), Pair("b", "3"))));
  EXPECT_THAT(parse_query("flag&empty=&=x"),
              Optional(ElementsAre(Pair("flag", ""), Pair("empty", ""), Pair("", "x"))));
  EXPECT_THAT(parse_query(""), Optional(ElementsAre()));
}

TEST(Query, refuses_a_broken_part_wherever_it_stands) {
  EXPECT_EQ(parse_query("a=1&b=%"), std::nullopt);
  EXPECT_EQ(parse_query("%ZZ=1&b=2"), std::nullopt);
}

TEST(Query, does_not_depend_on_which_characters_were_escaped) {
  std::mt19937 random(2);
  for (int i = 0; i < 2000; ++i) {
    const std::string value = "a&=+%é" + std::to_string(random());
    EXPECT_THAT(parse_query("k=" + percent_encode(value) + "&k=" + percent_encode(value, "=")),
                Optional(ElementsAre(Pair("k", value), Pair("k", value))));
  }
}

TEST(Utf8, takes_the_first_and_last_of_each_length) {
  for (const auto* text : {"\x01", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
                           "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
}

TEST(Utf8, refuses_overlong_forms_surrogates_stray_and_missing_bytes) {
  for (const auto* text :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC2", "\xE2\x82", "\xF0\x9F\x98",
        "\xC2"
        "a"}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

}  // namespace
}  // namespace hayden
