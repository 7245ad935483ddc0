#include "core/json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/exact_json.hpp"
#include "core/json_room.hpp"

namespace hayden {
namespace {

/// Builds the document while the parser reads it. Json looks keys up one by one, so that an object of n keys
/// parsed the usual way takes n² steps: a client could hold a worker for a minute with one megabyte. Here
/// wide objects have an index.
class DocumentBuilder final : public nlohmann::json_sax<Json> {
 public:
  DocumentBuilder(int max_depth, bool exact)
      : max_depth_(static_cast<std::size_t>(max_depth)), exact_(exact) {}
  Json take() { return std::move(document_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t& as_written) override {
    return exact_ && !is_held(as_written) ? add('\0' + as_written) : add(value);
  }
  bool binary(binary_t& /*never in JSON*/) override { return false; }
  bool string(string_t& text) override {
    refuse_nul(text);
    return add(std::move(text));
  }

  bool start_object(std::size_t /*size*/) override { return open(Json::object()); }
  bool key(string_t& name) override {
    refuse_nul(name);
    open_.back().key = std::move(name);
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*size*/) override { return open(Json::array()); }
  bool end_array() override { return close(); }

  bool parse_error(std::size_t byte, const std::string& /*read*/,
                   const nlohmann::detail::exception& error) override {
    if (dynamic_cast<const Json::out_of_range*>(&error) != nullptr) {
      throw Problem(400, "InvalidJson", "not valid JSON: a number is out of range");
    }
    throw Problem(400, "InvalidJson", "not valid JSON: the error is at byte " + std::to_string(byte));
  }

 private:
  static constexpr std::size_t wide = 32;

  using Member = std::pair<std::string, Json>;

  /// An object or array whose end has not come yet. Members wait here: a growing object would copy what it
  /// holds, as the names in it are const.
  struct Open {
    Json value;
    std::string key;                                      ///< of an object, when its value comes next
    std::vector<Member> members;                          ///< of an object
    std::unordered_map<std::string, std::size_t> places;  ///< of its keys, once it is wide
  };

  /// Whether a double has all digits of a number: an integer that comes here is one of more than 64 bits.
  static bool is_held(std::string_view number) {
    const auto mantissa = number.substr(0, number.find_first_of("eE"));
    if (mantissa.size() == number.size() && mantissa.find('.') == std::string_view::npos) return false;
    const auto first = mantissa.find_first_of("123456789");
    if (first == std::string_view::npos) return true;
    constexpr auto digits_of_double = 15;
    const auto rest = mantissa.substr(first);
    const auto digits = std::ranges::count_if(rest, [](char c) { return c >= '0' && c <= '9'; });
    if (digits <= digits_of_double) return true;
    double value = 0;
    std::from_chars(number.data(), number.data() + number.size(), value);
    return Json(value).dump() == number;
  }

  static void refuse_nul(const std::string& text) {
    if (text.find('\0') != std::string::npos) {
      throw Problem(400, "InvalidJson", "JSON strings must not contain the NUL character");
    }
  }

  // Copying and dumping recurse, so the depth is bounded while parsing, which does not.
  bool open(Json value) {
    if (open_.size() >= max_depth_) {
      throw Problem(400, "InvalidJson",
                    "JSON is nested deeper than " + std::to_string(max_depth_) + " levels");
    }
    open_.push_back({.value = std::move(value), .key = {}, .members = {}, .places = {}});
    return true;
  }
  bool close() {
    Json value = std::move(open_.back().value);
    if (value.is_object()) {
      auto& object = static_cast<Json::object_t::Container&>(value.get_ref<Json::object_t&>());
      object.reserve(open_.back().members.size());
      for (auto& [name, member] : open_.back().members)
        object.emplace_back(std::move(name), std::move(member));
    }
    open_.pop_back();
    return add(std::move(value));
  }

  bool add(Json value) {
    if (open_.empty()) {
      document_ = std::move(value);
    } else if (open_.back().value.is_array()) {
      open_.back().value.push_back(std::move(value));
    } else {
      add_member(open_.back(), std::move(value));
    }
    return true;
  }

  /// Of members with one name the last counts.
  static void add_member(Open& object, Json value) {
    auto& members = object.members;
    auto known = members.size();
    if (members.size() < wide) {
      known =
          static_cast<std::size_t>(std::ranges::find(members, object.key, &Member::first) - members.begin());
    } else {
      for (auto place = object.places.size(); place < members.size(); ++place) {
        object.places.emplace(members[place].first, place);
      }
      if (const auto found = object.places.find(object.key); found != object.places.end())
        known = found->second;
    }
    if (known < members.size()) {
      members[known].second = std::move(value);
    } else {
      members.emplace_back(std::move(object.key), std::move(value));
    }
  }

  std::size_t max_depth_;
  bool exact_;
  Json document_;
  std::vector<Open> open_;
};

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

Json parse(std::string_view text, int max_depth, bool exact) {
  DocumentBuilder builder(max_depth, exact);
  Json::sax_parse(text, &builder);
  return builder.take();
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

Json parse_json(std::string_view text, int max_depth) { return parse(text, max_depth, false); }
Json parse_exact_json(std::string_view text, int max_depth) { return parse(text, max_depth, true); }

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
