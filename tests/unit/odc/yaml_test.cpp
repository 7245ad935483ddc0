#include "odc/yaml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace hayden::odc {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

Json parse_one(std::string_view text) {
  const auto documents = parse_yaml(text);
  EXPECT_EQ(documents.size(), 1U) << text;
  return documents.empty() ? Json() : documents.front();
}

std::string refusal(std::string_view text, std::size_t largest = std::size_t{1} << 20U) {
  try {
    parse_yaml(text, largest);
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status(), 400);
    EXPECT_EQ(problem.code(), "InvalidYaml");
    return problem.what();
  }
  ADD_FAILURE() << "not refused: " << text.substr(0, 100);
  return "";
}

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

/// What PyYAML's safe loader without timestamps, which datacube reads with, makes of plain scalars.
TEST(parse_yaml, reads_plain_scalars_as_datacube_does) {
  const std::vector<std::pair<const char*, Json>> known = {
      {"~", nullptr},
      {"null", nullptr},
      {"Null", nullptr},
      {"nULL", "nULL"},
      {"yes", true},
      {"Off", false},
      {"y", "y"},
      {"true", true},
      {"tRUE", "tRUE"},
      {"12", 12},
      {"+12", 12},
      {"-12", -12},
      {"017", 15},
      {"08", "08"},
      {"0o17", "0o17"},
      {"0x1F", 31},
      {"-0x1f", -31},
      {"0X1F", "0X1F"},
      {"0b101", 5},
      {"0b2", "0b2"},
      {"1_000", 1000},
      {"_1", "_1"},
      {"12:30", 750},
      {"-1:30", -90},
      {"12:60", "12:60"},
      {"190:20:30.15", 685230.15},
      {"1.5", 1.5},
      {"1.", 1.0},
      {".5", 0.5},
      {"+.5", "+.5"},
      {"1e5", "1e5"},
      {"1.0e5", "1.0e5"},
      {"1.0e+5", 100000.0},
      {"1.0e-400", 0.0},
      {"1.0e+400", "Infinity"},
      {".nan", "NaN"},
      {".inf", "Infinity"},
      {"-.INF", "-Infinity"},
      {".iNF", ".iNF"},
      {"2014-03-05", "2014-03-05"},
      {"2014-03-05T10:20:30Z", "2014-03-05T10:20:30Z"},
      {"2014", 2014},
      {"9223372036854775808", std::uint64_t{9223372036854775808U}},
      {"-9223372036854775808", std::numeric_limits<std::int64_t>::min()},
      {"99999999999999999999", 1e20},
      {"1,000", "1,000"},
      {"a b", "a b"},
  };
  for (const auto& [text, value] : known) {
    const Json document = parse_one(std::string("k: ") + text);
    EXPECT_EQ(document["k"], value) << text;
    EXPECT_EQ(document["k"].is_string(), value.is_string()) << text;
  }
}

TEST(parse_yaml, keeps_quoted_text_as_it_is) {
  EXPECT_EQ(parse_one(R"(["12", 'yes', "~", '', "a\n\u00e9", 'it''s'])"),
            Json({"12", "yes", "~", "", "a\n\u00e9", "it's"}));
}

TEST(parse_yaml, keeps_members_in_their_order_and_makes_keys_text) {
  const Json document = parse_one("z: 1\na: 2\n1: x\nyes: y\n~: n\n1.5: f\n");
  EXPECT_EQ(dump_json(document), R"({"z":1,"a":2,"1":"x","True":"y","None":"n","1.5":"f"})");
}

TEST(parse_yaml, reads_every_document_of_a_stream) {
  const auto documents = parse_yaml("---\na: 1\n---\n- 2\n...\n---\n---\nlast\n");
  EXPECT_EQ(documents, (std::vector<Json>{{{"a", 1}}, Json::array({2}), nullptr, "last"}));
  EXPECT_TRUE(parse_yaml("").empty());
  EXPECT_TRUE(parse_yaml("# nothing\n").empty());
}

TEST(parse_yaml, repeats_what_aliases_name) {
  EXPECT_EQ(parse_one("a: &x [1, 2]\nb: *x\n"), Json({{"a", {1, 2}}, {"b", {1, 2}}}));
}

TEST(parse_yaml, merges_mappings_under_explicit_members) {
  const Json document = parse_one(
      "one: &one {dtype: int16, units: '1'}\n"
      "two: &two {units: m, nodata: 0}\n"
      "merged: {units: K, <<: [*one, *two]}\n"
      "plain: {<<: *one, name: red}\n");
  EXPECT_EQ(dump_json(document["merged"]), R"({"dtype":"int16","units":"K","nodata":0})");
  EXPECT_EQ(dump_json(document["plain"]), R"({"dtype":"int16","units":"1","name":"red"})");
  EXPECT_EQ(parse_one("{'<<': 1}"), Json({{"<<", 1}}));
  EXPECT_THAT(refusal("<<: 3"), HasSubstr("<<"));
}

TEST(parse_yaml, understands_the_tags_of_yaml_only) {
  EXPECT_EQ(parse_one("[!!str 12, !!int '12', !!float 3, !!bool 'yes', !!null '']"),
            Json({"12", 12, 3.0, true, nullptr}));
  EXPECT_THAT(refusal("!!python/object/apply:os.system ['ls']"), HasSubstr("tags"));
  EXPECT_THAT(refusal("!own x"), HasSubstr("tags"));
  EXPECT_THAT(refusal("!!binary aGk="), HasSubstr("tags"));
  EXPECT_THAT(refusal("!!int x"), HasSubstr("!!int"));
}

TEST(parse_yaml, says_where_text_is_no_yaml) {
  EXPECT_THAT(refusal("a: 1\nb: [1, 2"), StartsWith("line 2"));
  EXPECT_THAT(refusal("a: 1\n b: 2\n"), HasSubstr("column"));
  EXPECT_THAT(refusal("a: *nowhere\n"), StartsWith("line 1"));
}

TEST(parse_yaml, refuses_a_key_that_stands_twice) {
  EXPECT_EQ(refusal("a: 1\nb: 2\na: 3\n"), "line 3, column 1: the key \"a\" stands twice");
  EXPECT_THAT(refusal("1: x\n'1': y\n"), HasSubstr("stands twice"));
}

TEST(parse_yaml, refuses_keys_that_are_no_scalars) {
  EXPECT_THAT(refusal("? [a]\n: 1\n"), HasSubstr("key"));
  EXPECT_THAT(refusal("? {a: 1}\n: 1\n"), HasSubstr("key"));
}

TEST(parse_yaml, refuses_what_json_or_the_database_cannot_hold) {
  EXPECT_THAT(refusal("\"a\\0b\""), HasSubstr("NUL"));
  EXPECT_THAT(refusal("\"\\x00\""), HasSubstr("NUL"));
  EXPECT_THAT(refusal(std::string_view("a\0b", 3)), HasSubstr("NUL"));
  EXPECT_THAT(refusal("a: \xff"), HasSubstr("UTF-8"));
  EXPECT_THAT(refusal("a: " + std::string(400, '9')), HasSubstr("range"));
}

TEST(parse_yaml, refuses_deep_nesting_of_any_kind) {
  EXPECT_NO_THROW(parse_yaml(repeated("[", 64) + repeated("]", 64)));
  for (const auto& deep : {repeated("[", 65) + repeated("]", 65), repeated("- ", 1000) + "x",
                           repeated("{a: ", 100) + "1" + repeated("}", 100), repeated("[", 100000)}) {
    EXPECT_THAT(refusal(deep), HasSubstr("line 1")) << deep.substr(0, 20);
  }
  const std::string nested = "a: &a " + repeated("[", 40) + repeated("]", 40) + "\n";
  EXPECT_THAT(refusal(nested + "b: " + repeated("[", 30) + "*a" + repeated("]", 30)), HasSubstr("deeper"));
}

TEST(parse_yaml, refuses_aliases_that_blow_up) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + repeated(before + ", ", 10) + "]\n";
  }
  EXPECT_THAT(refusal(bomb), HasSubstr("larger than 1048576 bytes"));
  EXPECT_THAT(refusal("a: &a [*a]\n"), HasSubstr("alias"));
}

TEST(parse_yaml, refuses_text_that_is_too_large) {
  EXPECT_THAT(refusal(repeated("# comment\n", 20), 100), HasSubstr("larger than 100 bytes"));
}

TEST(parse_yaml, reads_mappings_of_many_keys_in_linear_time) {
  std::string text;
  for (int i = 0; i < 50000; ++i) text += "key" + std::to_string(i) + ": 1\n";
  EXPECT_EQ(parse_one(text).size(), 50000U);
}

TEST(dump_yaml, writes_blocks_that_people_read) {
  const Json document = {{"name", "ls8"},
                         {"metadata", {{"product", {{"name", "ls8"}}}}},
                         {"shape", {7941, 7811}},
                         {"ring", {{{0.5, 1}, {2, 3}}}},
                         {"fields", {{{"offset", {"properties", "eo:platform"}}, {"indexed", false}}, "x"}},
                         {"none", nullptr},
                         {"empty", Json::array()},
                         {"nothing", Json::object()},
                         {"lists", Json::array({Json::array({"a", "b"}), Json::array()})}};
  EXPECT_EQ(dump_yaml(document),
            "name: ls8\n"
            "metadata:\n"
            "  product:\n"
            "    name: ls8\n"
            "shape: [7941, 7811]\n"
            "ring: [[[0.5, 1], [2, 3]]]\n"
            "fields:\n"
            "  - offset:\n"
            "      - properties\n"
            "      - eo:platform\n"
            "    indexed: false\n"
            "  - x\n"
            "none: null\n"
            "empty: []\n"
            "nothing: {}\n"
            "lists:\n"
            "  - - a\n"
            "    - b\n"
            "  - []\n");
}

TEST(dump_yaml, parts_several_documents) {
  EXPECT_EQ(dump_yaml(std::vector<Json>{{{"a", 1}}, {{"b", 2}}}), "---\na: 1\n---\nb: 2\n");
  EXPECT_EQ(dump_yaml(std::vector<Json>{{{"a", 1}}}), "a: 1\n");
}

/// Read back as the same text by PyYAML (C and Python) and ruamel.yaml (YAML 1.2) when this list was made.
const std::vector<std::string>& tricky_texts() {
  static const std::vector<std::string> texts = {"",
                                                 " ",
                                                 "~",
                                                 "null",
                                                 "NULL",
                                                 "true",
                                                 "yes",
                                                 "No",
                                                 "on",
                                                 "OFF",
                                                 "y",
                                                 "N",
                                                 "nan",
                                                 "inf",
                                                 ".inf",
                                                 ".NaN",
                                                 "0",
                                                 "-1",
                                                 "+1",
                                                 "007",
                                                 "0o17",
                                                 "0x1F",
                                                 "0b1",
                                                 "1_000",
                                                 "12:30",
                                                 "1e5",
                                                 "1.5",
                                                 ".5",
                                                 "1.",
                                                 "1.0e+5",
                                                 "=",
                                                 "<<",
                                                 "2014",
                                                 "2014-03",
                                                 "2014-03-05",
                                                 "2014-03-05T10:20:30Z",
                                                 "2014-03-05 10:20:30",
                                                 "a: b",
                                                 "a:",
                                                 ": a",
                                                 "a #b",
                                                 "#a",
                                                 "- a",
                                                 "-",
                                                 "?",
                                                 "? a",
                                                 "a b",
                                                 "a ",
                                                 " a",
                                                 "a\nb",
                                                 "\n",
                                                 "a\n\n",
                                                 "\ta",
                                                 "a\tb",
                                                 "a\rb",
                                                 "'",
                                                 "\"",
                                                 "it's",
                                                 "\"q\"",
                                                 "a\\b",
                                                 "[a]",
                                                 "{a}",
                                                 "a, b",
                                                 "&a",
                                                 "*a",
                                                 "!a",
                                                 "|",
                                                 ">",
                                                 "%a",
                                                 "@a",
                                                 "`a",
                                                 "---",
                                                 "...",
                                                 "--- a",
                                                 "é",
                                                 "日本",
                                                 "\U0001f600",
                                                 "\u0085",
                                                 "\u00a0",
                                                 "\u2028",
                                                 "\u2029",
                                                 "\ufeff",
                                                 "\uffff",
                                                 "\x7f",
                                                 "\x01",
                                                 "\u200b",
                                                 "_a",
                                                 "/a/b",
                                                 "s3://b/c",
                                                 "eo:platform",
                                                 "http://x/?a=b&c=d#e"};
  return texts;
}

TEST(dump_yaml, quotes_what_a_loader_could_take_for_something_else) {
  for (const auto& text : tricky_texts()) {
    const Json document = {{"value", text}, {"list", {text, {text}}}, {text + "!", 1}};
    EXPECT_EQ(parse_one(dump_yaml(document)), document) << dump_yaml(document);
    EXPECT_EQ(parse_one(dump_yaml(Json(text))), text);
  }
  for (const char* text : {"yes", "12", "2014-03-05", "1e5", "~", "", "a: b", "é", "NaN"}) {
    EXPECT_EQ(dump_yaml(Json(text)), "\"" + std::string(text) + "\"\n");
  }
}

TEST(dump_yaml, escapes_what_loaders_refuse_or_take_for_the_end_of_a_line) {
  EXPECT_EQ(dump_yaml(Json("\x7f\u0085\u00a0\u2028\u2029\ufeff\ufffe\u00e9")),
            "\"\\u007f\\u0085\\u00a0\\u2028\\u2029\\ufeff\\ufffe\u00e9\"\n");
}

TEST(dump_yaml, writes_numbers_that_every_loader_takes_for_numbers) {
  EXPECT_EQ(dump_yaml(Json({1e20, 1e-7, 1.5e-7, -2.0, 3})), "[1.0e+20, 1.0e-07, 1.5e-07, -2.0, 3]\n");
}

TEST(dump_yaml, gives_long_keys_a_line_of_their_own) {
  const Json document = {{std::string(2000, 'k'), {{"a", 1}}}, {std::string(2001, 'k'), 2}};
  EXPECT_EQ(parse_one(dump_yaml(document)), document);
}

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  Json document(int depth = 5) {
    const int kind = depth == 0 ? below(6) : below(10);
    switch (kind) {
      case 0:
        return nullptr;
      case 1:
        return below(2) == 0;
      case 2:
        return static_cast<std::int64_t>(random_() * random_());
      case 3:
        return std::ldexp(static_cast<double>(random_()) - 2e9, below(600) - 300);
      case 4:
      case 5:
        return text();
      case 6:
      case 7:
        return list(depth - 1);
      default:
        return object(depth - 1);
    }
  }

 private:
  int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }

  std::string text() {
    static const std::vector<std::string> pieces = {"a", "Z", "0", "9",  " ",      "\n",         "\t",
                                                    ":", "-", "#", "'",  "\"",     "\\",         "[",
                                                    "}", ",", "é", "日", "\u2028", "\U0001f600", "."};
    if (below(2) == 0)
      return tricky_texts()[static_cast<std::size_t>(below(static_cast<int>(tricky_texts().size())))];
    std::string out;
    for (int i = below(12); i > 0; --i)
      out += pieces[static_cast<std::size_t>(below(static_cast<int>(pieces.size())))];
    return out;
  }

  Json list(int depth) {
    Json out = Json::array();
    for (int i = below(4); i > 0; --i) out.push_back(document(depth));
    return out;
  }

  Json object(int depth) {
    Json out = Json::object();
    for (int i = below(4); i > 0; --i) out[text()] = document(depth);
    return out;
  }

  std::mt19937 random_;
};

TEST(dump_yaml, is_read_back_as_the_same_document) {
  Generator generator(20261120);
  for (int i = 0; i < 3000; ++i) {
    const Json document = generator.document();
    const std::string yaml = dump_yaml(document);
    ASSERT_EQ(dump_json(parse_one(yaml)), dump_json(document)) << yaml;
  }
}

}  // namespace
}  // namespace hayden::odc
