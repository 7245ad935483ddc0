#include <algorithm>
#include <cctype>

#include "odc/query.hpp"

namespace hayden::odc {
namespace {

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_alpha(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Value {
  std::string text;
  bool quoted = false;
  /// Numbers and dates have an order; `in [a, b]` of them is a range.
  bool has_order() const {
    const bool is_signed = text.starts_with('-') || text.starts_with('+');
    const auto digits = std::string_view(text).substr(is_signed ? 1 : 0);
    const auto belongs = [](char c) {
      return is_digit(c) || std::string_view(".eE+-:TZtz").find(c) != std::string_view::npos;
    };
    return !quoted && !digits.empty() && (is_digit(digits.front()) || digits.front() == '.') &&
           std::ranges::all_of(digits, belongs);
  }
};

/// What stopped the parser.
struct Fault {
  std::size_t position;
  std::string what;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::vector<Condition> parse() {
    std::vector<Condition> conditions;
    for (skip_space(); at_ < text_.size(); skip_space()) conditions.push_back(condition());
    return conditions;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw Fault{at_ + 1, what}; }

  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  bool take(std::string_view token) {
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    skip_space();
    return true;
  }

  std::string field() {
    const std::size_t begin = at_;
    if (at_ == text_.size() || !is_alpha(text_[at_])) fail("expected the name of a field");
    while (at_ < text_.size() && (is_alpha(text_[at_]) || is_digit(text_[at_]) || text_[at_] == '_')) ++at_;
    const auto name = text_.substr(begin, at_ - begin);
    skip_space();
    return std::string(name);
  }

  Condition condition() {
    Condition condition;
    condition.field = field();
    const bool is_time = condition.field == "time";
    if (take("<=")) {
      compare(condition, Comparison::at_most);
    } else if (take(">=")) {
      compare(condition, Comparison::at_least);
    } else if (take("<")) {
      compare(condition, is_time ? Comparison::at_most : Comparison::less);
    } else if (take(">")) {
      compare(condition, is_time ? Comparison::at_least : Comparison::greater);
    } else if (take("=")) {
      compare(condition, Comparison::equals);
    } else if (take_in()) {
      read_in(condition);
    } else {
      fail("expected =, <, <=, >, >= or in after a field's name");
    }
    return condition;
  }

  bool take_in() {
    constexpr std::size_t size = 2;
    const std::size_t after = at_ + size;
    const bool is_word = after < text_.size() && (is_space(text_[after]) || text_[after] == '[');
    return is_word && take("in");
  }

  void compare(Condition& condition, Comparison comparison) {
    condition.comparison = comparison;
    condition.values = {value().text};
  }

  void read_in(Condition& condition) {
    if (!take("[")) return compare(condition, Comparison::equals);
    bool has_order = true;
    do {
      const Value next = value();
      has_order = has_order && next.has_order();
      condition.values.push_back(next.text);
    } while (take(","));
    if (!take("]")) fail("expected , or ] in a list");
    condition.comparison = has_order && condition.values.size() == 2 ? Comparison::between : Comparison::in;
  }

  Value value() {
    Value value;
    if (at_ < text_.size() && text_[at_] == '"') {
      value = {quoted_string(), true};
    } else {
      const std::size_t begin = at_;
      while (at_ < text_.size() && !is_space(text_[at_]) &&
             std::string_view(",[]()=<>\"").find(text_[at_]) == std::string_view::npos) {
        ++at_;
      }
      value.text = text_.substr(begin, at_ - begin);
      if (value.text.empty()) fail("expected a value");
    }
    skip_space();
    return value;
  }

  std::string quoted_string() {
    std::string out;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      const bool is_escape =
          text_[at_] == '\\' && at_ + 1 < text_.size() && (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\');
      if (is_escape) ++at_;
      out += text_[at_];
    }
    if (at_ == text_.size()) fail("expected a closing quotation mark");
    ++at_;
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<Condition> parse_expressions(std::string_view text, Mistakes& mistakes) {
  constexpr std::size_t longest = 65536;
  if (text.size() > longest) {
    mistakes.add("expressions", "must be at most 64 kB long");
    return {};
  }
  try {
    return Parser(text).parse();
  } catch (const Fault& fault) {
    mistakes.add("position " + std::to_string(fault.position), fault.what);
    return {};
  }
}

}  // namespace hayden::odc
