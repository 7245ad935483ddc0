#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "stac/cql2/encodings.hpp"
#include "stac/cql2/literals.hpp"
#include "stac/cql2/text_scanner.hpp"

namespace hayden::stac::cql2 {
namespace {

constexpr std::array<std::string_view, 9> reserved{"and", "or", "not",  "like", "between",
                                                   "in",  "is", "null", "div"};

std::string upper(std::string_view text) {
  std::string folded{text};
  std::ranges::transform(folded, folded.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return folded;
}

std::string lower(std::string_view text) {
  std::string folded{text};
  std::ranges::transform(folded, folded.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return folded;
}

struct GeometryName {
  std::string_view tag, type;
  int nesting;  ///< of lists around positions
};

constexpr std::array<GeometryName, 6> geometry_names{{{"POINT", "Point", 0},
                                                      {"LINESTRING", "LineString", 1},
                                                      {"POLYGON", "Polygon", 2},
                                                      {"MULTIPOINT", "MultiPoint", 1},
                                                      {"MULTILINESTRING", "MultiLineString", 2},
                                                      {"MULTIPOLYGON", "MultiPolygon", 3}}};

/// A recursive descent through the rules of annex B, which the functions are named after. Arguments are
/// checked afterwards, by their types: where the rules tell numeric from character expressions, this does
/// not.
class TextParser {
 public:
  TextParser(std::string_view text, Mistakes& mistakes) : scanner_(text), mistakes_(mistakes) {}

  std::optional<Expression> filter() {
    try {
      Expression whole = boolean_expression();
      if (!scanner_.at_end()) scanner_.fail("the end or an operator");
      return whole;
    } catch (const SyntaxMistake& mistake) {
      mistakes_.add(place(mistake.at), mistake.what);
      return {};
    }
  }

 private:
  /// Counts how deep the rules are nested while it lives.
  class Level {
   public:
    explicit Level(TextParser& parser) : parser_(parser) {
      if (++parser_.depth_ > deepest_filter) {
        throw SyntaxMistake{parser_.scanner_.position(),
                            "nested more than " + std::to_string(deepest_filter) + " levels deep"};
      }
    }
    ~Level() { --parser_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    TextParser& parser_;
  };

  std::string place(std::size_t byte) const {
    return "filter, character " + std::to_string(scanner_.character_at(byte));
  }
  std::string here() { return place(scanner_.position()); }

  Expression counted(Expression expression) {
    if (++expressions_ > most_expressions) {
      throw SyntaxMistake{scanner_.position(),
                          "more than " + std::to_string(most_expressions) + " operators and values"};
    }
    return expression;
  }

  template <typename... Arguments>
  Expression call(Operator op, std::string where, Arguments... arguments) {
    Call made{op, {}};
    (made.arguments.push_back(std::move(arguments)), ...);
    return counted({std::move(made), std::move(where)});
  }

  Expression boolean_expression() { return chain(Operator::disjunction, &TextParser::boolean_term); }

  Expression boolean_term() { return chain(Operator::conjunction, &TextParser::boolean_factor); }

  /// Operands of `and` or `or`, as arguments of one Call.
  Expression chain(Operator op, Expression (TextParser::*next)()) {
    auto where = here();
    Expression first = (this->*next)();
    if (!scanner_.skip_word(info(op).name)) return first;
    Call all{op, {}};
    all.arguments.push_back(std::move(first));
    do {
      all.arguments.push_back((this->*next)());
    } while (scanner_.skip_word(info(op).name));
    return counted({std::move(all), std::move(where)});
  }

  Expression boolean_factor() {
    auto where = here();
    if (!scanner_.skip_word("not")) return comparison_predicate();
    const Level level(*this);
    return call(Operator::negation, std::move(where), boolean_factor());
  }

  Expression comparison_predicate() {
    auto where = here();
    Expression left = arithmetic_expression();
    // The longer symbols come first.
    for (const auto op : {Operator::less_or_equal, Operator::greater_or_equal, Operator::not_equal,
                          Operator::equal, Operator::less, Operator::greater}) {
      if (scanner_.skip(info(op).name))
        return call(op, std::move(where), std::move(left), arithmetic_expression());
    }
    if (scanner_.skip_word("is")) return is_null_predicate(std::move(left), std::move(where));
    const bool negated = scanner_.skip_word("not");
    auto predicate = worded_predicate(left, where);
    if (!predicate) {
      if (negated) scanner_.fail("LIKE, BETWEEN or IN");
      return left;
    }
    return negated ? call(Operator::negation, std::move(where), *std::move(predicate))
                   : *std::move(predicate);
  }

  Expression is_null_predicate(Expression operand, std::string where) {
    const bool negated = scanner_.skip_word("not");
    if (!scanner_.skip_word("null")) scanner_.fail(negated ? "NULL" : "NULL or NOT NULL");
    auto predicate = call(Operator::is_null, where, std::move(operand));
    return negated ? call(Operator::negation, std::move(where), std::move(predicate)) : predicate;
  }

  std::optional<Expression> worded_predicate(Expression& left, const std::string& where) {
    if (scanner_.skip_word("like"))
      return call(Operator::like, where, std::move(left), arithmetic_expression());
    if (scanner_.skip_word("between")) {
      Expression lower_end = arithmetic_expression();
      if (!scanner_.skip_word("and")) scanner_.fail("AND");
      return call(Operator::between, where, std::move(left), std::move(lower_end), arithmetic_expression());
    }
    if (scanner_.skip_word("in")) {
      const Level level(*this);
      auto list_where = here();
      scanner_.expect("(");
      Call list{Operator::array, elements(")")};
      return call(Operator::in, where, std::move(left), counted({std::move(list), std::move(list_where)}));
    }
    return {};
  }

  Expression arithmetic_expression() {
    return left_to_right({Operator::add, Operator::subtract}, &TextParser::arithmetic_term);
  }

  Expression arithmetic_term() {
    return left_to_right({Operator::multiply, Operator::divide, Operator::modulo, Operator::integer_divide},
                         &TextParser::power_term);
  }

  Expression left_to_right(std::initializer_list<Operator> operators, Expression (TextParser::*next)()) {
    auto where = here();
    Expression left = (this->*next)();
    // Every operator nests the tree one level deeper.
    const int depth = depth_;
    for (bool found = true; found;) {
      found = false;
      for (const auto op : operators) {
        const bool is_next =
            op == Operator::integer_divide ? scanner_.skip_word("div") : scanner_.skip(info(op).name);
        if (!is_next) continue;
        if (++depth_ > deepest_filter) {
          throw SyntaxMistake{scanner_.position(), "more than " + std::to_string(deepest_filter) +
                                                       " operators in a row; use parentheses"};
        }
        left = call(op, where, std::move(left), (this->*next)());
        found = true;
        break;
      }
    }
    depth_ = depth;
    return left;
  }

  Expression power_term() {
    auto where = here();
    Expression base = arithmetic_factor();
    if (!scanner_.skip("^")) return base;
    const Level level(*this);
    return call(Operator::power, std::move(where), std::move(base), power_term());
  }

  Expression arithmetic_factor() {
    auto where = here();
    if (scanner_.skip("-")) {
      if (scanner_.next_is_number()) return numeric_literal(true, std::move(where));
      const Level level(*this);
      Expression minus_one = counted({std::int64_t{-1}, where});
      return call(Operator::multiply, std::move(where), std::move(minus_one), operand());
    }
    if (scanner_.skip("+") && !scanner_.next_is_number()) scanner_.fail("a number");
    return operand();
  }

  Expression operand() {
    auto where = here();
    if (scanner_.next_is_number()) return numeric_literal(false, std::move(where));
    if (scanner_.next_is("'"))
      return counted(text_literal(scanner_.take_string('\'', true), std::move(where), mistakes_));
    if (scanner_.next_is("\""))
      return counted({Property{scanner_.take_string('"', false)}, std::move(where)});
    if (scanner_.skip("(")) return parenthesised(std::move(where));
    if (scanner_.skip("[")) {
      const Level level(*this);
      return counted({Call{Operator::array, elements("]")}, std::move(where)});
    }
    const std::string word{scanner_.peek_word()};
    if (word.empty() || std::ranges::count(reserved, lower(word)) > 0)
      scanner_.fail("a property, a value or a condition");
    const auto at = scanner_.position();
    scanner_.take_word();
    if (auto tagged = tagged_literal(word, where)) return counted(*std::move(tagged));
    if (scanner_.skip("(")) return function(word, at);
    const auto folded = lower(word);
    if (folded == "true" || folded == "false") return counted({folded == "true", std::move(where)});
    return counted({Property{word}, std::move(where)});
  }

  /// A sub-expression, or an array of none, two or more elements.
  Expression parenthesised(std::string where) {
    const Level level(*this);
    if (scanner_.skip(")")) return counted({Call{Operator::array, {}}, std::move(where)});
    Expression first = boolean_expression();
    if (!scanner_.next_is(",")) {
      scanner_.expect(")");
      return first;
    }
    Call array{Operator::array, {}};
    array.arguments.push_back(std::move(first));
    while (scanner_.skip(",")) array.arguments.push_back(boolean_expression());
    scanner_.expect(")");
    return counted({std::move(array), std::move(where)});
  }

  /// Elements up to `end`, which is skipped.
  std::vector<Expression> elements(std::string_view end) {
    std::vector<Expression> all;
    if (scanner_.skip(end)) return all;
    do {
      all.push_back(boolean_expression());
    } while (scanner_.skip(","));
    scanner_.expect(end);
    return all;
  }

  /// Rules function, spatialPredicate, temporalPredicate, arrayPredicate and the like, behind the
  /// parenthesis.
  Expression function(const std::string& name, std::size_t at) {
    const Level level(*this);
    const auto* const known = find_operator(name);
    const bool is_function =
        known != nullptr && (known->family == Family::character || known->family == Family::spatial ||
                             known->family == Family::temporal || known->family == Family::array);
    std::vector<Expression> arguments;
    if (is_function && known->family == Family::array) {
      arguments = array_arguments();
    } else {
      arguments = elements(")");
    }
    if (!is_function) {
      mistakes_.add(place(at), "there is no function " + shown(name));
      return {Mistaken{}, place(at)};
    }
    if (arguments.size() < known->least || arguments.size() > known->most) {
      mistakes_.add(place(at), upper(name) + " takes " + std::to_string(known->least) + " arguments, found " +
                                   std::to_string(arguments.size()));
      return {Mistaken{}, place(at)};
    }
    return counted({Call{known->op, std::move(arguments)}, place(at)});
  }

  /// Arguments of an array predicate: `('a')` is an array there.
  std::vector<Expression> array_arguments() {
    std::vector<Expression> all;
    do {
      auto where = here();
      if (scanner_.skip("(")) {
        all.push_back(counted({Call{Operator::array, elements(")")}, std::move(where)}));
      } else {
        all.push_back(boolean_expression());
      }
    } while (scanner_.skip(","));
    scanner_.expect(")");
    return all;
  }

  /// Literals that begin with a word; nothing when `word` is none of theirs.
  std::optional<Expression> tagged_literal(const std::string& word, const std::string& where) {
    const auto tag = upper(word);
    if (tag == "GEOMETRYCOLLECTION" ||
        std::ranges::find(geometry_names, tag, &GeometryName::tag) != geometry_names.end()) {
      if (scanner_.next_is("(") || is_dimension(upper(scanner_.peek_word()))) {
        const Json geojson = geometry_text(tag);
        return geometry_literal(geojson, where, mistakes_);
      }
      return {};
    }
    if (!scanner_.next_is("(")) return {};
    if (tag == "BBOX" || tag == "ENVELOPE") return box(where);
    if (tag == "DATE" || tag == "TIMESTAMP") {
      scanner_.expect("(");
      if (!scanner_.next_is("'")) scanner_.fail("a string like '2020-01-31'");
      const auto text = scanner_.take_string('\'', false);
      scanner_.expect(")");
      return tag == "DATE" ? date_literal(text, where, mistakes_) : timestamp_literal(text, where, mistakes_);
    }
    if (tag == "INTERVAL") {
      scanner_.expect("(");
      Expression start = instant_parameter();
      scanner_.expect(",");
      Expression end = instant_parameter();
      scanner_.expect(")");
      return call(Operator::interval, where, std::move(start), std::move(end));
    }
    return {};
  }

  Expression instant_parameter() {
    auto where = here();
    if (scanner_.next_is("'"))
      return counted(interval_end(scanner_.take_string('\'', false), std::move(where), mistakes_));
    if (scanner_.next_is("\"")) {
      // Examples of the standard write instants in double quotes, too.
      auto name = scanner_.take_string('"', false);
      if (name == ".." || parse_instant(name))
        return counted(interval_end(name, std::move(where), mistakes_));
      return counted({Property{std::move(name)}, std::move(where)});
    }
    if (scanner_.peek_word().empty()) scanner_.fail("a string like '2020-01-31', '..' or a property");
    return operand();
  }

  Expression box(const std::string& where) {
    scanner_.expect("(");
    std::vector<double> numbers;
    do {
      numbers.push_back(coordinate());
    } while (scanner_.skip(","));
    scanner_.expect(")");
    return box_literal(numbers, where, mistakes_);
  }

  static bool is_dimension(std::string_view word) { return word == "Z" || word == "M" || word == "ZM"; }

  /// Well-known text behind its tag.
  Json geometry_text(const std::string& tag) {
    if (is_dimension(upper(scanner_.peek_word()))) scanner_.take_word();
    if (tag == "GEOMETRYCOLLECTION") {
      const Level level(*this);
      Json members = Json::array();
      scanner_.expect("(");
      do {
        const auto member = upper(scanner_.peek_word());
        const bool known =
            member == "GEOMETRYCOLLECTION" ||
            std::ranges::find(geometry_names, member, &GeometryName::tag) != geometry_names.end();
        if (!known) scanner_.fail("a geometry");
        scanner_.take_word();
        members.push_back(geometry_text(member));
      } while (scanner_.skip(","));
      scanner_.expect(")");
      return {{"type", "GeometryCollection"}, {"geometries", std::move(members)}};
    }
    const auto* const name = std::ranges::find(geometry_names, tag, &GeometryName::tag);
    Json coordinates;
    if (name->tag == "POINT") {
      scanner_.expect("(");
      coordinates = point();
      scanner_.expect(")");
    } else {
      coordinates = coordinate_list(name->nesting, name->tag == "MULTIPOINT");
    }
    return {{"type", name->type}, {"coordinates", std::move(coordinates)}};
  }

  Json coordinate_list(int nesting, bool may_wrap_points) {
    Json list = Json::array();
    scanner_.expect("(");
    do {
      if (nesting > 1) {
        list.push_back(coordinate_list(nesting - 1, false));
      } else if (may_wrap_points && scanner_.skip("(")) {
        list.push_back(point());
        scanner_.expect(")");
      } else {
        list.push_back(point());
      }
    } while (scanner_.skip(","));
    scanner_.expect(")");
    return list;
  }

  Json point() {
    Json position = Json::array();
    do {
      position.push_back(coordinate());
    } while (!scanner_.next_is(",") && !scanner_.next_is(")"));
    if (position.size() < 2) scanner_.fail("a second coordinate");
    return position;
  }

  double coordinate() {
    const bool negative = scanner_.skip("-");
    if (!negative) scanner_.skip("+");
    if (!scanner_.next_is_number()) scanner_.fail("a number");
    const double value = read_number(scanner_.take_number());
    return negative ? -value : value;
  }

  Expression numeric_literal(bool negative, std::string where) {
    const auto at = scanner_.position();
    const auto digits = (negative ? "-" : "") + std::string{scanner_.take_number()};
    std::int64_t whole = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
    if (error == std::errc{} && end == digits.data() + digits.size())
      return counted({whole, std::move(where)});
    const double value = read_number(digits);
    if (!std::isfinite(value)) throw SyntaxMistake{at, "the number is out of range"};
    return counted({number_literal(value), std::move(where)});
  }

  /// Infinite when it is out of range.
  static double read_number(std::string_view digits) {
    double value = 0;
    const auto error = std::from_chars(digits.data(), digits.data() + digits.size(), value).ec;
    if (error != std::errc::result_out_of_range) return value;
    const bool is_tiny =
        digits.find("e-") != std::string_view::npos || digits.find("E-") != std::string_view::npos;
    return is_tiny ? 0 : HUGE_VAL;
  }

  TextScanner scanner_;
  Mistakes& mistakes_;
  int depth_ = 0;
  std::size_t expressions_ = 0;
};

}  // namespace

std::optional<Expression> parse_text(std::string_view text, Mistakes& mistakes) {
  if (text.size() > longest_text) {
    mistakes.add("filter", "longer than " + std::to_string(longest_text) + " bytes");
    return {};
  }
  return TextParser(text, mistakes).filter();
}

}  // namespace hayden::stac::cql2
