#pragma once
#include <charconv>
#include <cmath>
#include <string_view>

namespace hayden::http {

/// Without the optional whitespace around a field value or an element of it (OWS, RFC 9110 §5.6.3).
inline std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Takes the part before `separator`, or all where there is none, and the separator off the front of `text`;
/// gives the part trimmed. For lists (`,`, RFC 9110 §5.6.1) and parameters (`;`, §5.6.6) without quoted
/// strings.
inline std::string_view cut(std::string_view& text, char separator) {
  const auto end = text.find(separator);
  const auto part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return trim(part);
}

/// The weight among the parameters of an element (RFC 9110 §12.4.2), in thousandths: 1000 where there is
/// none, 0 where it is malformed.
inline int weight(std::string_view parameters) {
  while (!parameters.empty()) {
    auto value = cut(parameters, ';');
    const auto name = cut(value, '=');
    if (name != "q" && name != "Q") continue;
    double weight = 0;
    const auto* const end = value.data() + value.size();
    const auto [rest, error] = std::from_chars(value.data(), end, weight, std::chars_format::fixed);
    const bool is_weight = error == std::errc{} && rest == end && weight >= 0 && weight <= 1;
    return is_weight ? static_cast<int>(std::lround(weight * 1000)) : 0;
  }
  return 1000;
}

}  // namespace hayden::http
