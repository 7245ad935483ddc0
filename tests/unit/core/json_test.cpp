#include "core/exact_json.hpp"

#include <gmock/gmock.h>

#include "core/percent.hpp"
#include "random_bytes.hpp"

namespace hayden {
namespace {

using testing::HasSubstr;

std::string refusal(std::string_view text) {
  try {
    parse_json(text);
    return "accepted";
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status(), 400);
    EXPECT_EQ(problem.code(), "InvalidJson");
    return problem.what();
  }
}

TEST(Json, keeps_the_members_in_the_order_they_came) {
  EXPECT_EQ(dump_json(parse_json(R"({"z": 1, "a": [true, null, "é"]})")), R"({"z":1,"a":[true,null,"é"]})");
}

TEST(Json, says_where_the_syntax_is_wrong) {
  EXPECT_THAT(refusal(R"({"a": })"), HasSubstr("byte 7"));
  EXPECT_THAT(refusal(""), HasSubstr("byte"));
  EXPECT_THAT(refusal("{} {}"), HasSubstr("byte"));
  EXPECT_THAT(refusal("\"\xFF\""), HasSubstr("byte"));
}

TEST(Json, refuses_numbers_no_double_holds) { EXPECT_THAT(refusal("1e999"), HasSubstr("out of range")); }

TEST(Json, reads_numbers_as_the_library_does) {
  std::mt19937 random(3);
  constexpr std::string_view pieces[] = {"-", "0", "1", "9", "922337203685477580", "18446744073709551615",
                                         ".", "e", "E", "+"};
  int accepted = 0;
  for (int i = 0; i < 100'000; ++i) {
    std::string text = "[";
    for (auto count = 1 + random() % 6; count > 0; --count) text += pieces[random() % std::size(pieces)];
    text += " ]";
    const auto by_library = Json::parse(text, nullptr, false);
    const bool is_accepted = refusal(text) == "accepted";
    ASSERT_EQ(is_accepted, !by_library.is_discarded()) << text;
    if (!is_accepted) continue;
    ++accepted;
    ASSERT_EQ(dump_json(parse_json(text)), dump_json(by_library)) << text;
  }
  EXPECT_GT(accepted, 10'000);
}

TEST(append_json_string, writes_what_the_library_would_write_wherever_a_character_stands) {
  for (int c = 0; c < 256; ++c) {
    for (std::size_t length = 1; length <= 17; ++length) {
      for (std::size_t at = 0; at < length; ++at) {
        std::string text(length, ' ');
        text[at] = static_cast<char>(c);
        std::string written;
        append_json_string(written, text);
        ASSERT_EQ(written, Json(text).dump(-1, ' ', false, Json::error_handler_t::replace))
            << c << " at " << at << " of " << length;
      }
    }
  }
}

TEST(exact_json, keeps_numbers_as_they_were_written_where_a_double_would_lose_digits) {
  const std::string text =
      R"({"big":[12345678901234567890123,-18446744073709551616,18446744073709551615],"z":)"
      R"([0.12345678901234567890,3.0000000000000001,1.00000000000000001e10,0.1,100.5],"a":"1\\u0000"})";
  const auto exact = parse_exact_json(text);
  EXPECT_EQ(dump_exact_json(exact), text);
  EXPECT_TRUE(has_exact_numbers(exact));
  const auto plain = rounded(exact);
  EXPECT_FALSE(has_exact_numbers(plain));
  EXPECT_EQ(plain, parse_json(text));
}

TEST(exact_json, holds_as_numbers_what_a_double_or_an_integer_holds) {
  const auto exact = parse_exact_json("[1e5, 0.1, -9223372036854775808, 0.30000000000000004, 0.0, 1.5e-300]");
  EXPECT_FALSE(has_exact_numbers(exact));
  EXPECT_EQ(dump_exact_json(exact), "[100000.0,0.1,-9223372036854775808,0.30000000000000004,0.0,1.5e-300]");
}

TEST(exact_json, keeps_numbers_through_a_merge) {
  auto exact = parse_exact_json(R"({"a": 12345678901234567890123, "b": 1})");
  exact.merge_patch(parse_exact_json(R"({"b": 98765432109876543210})"));
  EXPECT_EQ(dump_exact_json(exact), R"({"a":12345678901234567890123,"b":98765432109876543210})");
}

/// What goes to the sink, and what is returned.
std::pair<std::string, std::string> parts_of(std::string_view text) {
  Json elements = "no list";
  const ElementSink sink{.begin = [&] { elements = Json::array(); },
                         .element = [&](Json element) { elements.push_back(std::move(element)); }};
  const auto rest = parse_exact_list(text, "features", sink);
  return {dump_exact_json(elements), dump_exact_json(rest)};
}

TEST(parse_exact_list, hands_out_the_elements_of_a_list) {
  using Parts = std::pair<std::string, std::string>;
  EXPECT_EQ(parts_of(R"([1,[2,[3]],{"features":[4]},"a"])"),
            Parts(R"([1,[2,[3]],{"features":[4]},"a"])", "[]"));
  EXPECT_EQ(
      parts_of(R"({"a":[1],"features":[{"features":[2]},0.12345678901234567890],"b":{"features":[3]}})"),
      Parts(R"([{"features":[2]},0.12345678901234567890])",
            R"({"a":[1],"features":[],"b":{"features":[3]}})"));
  EXPECT_EQ(parts_of(R"({"features":[1],"features":[2]})"), Parts("[2]", R"({"features":[]})"));
  EXPECT_EQ(parts_of(R"({"a":[[1]]})"), Parts(R"("no list")", R"({"a":[[1]]})"));
  // An integer that simdjson does not take has the text read once more.
  EXPECT_EQ(parts_of("[1,12345678901234567890123]"), Parts("[1,12345678901234567890123]", "[]"));
  EXPECT_THROW(parts_of("[1,"), Problem);
}

TEST(Json, refuses_nul_in_strings_and_in_names) {
  EXPECT_THAT(refusal(R"(["\u0000"])"), HasSubstr("NUL"));
  EXPECT_THAT(refusal(R"({"a\u0000b": 1})"), HasSubstr("NUL"));
}

TEST(Json, is_64_levels_deep_at_most) {
  EXPECT_EQ(refusal(std::string(64, '[') + std::string(64, ']')), "accepted");
  EXPECT_THAT(refusal(std::string(65, '[') + std::string(65, ']')), HasSubstr("64 levels"));
}

TEST(Json, survives_a_hundred_thousand_levels) {
  EXPECT_THAT(refusal(std::string(100'000, '[')), HasSubstr("64 levels"));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += R"({"a":)";
  EXPECT_THAT(refusal(objects), HasSubstr("64 levels"));
}

TEST(Json, reads_a_hundred_thousand_members_of_one_object) {
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) text += '"' + std::to_string(i) + R"(":1,)";
  EXPECT_EQ(parse_json(text + R"("7":2})").size(), 100'000);
  EXPECT_EQ(parse_json(text + R"("7":2})")["7"], 2);
}

TEST(Json, of_members_with_one_name_takes_the_last_in_the_place_of_the_first) {
  std::mt19937 random(2);
  for (std::size_t members = 0; members < 100; ++members) {
    std::string text = "{";
    for (std::size_t i = 0; i < members; ++i) {
      text += (i == 0 ? "\"" : ",\"") + std::to_string(random() % 60) + "\":" + std::to_string(i);
    }
    text += '}';
    EXPECT_EQ(dump_json(parse_json(text)), dump_json(Json::parse(text))) << text;
  }
}

TEST(Json, either_refuses_or_reads_back_what_it_writes) {
  std::mt19937 random(1);
  constexpr std::string_view pieces[] = {"{",     "}", "[",      "]",    ",",    ":",
                                         "\"a\"", "1", "-0.5e3", "null", "true", " "};
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto count = random() % 8; count > 0; --count) text += pieces[random() % std::size(pieces)];
    if (refusal(text) != "accepted") continue;
    ++accepted;
    const auto json = parse_json(text);
    EXPECT_EQ(parse_json(dump_json(json)), json) << text;
  }
  EXPECT_GT(accepted, 100);
}

TEST(Json, writes_any_bytes_as_a_string_of_valid_utf8) {
  std::mt19937 random(2);
  for (int i = 0; i < 2000; ++i) {
    std::string out = "[";
    append_json_string(out, random_bytes(random, 32));
    EXPECT_TRUE(is_utf8(out));
    EXPECT_TRUE(Json::accept(out + "]"));
  }
}

}  // namespace
}  // namespace hayden
