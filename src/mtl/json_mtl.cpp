#include <simdjson.h>

#include <algorithm>
#include <optional>

#include "mtl/document.hpp"
#include "mtl/text.hpp"

namespace hayden::mtl {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::ondemand::json_type;

/// Walks root object, one root group, sections and keys straight into a Document.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text), padded_(text) {}

  Document read();

 private:
  template <typename Result>
  auto checked(Result&& result) {
    if (result.error() != simdjson::SUCCESS) refuse(result.error());
    return std::forward<Result>(result).value_unsafe();
  }

  [[noreturn]] void refuse(simdjson::error_code error) {
    std::string where;
    const char* at = nullptr;
    if (is_walking_ && json_.current_location().get(at) == simdjson::SUCCESS) {
      const auto offset = std::min(static_cast<std::size_t>(at - padded_.data()), text_.size());
      where = "line " + std::to_string(1 + std::ranges::count(text_.substr(0, offset), '\n')) +
              ": not valid JSON at byte " + std::to_string(offset);
    } else {
      where = "not valid JSON";
    }
    fail(where + ": " + simdjson::error_message(error));
  }

  void read_root(ondemand::field field) {
    const std::string_view name = checked(field.unescaped_key());
    if (!document_.root.empty()) fail("a second root group: " + shown(name));
    if (name.empty()) fail("the root group has no name");
    document_.root = name;
    ondemand::object group = group_of(field.value(), "group " + shown(name));
    for (auto section : group) read_section(checked(std::move(section)));
  }

  void read_section(ondemand::field field) {
    const std::string_view name = checked(field.unescaped_key());
    auto& values = document_.sections.emplace_back(Document::Section{std::string{name}, {}}).values;
    constexpr std::size_t usual_keys = 64;
    values.reserve(usual_keys);
    ondemand::object group = group_of(field.value(), "section " + shown(name));
    for (auto key : group) {
      ondemand::field each = checked(std::move(key));
      if (++keys_ > max_mtl_keys) fail("more than " + std::to_string(max_mtl_keys) + " keys");
      auto& value = values.emplace_back(checked(each.unescaped_key()), std::string{});
      value.second = text_of(each.value(), value.first);
    }
  }

  ondemand::object group_of(ondemand::value& value, const std::string& where) {
    const json_type kind = checked(value.type());
    if (kind != json_type::object) fail_of_kind(kind, where);
    return checked(value.get_object());
  }

  [[noreturn]] static void fail_of_kind(json_type kind, const std::string& where) {
    fail(where + (kind == json_type::array ? " holds a list; expected keys or a value"
                                           : " holds a single value; expected a group of keys"));
  }

  std::string_view text_of(ondemand::value& value, std::string_view key) {
    switch (checked(value.type())) {
      case json_type::string: {
        const std::string_view text = checked(value.get_string());
        if (text.find('\0') != std::string_view::npos) fail(here(key) + " holds a NUL character");
        return text;
      }
      case json_type::number: {
        const std::string_view as_written = value.raw_json_token();
        checked(value.get_double());
        return as_written.substr(0, as_written.find_first_of(blanks));
      }
      case json_type::boolean:
        return checked(value.get_bool()) ? "true" : "false";
      case json_type::null:
        if (!checked(value.is_null())) refuse(simdjson::N_ATOM_ERROR);
        return "NULL";
      case json_type::object:
        fail(here(key) + " holds a group; sections hold only keys");
      case json_type::array:
        break;
    }
    fail(here(key) + " holds a list; expected keys or a value");
  }

  std::string here(std::string_view key) const {
    return shown(document_.sections.back().name + "." + std::string{key});
  }

  std::string_view text_;
  simdjson::padded_string padded_;
  ondemand::document json_;
  bool is_walking_ = false;  ///< json_ may be asked for its place
  std::size_t keys_ = 0;
  Document document_;
};

Document JsonReader::read() {
  // Kept for its buffers; a document of the largest size makes it a few MB.
  thread_local ondemand::parser parser;
  if (const auto error = parser.iterate(padded_).get(json_)) refuse(error);
  is_walking_ = true;
  if (checked(json_.type()) != json_type::object) fail_of_kind(checked(json_.type()), "the file");
  for (auto field : checked(json_.get_object())) read_root(checked(std::move(field)));
  if (json_.current_location().error() != simdjson::OUT_OF_BOUNDS) refuse(simdjson::TRAILING_CONTENT);
  if (document_.root.empty()) fail("expected one root group such as LANDSAT_METADATA_FILE");
  return std::move(document_);
}

}  // namespace

Document parse_json_mtl(std::string_view bytes) { return JsonReader(checked_text(bytes)).read(); }

}  // namespace hayden::mtl
