#pragma once
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

}  // namespace hayden::http
