#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace hayden::stac::cql2 {

/// A mistake of syntax; reading ends there.
struct SyntaxMistake {
  std::size_t at;  ///< byte offset
  std::string what;
};

/// The characters of a filter in CQL2 text, one after the other: spaces, symbols, words, numbers, strings.
class TextScanner {
 public:
  explicit TextScanner(std::string_view text) : text_(text) {}

  /// Where the next token begins.
  std::size_t position();
  bool at_end() { return position() == text_.size(); }
  /// 1-based, in characters.
  std::size_t character_at(std::size_t byte) const;

  bool next_is(std::string_view symbol);
  /// Moves past `symbol` if it comes next.
  bool skip(std::string_view symbol);
  /// Throws SyntaxMistake that says `instead` was found.
  void expect(std::string_view symbol);

  /// The identifier that comes next, without moving; empty when none does.
  std::string_view peek_word();
  /// Moves past `keyword`, in any case, if it comes next.
  bool skip_word(std::string_view keyword);
  void take_word() { at_ = position() + peek_word().size(); }

  bool next_is_number();
  /// An unsigned number as written: `1`, `.5`, `2.`, `1e3`.
  std::string_view take_number();
  /// A string in `quote`s; the quote is doubled in it or, where `backslashes` are read, stands behind one.
  std::string take_string(char quote, bool backslashes);

  [[noreturn]] void fail(const std::string& expected);

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  mutable std::size_t counted_bytes_ = 0, counted_characters_ = 0;
};

}  // namespace hayden::stac::cql2
