#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "stac/cql2/encodings.hpp"
#include "stac/cql2/literals.hpp"

namespace hayden::stac::cql2 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Makes trees of every kind of node, without regard to types.
class RandomTrees {
 public:
  explicit RandomTrees(unsigned seed) : random_(seed) {}

  Expression tree(int depth) { return depth == 0 || below(4) == 0 ? leaf() : branch(depth - 1); }

 private:
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

  std::string word() {
    static const std::vector<std::string> pieces{"a", "eo:cloud", "é",    "'", "\"", "\\",         " ",
                                                 "%", "AND",      "日本", ".", "9",  "properties."};
    std::string text;
    for (unsigned i = below(4) + 1; i > 0; --i) text += pieces[below(static_cast<unsigned>(pieces.size()))];
    for (std::size_t at = 0; (at = text.find("\\'", at)) != std::string::npos;) text.insert(at + 1, "-");
    return text.ends_with('\\') ? text + '-' : text;
  }

  double coordinate() { return static_cast<double>(below(17'900)) / 100 - 89; }

  Expression geometry() {
    Json geojson{{"type", "Point"}, {"coordinates", {coordinate(), coordinate()}}};
    if (below(2) == 0)
      geojson = {{"type", "LineString"}, {"coordinates", {{0, 1.5}, {coordinate(), -3}, {4, 5}}}};
    if (below(4) == 0)
      geojson = {{"type", "MultiPoint"}, {"coordinates", {{0, 1.5, 7}, {coordinate(), -3, 8}}}};
    if (below(3) == 0) {
      Json ring = Json::array({{0, 0}, {10, 0}, {10, 10}, {0, 0}});
      geojson = {{"type", "MultiPolygon"}, {"coordinates", Json::array({Json::array({std::move(ring)})})}};
    }
    if (below(3) == 0) geojson = {{"type", "GeometryCollection"}, {"geometries", Json::array({geojson})}};
    Mistakes mistakes;
    return geometry_literal(geojson, {}, mistakes);
  }

  Expression leaf() {
    Mistakes mistakes;
    switch (below(9)) {
      case 0:
        return {Property{word()}, {}};
      case 1:
        return {word(), {}};
      case 2:
        return {static_cast<std::int64_t>(random_()), {}};
      case 3:
        return {number_literal(
                    std::ldexp(static_cast<double>(below(1000)) - 500, static_cast<int>(below(600)) - 300)),
                {}};
      case 4:
        return {below(2) == 0, {}};
      case 5:
        return {
            Instant{std::chrono::microseconds{static_cast<std::int64_t>(random_() % 4'000'000'000'000'000)}},
            {}};
      case 6:
        return {Date{std::chrono::sys_days{std::chrono::days{below(20'000)}}}, {}};
      case 7:
        return geometry();
      default:
        return box_literal(std::vector<double>{coordinate(), -3, coordinate(), 7.25}, {}, mistakes);
    }
  }

  Expression branch(int depth) {
    const auto op = static_cast<Operator>(below(static_cast<unsigned>(Operator::interval) + 1));
    Call call{op, {}};
    if (op == Operator::interval) {
      for (int i = 0; i < 2; ++i) {
        Expression end{OpenEnd{}, {}};
        if (below(2) == 0) end.value = Date{std::chrono::sys_days{std::chrono::days{below(20'000)}}};
        if (below(3) == 0) end.value = Instant{std::chrono::microseconds{below(1'000'000'000)}};
        if (below(3) == 0) end.value = Property{"start_datetime"};
        call.arguments.push_back(std::move(end));
      }
      return {std::move(call), {}};
    }
    const auto count = info(op).most > 3 ? info(op).least + below(3) : info(op).least;
    for (std::size_t i = 0; i < count; ++i) {
      auto argument = tree(depth);
      const bool wants_array = info(op).family == Family::array && argument.as<Property>() == nullptr;
      if (wants_array) argument = {Call{Operator::array, {std::move(argument)}}, {}};
      call.arguments.push_back(std::move(argument));
    }
    if (op == Operator::in) call.arguments[1] = {Call{Operator::array, {tree(depth), tree(depth)}}, {}};
    return {std::move(call), {}};
  }

  std::mt19937_64 random_;
};

TEST(cql2, comes_back_as_it_was_from_text_and_json) {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    const auto tree = RandomTrees(seed).tree(4);
    Mistakes mistakes;
    const auto text = to_text(tree);
    const auto from_text = parse_text(text, mistakes);
    ASSERT_THAT(mistakes.all(), IsEmpty()) << text;
    ASSERT_TRUE(from_text);
    EXPECT_EQ(*from_text, tree) << text << "\n" << to_text(*from_text);
    const auto json = dump_json(to_json(tree));
    EXPECT_EQ(parse_json_filter(parse_json(json, 200), mistakes), tree) << json;
    ASSERT_THAT(mistakes.all(), IsEmpty()) << json;
  }
}

TEST(cql2, reads_any_beginning_of_a_filter_without_harm) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const auto text = to_text(RandomTrees(seed).tree(4));
    for (std::size_t length = 0; length < std::min<std::size_t>(text.size(), 200); ++length) {
      Mistakes mistakes;
      auto tree = parse_text(text.substr(0, length), mistakes);
      EXPECT_TRUE(tree.has_value() || !mistakes.empty());
      if (tree) check_filter(*tree, mistakes);
    }
  }
}

Expression read(std::string_view text) {
  Mistakes mistakes;
  const auto tree = parse_text(text, mistakes);
  EXPECT_THAT(mistakes.all(), IsEmpty()) << text;
  return tree.value_or(Expression{});
}

Json json_of(std::string_view text) { return to_json(read(text)); }

std::vector<std::string> mistakes_of(std::string_view text) {
  Mistakes mistakes;
  auto tree = parse_text(text, mistakes);
  if (tree) check_filter(*tree, mistakes);
  return mistakes.all();
}

TEST(cql2, binds_operators_as_the_grammar_says) {
  EXPECT_EQ(read("a=1 OR b=2 AND NOT c=3"), read("(a=1) or ((b=2) and (not (c=3)))"));
  EXPECT_EQ(read("a + b * c ^ d - e = 1"), read("((a + (b * (c ^ d))) - e) = 1"));
  EXPECT_EQ(read("a ^ b ^ c = 1"), read("(a ^ (b ^ c)) = 1"));
  EXPECT_EQ(read("a div b % c / d = 1"), read("(((a div b) % c) / d) = 1"));
  EXPECT_EQ(read("x NOT BETWEEN 1 AND 2 AND y = 3"), read("(NOT (x BETWEEN 1 AND 2)) AND (y = 3)"));
  EXPECT_EQ(read("x-1=-1"), read("(x - 1) = (-1)"));
  EXPECT_EQ(read("-x = 1"), read("(-1 * x) = 1"));
}

TEST(cql2, keeps_chains_flat) {
  const auto tree = read("a=1 AND b=2 AND c=3");
  ASSERT_NE(tree.as<Call>(), nullptr);
  EXPECT_EQ(tree.as<Call>()->arguments.size(), 3U);
}

TEST(cql2, reads_the_forms_that_people_write) {
  EXPECT_EQ(json_of("eo:cloud_cover<=60 and eo:cloud_cover>=40"),
            Json::parse(R"({"op":"and","args":[{"op":"<=","args":[{"property":"eo:cloud_cover"},60]},
                            {"op":">=","args":[{"property":"eo:cloud_cover"},40]}]})"));
  EXPECT_EQ(json_of("x = 'it''s'"), Json::parse(R"({"op":"=","args":[{"property":"x"},"it's"]})"));
  EXPECT_EQ(json_of(R"(x = 'it\'s')"), json_of("x = 'it''s'"));
  EXPECT_EQ(json_of(R"("odd ""name""" = .5)"),
            Json::parse(R"({"op":"=","args":[{"property":"odd \"name\""},0.5]})"));
  EXPECT_EQ(json_of("x = 3.0"), json_of("x = 3"));
  EXPECT_EQ(json_of("x = 1e3"), json_of("x = 1000"));
  EXPECT_EQ(json_of("A_CONTAINS(x, ('a'))"), json_of("a_contains(x, ['a'])"));
  EXPECT_EQ(json_of("A_EQUALS(x, ())"), json_of("A_EQUALS(x, [])"));
  EXPECT_EQ(json_of("S_WITHIN(geometry, MULTIPOINT((1 2), (3 4)))"),
            json_of("S_WITHIN(geometry, MULTIPOINT(1 2, 3 4))"));
  EXPECT_EQ(json_of("S_WITHIN(geometry, point z (1 2 3))")["args"][1]["coordinates"], Json::parse("[1,2,3]"));
  EXPECT_EQ(json_of("S_WITHIN(geometry, BBOX(170,-10,-170,10))")["args"][1],
            Json::parse(R"({"bbox":[170,-10,-170,10]})"));
  EXPECT_EQ(
      json_of(R"(T_DURING(INTERVAL(touchdown, "liftOff"), INTERVAL("1969-07-16T13:32:00Z", '..')))"),
      Json::parse(R"({"op":"t_during","args":[{"interval":[{"property":"touchdown"},{"property":"liftOff"}]},
                            {"interval":["1969-07-16T13:32:00Z",".."]}]})"));
  EXPECT_EQ(json_of("date = DATE('2020-01-31')"),
            Json::parse(R"({"op":"=","args":[{"property":"date"},{"date":"2020-01-31"}]})"));
}

TEST(cql2, says_where_a_mistake_is) {
  EXPECT_THAT(
      mistakes_of("name = 'é' AND"),
      ElementsAre("filter, character 15: expected a property, a value or a condition, found the end"));
  EXPECT_THAT(mistakes_of("a = 1 b"),
              ElementsAre("filter, character 7: expected the end or an operator, found 'b'"));
  EXPECT_THAT(mistakes_of("a = 'x"), ElementsAre("filter, character 5: the ' that opens here is not closed"));
  EXPECT_THAT(mistakes_of("S_BUFFER(geometry, 1) = 1 AND platform = 5"),
              ElementsAre("filter, character 1: there is no function 'S_BUFFER'",
                          HasSubstr("filter, character 42: cannot compare 'platform', which is a text")));
}

TEST(cql2, bounds_what_it_reads) {
  const auto repeated = [](std::string_view piece, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) text += piece;
    return text;
  };
  EXPECT_THAT(mistakes_of(repeated("(", 100'000)), ElementsAre(HasSubstr("levels deep")));
  EXPECT_THAT(mistakes_of(repeated("NOT ", 100'000)), ElementsAre(HasSubstr("levels deep")));
  EXPECT_THAT(mistakes_of(repeated("a in (", 100'000)), ElementsAre(HasSubstr("levels deep")));
  EXPECT_THAT(mistakes_of(repeated("2^", 100'000)), ElementsAre(HasSubstr("levels deep")));
  EXPECT_THAT(mistakes_of(repeated("1+", 100'000)), ElementsAre(HasSubstr("in a row")));
  EXPECT_THAT(mistakes_of(repeated("true and ", 50'000)), ElementsAre(HasSubstr("more than 10000")));
  EXPECT_THAT(mistakes_of(repeated(" ", 2'000'000)), ElementsAre(HasSubstr("longer than")));
}

TEST(cql2, makes_times_of_strings_beside_times) {
  Mistakes mistakes;
  auto tree =
      read("datetime >= '2018-01-01' AND '2018-02-01T00:00:00Z' > created AND T_AFTER(x, '2019-01-01')");
  check_filter(tree, mistakes);
  EXPECT_THAT(mistakes.all(), IsEmpty());
  EXPECT_EQ(tree, read("datetime >= DATE('2018-01-01') AND TIMESTAMP('2018-02-01T00:00:00Z') > created AND "
                       "T_AFTER(x, DATE('2019-01-01'))"));
}

}  // namespace
}  // namespace hayden::stac::cql2
