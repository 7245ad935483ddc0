#include "core/json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

#include "core/exact_json.hpp"
#include "core/json_room.hpp"

namespace hayden {
namespace {

/// As a whole the writer of the library takes four times as long, most of it over characters that stand for
/// themselves.
constexpr bool needs_escape(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte >= 0x7F || c == '"' || c == '\\';
}

/// Most text is: so eight characters at a time.
bool is_plain(std::string_view text) {
  constexpr auto each = [](unsigned char byte) { return 0x0101010101010101U * byte; };
  // The high bits of the bytes that are below `least`, of bytes below 0x80.
  constexpr auto below = [each](std::uint64_t eight, unsigned char least) { return eight - each(least); };
  while (text.size() >= sizeof(std::uint64_t)) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data(), sizeof eight);
    const auto special = eight | (eight + each(1)) | below(eight, 0x20) | below(eight ^ each('"'), 1) |
                         below(eight ^ each('\\'), 1);
    if ((special & each(0x80)) != 0) return false;
    text.remove_prefix(sizeof eight);
  }
  return std::ranges::none_of(text, needs_escape);
}

void append_number_or_word(std::string& out, const Json& json) {
  std::array<char, 64> text{};
  char* const begin = text.data();
  char* end = begin;
  if (json.is_number_unsigned()) {
    end = std::to_chars(begin, begin + text.size(), json.get<std::uint64_t>()).ptr;
  } else if (json.is_number_integer()) {
    end = std::to_chars(begin, begin + text.size(), json.get<std::int64_t>()).ptr;
  } else if (json.is_number_float() && std::isfinite(json.get<double>())) {
    end = nlohmann::detail::to_chars(begin, begin + text.size(), json.get<double>());
  } else {
    out += json.dump();
  }
  out.append(begin, end);
}

bool is_exact_number(const Json& json) {
  return json.is_string() && json.get_ref<const std::string&>().starts_with('\0');
}

template <bool exact>
void append(std::string& out, const Json& json) {
  switch (json.type()) {
    case Json::value_t::object: {
      out += '{';
      bool first = true;
      for (const auto& [name, value] : json.get_ref<const Json::object_t&>()) {
        if (!std::exchange(first, false)) out += ',';
        append_json_string(out, name);
        out += ':';
        append<exact>(out, value);
      }
      out += '}';
      return;
    }
    case Json::value_t::array: {
      out += '[';
      bool first = true;
      for (const auto& value : json.get_ref<const Json::array_t&>()) {
        if (!std::exchange(first, false)) out += ',';
        append<exact>(out, value);
      }
      out += ']';
      return;
    }
    case Json::value_t::string: {
      const auto& text = json.get_ref<const std::string&>();
      if (exact && text.starts_with('\0')) {
        out.append(text, 1);
      } else {
        append_json_string(out, text);
      }
      return;
    }
    default:
      append_number_or_word(out, json);
  }
}

}  // namespace

bool has_exact_numbers(const Json& document) {
  return document.is_structured() ? std::ranges::any_of(document, has_exact_numbers)
                                  : is_exact_number(document);
}

Json rounded(Json document) {
  if (is_exact_number(document)) {
    const auto& text = document.get_ref<const std::string&>();
    double value = 0;
    std::from_chars(text.data() + 1, text.data() + text.size(), value);
    return value;
  }
  if (document.is_structured()) {
    for (auto& each : document) each = rounded(std::move(each));
  }
  return document;
}

Json object_with_room(std::size_t members) {
  Json object = Json::object();
  object.get_ref<Json::object_t&>().reserve(members);
  return object;
}

std::string dump_json(const Json& json) {
  std::string out;
  append_json(out, json);
  return out;
}

void append_json(std::string& out, const Json& json) { append<false>(out, json); }
void append_exact_json(std::string& out, const Json& json) { append<true>(out, json); }

std::string dump_exact_json(const Json& json) {
  std::string out;
  append_exact_json(out, json);
  return out;
}

void append_json_string(std::string& out, std::string_view text) {
  if (is_plain(text)) {
    out += '"';
    out += text;
    out += '"';
  } else {
    out += Json(std::string{text}).dump(-1, ' ', false, Json::error_handler_t::replace);
  }
}

}  // namespace hayden
