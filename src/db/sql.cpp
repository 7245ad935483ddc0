#include "db/sql.hpp"

#include <algorithm>
#include <array>

#include "core/json.hpp"

namespace hayden::db {

std::string from_hex(std::string_view text) {
  static constexpr auto values = [] {
    std::array<unsigned char, 256> table{};
    for (unsigned char i = 0; i < 10; ++i) table.at('0' + i) = i;
    for (unsigned char i = 0; i < 6; ++i) table.at('a' + i) = static_cast<unsigned char>(10 + i);
    return table;
  }();
  const auto value = [](char c) { return values[static_cast<unsigned char>(c)]; };
  text.remove_prefix(std::min<std::size_t>(2, text.size()));
  std::string bytes(text.size() / 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(value(text[2 * i]) << 4U | value(text[2 * i + 1]));
  }
  return bytes;
}

std::string to_hex(std::string_view bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "\\x";
  text.reserve(2 + bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4U];
    text += digits[byte & 0x0FU];
  }
  return text;
}

std::string sql_time(Instant instant) {
  using namespace std::chrono;
  // Year 0 and before are written as BC; only a zone offset in year 0000 can lead there.
  const auto date = year_month_day{floor<days>(instant)};
  if (date.year() > year{0}) return format_rfc3339(instant);
  const auto shifted = sys_days{(date.year() + years{400}) / date.month() / date.day()};
  const auto text = format_rfc3339(shifted + (instant - floor<days>(instant)));
  const auto before_christ = std::to_string(1 - static_cast<int>(date.year()));
  return std::string(4 - before_christ.size(), '0') + before_christ + text.substr(4, text.size() - 5) +
         "+00 BC";
}

void add_terms(Sql& sql, const std::vector<std::string>& terms) {
  sql.add("(");
  for (const auto& term : terms) {
    sql.add(&term == &terms.front() ? "" : " || ").add("phraseto_tsquery('simple', ").bind(term).add(")");
  }
  sql.add(")");
}

std::string sql_json_array(const std::vector<std::string>& values) { return dump_json(Json(values)); }

std::string sql_array(const std::vector<std::string>& values) {
  std::string text = "{";
  for (const auto& value : values) {
    text += text.size() > 1 ? ",\"" : "\"";
    for (const char c : value) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text + '}';
}

}  // namespace hayden::db
