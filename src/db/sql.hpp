#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.hpp"

namespace hayden::db {

/// SQL text and its parameters, gathered side by side.
class Sql {
 public:
  explicit Sql(std::string text = {}) : text_(std::move(text)) {}

  Sql& add(std::string_view text) {
    text_ += text;
    return *this;
  }
  /// Takes a value and writes its placeholder.
  Sql& bind(std::string value) {
    values_.push_back(std::move(value));
    text_ += '$' + std::to_string(values_.size());
    return *this;
  }
  const std::string& text() const { return text_; }
  const std::vector<std::string>& values() const { return values_; }

 private:
  std::string text_;
  std::vector<std::string> values_;
};

/// The bytes of a bytea in its text form `\x…`.
std::string from_hex(std::string_view text);
std::string to_hex(std::string_view bytes);
/// As a timestamptz literal.
std::string sql_time(Instant instant);
/// As a JSON array of strings, for jsonb_array_elements_text.
std::string sql_json_array(const std::vector<std::string>& values);
/// As the text of an array, where the planner must know what is in it.
std::string sql_array(const std::vector<std::string>& values);

/// What full text must match: any of the terms, the words of each one after the other.
void add_terms(Sql& sql, const std::vector<std::string>& terms);

}  // namespace hayden::db
