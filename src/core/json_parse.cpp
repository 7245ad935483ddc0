#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/exact_json.hpp"

namespace hayden {
namespace {

/// Builds the document while the parser reads it. Json looks keys up one by one, so that an object of n keys
/// parsed the usual way takes n² steps: a client could hold a worker for a minute with one megabyte. Here
/// wide objects have an index.
class DocumentBuilder {
 public:
  DocumentBuilder(int max_depth, bool exact)
      : max_depth_(static_cast<std::size_t>(max_depth)), exact_(exact) {}
  /// Of a list, or of the list in a member of an object, the elements go to `sink`.
  void divert(std::string_view member, const ElementSink& sink) {
    diverted_ = member;
    sink_ = &sink;
  }
  Json take() { return std::move(document_); }

  // Copying and dumping recurse, so the depth is bounded while parsing, which does not.
  void open(bool is_object) {
    if (open_.size() >= max_depth_) {
      throw Problem(400, "InvalidJson",
                    "JSON is nested deeper than " + std::to_string(max_depth_) + " levels");
    }
    const auto first = is_object ? members_.size() : elements_.size();
    open_.push_back({.is_object = is_object, .first = first, .key = {}, .places = {}});
    if (sink_ != nullptr && is_in_diverted_list()) sink_->begin();
  }

  void close() {
    const auto& closed = open_.back();
    const auto first = static_cast<std::ptrdiff_t>(closed.first);
    Json value = closed.is_object ? Json::object() : Json::array();
    if (closed.is_object) {
      auto& object = static_cast<Json::object_t::Container&>(value.get_ref<Json::object_t&>());
      object.reserve(members_.size() - closed.first);
      for (auto member = members_.begin() + first; member != members_.end(); ++member)
        object.emplace_back(std::move(member->first), std::move(member->second));
      members_.erase(members_.begin() + first, members_.end());
    } else {
      value.get_ref<Json::array_t&>().assign(std::move_iterator(elements_.begin() + first),
                                             std::move_iterator(elements_.end()));
      elements_.erase(elements_.begin() + first, elements_.end());
    }
    open_.pop_back();
    add(std::move(value));
  }

  void add(Json value) {
    if (open_.empty()) {
      document_ = std::move(value);
    } else if (sink_ != nullptr && open_.size() <= 2 && is_in_diverted_list()) {
      sink_->element(std::move(value));
    } else if (open_.back().is_object) {
      add_member(open_.back(), std::move(value));
    } else {
      elements_.push_back(std::move(value));
    }
  }

  void number(double value, std::string_view as_written) {
    if (exact_ && !is_held(as_written)) {
      add('\0' + std::string{as_written});
    } else {
      add(value);
    }
  }
  void string(std::string_view text) {
    refuse_nul(text);
    add(std::string{text});
  }
  void key(std::string_view name) {
    refuse_nul(name);
    open_.back().key = name;
  }

 private:
  static constexpr std::size_t wide = 32;

  using Member = std::pair<std::string, Json>;

  /// An object or array whose end has not come yet. What it holds waits at the end of `members_` or
  /// `elements_`, where there is room already, until its size is known.
  struct Open {
    bool is_object = false;
    std::size_t first = 0;                                ///< of what it holds
    std::string key;                                      ///< of an object, when its value comes next
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

  static void refuse_nul(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) {
      throw Problem(400, "InvalidJson", "JSON strings must not contain the NUL character");
    }
  }

  bool is_in_diverted_list() const {
    if (open_.back().is_object) return false;
    return open_.size() == 1 ||
           (open_.size() == 2 && open_.front().is_object && open_.front().key == diverted_);
  }

  /// Of members with one name the last counts.
  void add_member(Open& object, Json value) {
    const auto first = members_.begin() + static_cast<std::ptrdiff_t>(object.first);
    const auto size = members_.size() - object.first;
    auto known = size;
    if (size < wide) {
      known = static_cast<std::size_t>(std::ranges::find(first, members_.end(), object.key, &Member::first) -
                                       first);
    } else {
      for (auto place = object.places.size(); place < size; ++place) {
        object.places.emplace(members_[object.first + place].first, place);
      }
      if (const auto found = object.places.find(object.key); found != object.places.end())
        known = found->second;
    }
    if (known < size) {
      members_[object.first + known].second = std::move(value);
    } else {
      members_.emplace_back(std::move(object.key), std::move(value));
    }
  }

  std::size_t max_depth_;
  bool exact_;
  std::string_view diverted_;
  const ElementSink* sink_ = nullptr;
  Json document_;
  std::vector<Open> open_;
  std::vector<Member> members_;
  std::vector<Json> elements_;
};

/// What the reader of nlohmann reads. It takes several times as long as simdjson, but tells where a text is
/// wrong.
class PlainReader final : public nlohmann::json_sax<Json> {
 public:
  explicit PlainReader(DocumentBuilder& builder) : builder_(builder) {}

  bool null() override { return builder_.add(nullptr), true; }
  bool boolean(bool value) override { return builder_.add(value), true; }
  bool number_integer(number_integer_t value) override { return builder_.add(value), true; }
  bool number_unsigned(number_unsigned_t value) override { return builder_.add(value), true; }
  bool number_float(number_float_t value, const string_t& as_written) override {
    return builder_.number(value, as_written), true;
  }
  bool string(string_t& text) override { return builder_.string(text), true; }
  bool binary(binary_t& /*never in JSON*/) override { return false; }
  bool start_object(std::size_t /*size*/) override { return builder_.open(true), true; }
  bool key(string_t& name) override { return builder_.key(name), true; }
  bool end_object() override { return builder_.close(), true; }
  bool start_array(std::size_t /*size*/) override { return builder_.open(false), true; }
  bool end_array() override { return builder_.close(), true; }

  bool parse_error(std::size_t byte, const std::string& /*read*/,
                   const nlohmann::detail::exception& error) override {
    if (dynamic_cast<const Json::out_of_range*>(&error) != nullptr) {
      throw Problem(400, "InvalidJson", "not valid JSON: a number is out of range");
    }
    throw Problem(400, "InvalidJson", "not valid JSON: the error is at byte " + std::to_string(byte));
  }

 private:
  DocumentBuilder& builder_;
};

namespace ondemand = simdjson::ondemand;

/// What simdjson reads. False where it cannot: integers of more than 64 bits, scalars alone, a byte order
/// mark, and texts that are wrong.
class FastReader {
 public:
  explicit FastReader(DocumentBuilder& builder) : builder_(builder) {}

  bool read(std::string_view text) {
    const simdjson::padded_string padded(text);
    ondemand::parser parser;
    ondemand::document document;
    ondemand::value root;
    if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return false;
    if (document.get_value().get(root) != simdjson::SUCCESS) return false;  // a scalar alone
    return read(root) && document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  }

 private:
  bool read(ondemand::value value) {
    ondemand::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return false;
    switch (type) {
      case ondemand::json_type::object:
        return read_object(value);
      case ondemand::json_type::array:
        return read_array(value);
      case ondemand::json_type::string: {
        std::string_view text;
        if (value.get_string().get(text) != simdjson::SUCCESS) return false;
        builder_.string(text);
        return true;
      }
      case ondemand::json_type::number:
        return read_number(value);
      case ondemand::json_type::boolean: {
        bool is_true = false;
        if (value.get_bool().get(is_true) != simdjson::SUCCESS) return false;
        builder_.add(is_true);
        return true;
      }
      case ondemand::json_type::null: {
        bool is_null = false;
        if (value.is_null().get(is_null) != simdjson::SUCCESS || !is_null) return false;
        builder_.add(nullptr);
        return true;
      }
    }
    return false;
  }

  bool read_object(ondemand::value value) {
    ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return false;
    builder_.open(true);
    for (auto result : object) {
      ondemand::field field;
      std::string_view name;
      if (std::move(result).get(field) != simdjson::SUCCESS) return false;
      if (field.unescaped_key().get(name) != simdjson::SUCCESS) return false;
      builder_.key(name);
      if (!read(field.value())) return false;
    }
    builder_.close();
    return true;
  }

  bool read_array(ondemand::value value) {
    ondemand::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) return false;
    builder_.open(false);
    for (auto result : array) {
      if (result.error() != simdjson::SUCCESS || !read(result.value_unsafe())) return false;
    }
    builder_.close();
    return true;
  }

  /// By the rules of RFC 8259 §6; simdjson 3.0 itself reads -922337203685477580.0 as 0.
  bool read_number(ondemand::value value) {
    const auto token = value.raw_json_token();
    const auto text = token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
    const bool is_negative = text.starts_with('-');
    auto rest = text.substr(is_negative ? 1 : 0);
    const auto take_digits = [&rest] {
      const auto digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
      rest.remove_prefix(digits);
      return digits;
    };
    const bool starts_with_zero = rest.starts_with('0');
    const auto whole_digits = take_digits();
    if (whole_digits == 0 || (starts_with_zero && whole_digits > 1)) return false;
    if (rest.empty()) {
      return is_negative ? read_integer<std::int64_t>(text) : read_integer<std::uint64_t>(text);
    }
    if (rest.front() == '.') {
      rest.remove_prefix(1);
      if (take_digits() == 0) return false;
    }
    if (!rest.empty() && (rest.front() == 'e' || rest.front() == 'E')) {
      rest.remove_prefix(1);
      if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
      if (take_digits() == 0) return false;
    }
    double number = 0;
    if (!rest.empty() || std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc{})
      return false;
    builder_.number(number, text);
    return true;
  }

  template <typename Integer>
  bool read_integer(std::string_view text) {
    Integer integer = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), integer).ec != std::errc{}) return false;
    builder_.add(integer);
    return true;
  }

  DocumentBuilder& builder_;
};

/// Reading goes as deep as the text is nested.
constexpr int usual_depth = 64;

Json read(std::string_view text, DocumentBuilder builder, int max_depth) {
  if (max_depth <= usual_depth) {
    auto fast = builder;
    if (FastReader(fast).read(text)) return fast.take();
  }
  PlainReader plain(builder);
  Json::sax_parse(text, &plain);
  return builder.take();
}

}  // namespace

Json parse_json(std::string_view text, int max_depth) {
  return read(text, DocumentBuilder(max_depth, false), max_depth);
}

Json parse_exact_json(std::string_view text, int max_depth) {
  return read(text, DocumentBuilder(max_depth, true), max_depth);
}

Json parse_exact_list(std::string_view text, std::string_view member, const ElementSink& sink) {
  DocumentBuilder builder(usual_depth, true);
  builder.divert(member, sink);
  return read(text, std::move(builder), usual_depth);
}

}  // namespace hayden
