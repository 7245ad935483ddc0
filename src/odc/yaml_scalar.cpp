#include "odc/yaml_scalar.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace hayden::odc {
namespace {

/// The outcome of one reading: another kind of scalar, a number too large for JSON, or the value.
struct Reading {
  bool applies = false;
  std::optional<Json> value;
};

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int digit_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

bool all_digits(std::string_view text, int base) {
  return !text.empty() &&
         std::ranges::all_of(text, [base](char c) { return c == '_' || digit_value(c) < base; }) &&
         std::ranges::any_of(text, [](char c) { return c != '_'; });
}

bool starts_with_sign(std::string_view text) {
  return !text.empty() && (text.front() == '-' || text.front() == '+');
}

/// An integer as it grows, exact as long as 64 bits hold it.
class Whole {
 public:
  void append(std::uint64_t base, std::uint64_t digit) {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    exact_ = exact_ && value_ <= (most - digit) / base;
    value_ = value_ * base + digit;
    approximate_ = approximate_ * static_cast<double>(base) + static_cast<double>(digit);
  }

  std::optional<Json> json(bool negative) const {
    constexpr auto most_negative = std::uint64_t{1} << 63U;
    if (exact_ && !negative) return Json(value_);
    if (exact_ && value_ < most_negative) return Json(-static_cast<std::int64_t>(value_));
    if (exact_ && value_ == most_negative) return Json(std::numeric_limits<std::int64_t>::min());
    if (!std::isfinite(approximate_)) return {};
    return Json(negative ? -approximate_ : approximate_);
  }

 private:
  std::uint64_t value_ = 0;
  double approximate_ = 0;
  bool exact_ = true;
};

Reading whole_of(std::string_view digits, int base, bool negative) {
  Whole whole;
  for (const char c : digits) {
    if (c != '_') whole.append(static_cast<std::uint64_t>(base), static_cast<std::uint64_t>(digit_value(c)));
  }
  return {true, whole.json(negative)};
}

std::string without_underscores(std::string_view text) {
  std::string out;
  std::ranges::copy_if(text, std::back_inserter(out), [](char c) { return c != '_'; });
  return out;
}

/// Digits beyond 64 bits are rounded once, not digit by digit.
Reading decimal_integer(std::string_view text, bool negative) {
  Reading reading = whole_of(text, 10, negative);
  if (!reading.value || !reading.value->is_number_float()) return reading;
  const std::string digits = without_underscores(text);
  double value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return {true, Json(negative ? -value : value)};
}

/// `:59` groups: one or two digits, the first of two below 6.
bool is_sexagesimal_tail(std::string_view text) {
  while (!text.empty()) {
    if (text.front() != ':') return false;
    text.remove_prefix(1);
    const auto size = static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
    if (size < 1 || size > 2 || (size == 2 && text.front() > '5')) return false;
    text.remove_prefix(size);
  }
  return true;
}

Reading sexagesimal_int(std::string_view text, bool negative) {
  Whole whole;
  std::uint64_t group = 0;
  for (const char c : text) {
    if (c == ':') {
      whole.append(60, group);
      group = 0;
    } else if (c != '_') {
      group = group * 10 + static_cast<std::uint64_t>(digit_value(c));
    }
  }
  whole.append(60, group);
  return {true, whole.json(negative)};
}

Reading read_int(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (starts_with_sign(text)) text.remove_prefix(1);
  if (text.empty() || !is_digit(text.front())) return {};
  if (text.starts_with("0b")) {
    return all_digits(text.substr(2), 2) ? whole_of(text.substr(2), 2, negative) : Reading{};
  }
  if (text.starts_with("0x")) {
    return all_digits(text.substr(2), 16) ? whole_of(text.substr(2), 16, negative) : Reading{};
  }
  if (text.front() == '0' && text.size() > 1) {
    return all_digits(text, 8) ? whole_of(text, 8, negative) : Reading{};
  }
  if (all_digits(text, 10)) return decimal_integer(text, negative);
  const std::size_t colon = text.find(':');
  constexpr std::size_t longest_group = 18;  // its digits fit into 64 bits
  if (colon == std::string_view::npos || colon > longest_group || text.front() == '0' ||
      !all_digits(text.substr(0, colon), 10) || !is_sexagesimal_tail(text.substr(colon))) {
    return {};
  }
  return sexagesimal_int(text, negative);
}

Json not_finite(std::string_view word) { return std::string(word); }

/// Digits with a point, or a point and digits; an exponent needs its sign.
bool is_decimal(std::string_view text) {
  const bool has_point_first = text.starts_with('.');
  if (has_point_first) text.remove_prefix(1);
  if (text.empty() || !is_digit(text.front())) return false;
  const auto skip_digits = [&text] {
    while (!text.empty() && (is_digit(text.front()) || text.front() == '_')) text.remove_prefix(1);
  };
  skip_digits();
  if (!has_point_first) {
    if (!text.starts_with('.')) return false;
    text.remove_prefix(1);
    skip_digits();
  }
  if (text.empty()) return true;
  if (text.front() != 'e' && text.front() != 'E') return false;
  text.remove_prefix(1);
  if (!starts_with_sign(text)) return false;
  text.remove_prefix(1);
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

Reading decimal_of(std::string_view text, bool negative) {
  const std::string digits = without_underscores(text);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::result_out_of_range) {
    const std::size_t exponent = digits.find_first_of("eE");
    const bool is_small = exponent != std::string::npos && digits[exponent + 1] == '-';
    if (!is_small) return {true, not_finite(negative ? "-Infinity" : "Infinity")};
    value = 0;
  }
  return {true, Json(negative ? -value : value)};
}

Reading sexagesimal_float(std::string_view text, bool negative) {
  const std::size_t colon = text.find(':');
  const std::size_t point = text.find('.');
  if (colon == std::string_view::npos || point == std::string_view::npos || point < colon) return {};
  const auto fraction = text.substr(point + 1);
  if (!is_digit(text.front()) || !all_digits(text.substr(0, colon), 10) ||
      !is_sexagesimal_tail(text.substr(colon, point - colon)) ||
      !(fraction.empty() || std::ranges::all_of(fraction, [](char c) { return is_digit(c) || c == '_'; }))) {
    return {};
  }
  double value = 0;
  double group = 0;
  for (const char c : text.substr(0, point)) {
    if (c == ':') {
      value = (value + group) * 60;
      group = 0;
    } else if (c != '_') {
      group = group * 10 + digit_value(c);
    }
  }
  double scale = 1;
  for (const char c : without_underscores(fraction)) group += digit_value(c) * (scale /= 10);
  value += group;
  if (!std::isfinite(value)) return {true, {}};
  return {true, Json(negative ? -value : value)};
}

Reading read_float(std::string_view text) {
  if (is_one_of(text, {".nan", ".NaN", ".NAN"})) return {true, not_finite("NaN")};
  const bool is_signed = starts_with_sign(text);
  const bool negative = text.starts_with('-');
  std::string_view digits = text;
  if (is_signed) digits.remove_prefix(1);
  if (is_one_of(digits, {".inf", ".Inf", ".INF"})) {
    return {true, not_finite(negative ? "-Infinity" : "Infinity")};
  }
  if (is_signed && digits.starts_with('.')) return {};
  if (is_decimal(digits)) return decimal_of(digits, negative);
  return digits.empty() ? Reading{} : sexagesimal_float(digits, negative);
}

Reading read_bool(std::string_view text) {
  if (is_one_of(text, {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"}))
    return {true, Json(true)};
  if (is_one_of(text, {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})) {
    return {true, Json(false)};
  }
  return {};
}

Reading read_null(std::string_view text) {
  if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return {true, Json(nullptr)};
  return {};
}

}  // namespace

std::optional<Json> yaml_scalar(std::string_view text) {
  for (const auto read : {read_null, read_bool, read_int, read_float}) {
    if (auto reading = read(text); reading.applies) return reading.value;
  }
  return Json(std::string(text));
}

std::optional<Json> yaml_scalar(std::string_view text, std::string_view kind) {
  if (kind == "str") return Json(std::string(text));
  if (kind == "null") return read_null(text).value;
  if (kind == "bool") return read_bool(text).value;
  if (kind == "int") return read_int(text).value;
  if (kind != "float") return {};
  if (auto reading = read_float(text); reading.applies) return reading.value;
  const auto whole = read_int(text).value;
  return whole ? std::optional<Json>(whole->get<double>()) : std::nullopt;
}

}  // namespace hayden::odc
