#include "stac/cql2/text_scanner.hpp"

#include <algorithm>

#include "stac/cql2/literals.hpp"

namespace hayden::stac::cql2 {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// Rule identifierStart; every character beyond ASCII counts as a letter.
bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
         static_cast<unsigned char>(c) >= 0x80U;
}

bool continues_word(char c) { return starts_word(c) || is_digit(c) || c == '.'; }

bool same_in_any_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

std::size_t TextScanner::position() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  return at_;
}

std::size_t TextScanner::character_at(std::size_t byte) const {
  // Nearly all calls go forwards, so that each only counts what came since the last one.
  if (byte < counted_bytes_) counted_bytes_ = counted_characters_ = 0;
  const auto since = text_.substr(counted_bytes_, byte - counted_bytes_);
  counted_characters_ += static_cast<std::size_t>(
      std::count_if(since.begin(), since.end(), [](char c) { return !is_continuation(c); }));
  counted_bytes_ = byte;
  return counted_characters_ + 1;
}

bool TextScanner::next_is(std::string_view symbol) { return text_.substr(position()).starts_with(symbol); }

bool TextScanner::skip(std::string_view symbol) {
  if (!next_is(symbol)) return false;
  at_ += symbol.size();
  return true;
}

void TextScanner::expect(std::string_view symbol) {
  if (!skip(symbol)) fail("'" + std::string{symbol} + "'");
}

std::string_view TextScanner::peek_word() {
  const auto rest = text_.substr(position());
  if (rest.empty() || !starts_word(rest.front())) return {};
  const auto* const end = std::ranges::find_if_not(rest, continues_word);
  return rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
}

bool TextScanner::skip_word(std::string_view keyword) {
  if (!same_in_any_case(peek_word(), keyword)) return false;
  take_word();
  return true;
}

bool TextScanner::next_is_number() {
  const auto rest = text_.substr(position());
  return !rest.empty() && (is_digit(rest[0]) || (rest[0] == '.' && rest.size() > 1 && is_digit(rest[1])));
}

std::string_view TextScanner::take_number() {
  const auto begin = position();
  const auto digits = [this] {
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
  };
  digits();
  if (at_ < text_.size() && text_[at_] == '.') {
    ++at_;
    digits();
  }
  if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    auto exponent = at_ + 1;
    if (exponent < text_.size() && (text_[exponent] == '+' || text_[exponent] == '-')) ++exponent;
    if (exponent < text_.size() && is_digit(text_[exponent])) {
      at_ = exponent;
      digits();
    }
  }
  return text_.substr(begin, at_ - begin);
}

std::string TextScanner::take_string(char quote, bool backslashes) {
  const auto begin = position();
  std::string value;
  for (at_ = begin + 1; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    // A backslash before the last quote of all cannot be meant to escape it.
    const bool escapes = c == quote || (backslashes && c == '\\' && text_.find(quote, at_ + 2) != text_.npos);
    if (next == quote && escapes) {
      value += quote;
      ++at_;
    } else if (c == quote) {
      ++at_;
      return value;
    } else {
      value += c;
    }
  }
  throw SyntaxMistake{begin, "the " + std::string{quote} + " that opens here is not closed"};
}

void TextScanner::fail(const std::string& expected) {
  const auto at = position();
  std::string found = "the end";
  if (at < text_.size()) {
    auto word = peek_word();
    if (word.empty()) {
      std::size_t length = 1;
      while (at + length < text_.size() && is_continuation(text_[at + length])) ++length;
      word = text_.substr(at, length);
    }
    found = shown(word);
  }
  throw SyntaxMistake{at, "expected " + expected + ", found " + found};
}

}  // namespace hayden::stac::cql2
