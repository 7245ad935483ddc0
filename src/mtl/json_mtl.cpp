#include <algorithm>

#include "core/json.hpp"
#include "mtl/document.hpp"
#include "mtl/text.hpp"

namespace hayden::mtl {
namespace {

/// Takes the parser's events straight into a Document: root object, one root group, sections, keys.
class JsonReader : public nlohmann::json_sax<Json> {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  Document take() {
    if (document_.root.empty()) fail("expected one root group such as LANDSAT_METADATA_FILE");
    return std::move(document_);
  }

  bool null() override { return take_value("NULL"); }
  bool boolean(bool value) override { return take_value(value ? "true" : "false"); }
  bool number_integer(std::int64_t value) override { return take_value(std::to_string(value)); }
  bool number_unsigned(std::uint64_t value) override { return take_value(std::to_string(value)); }
  bool number_float(double, const std::string& as_written) override { return take_value(as_written); }
  bool string(std::string& value) override { return take_value(std::move(value)); }
  bool binary(Json::binary_t&) override { return false; }

  bool start_object(std::size_t) override {
    if (depth_ == in_section) fail(here() + " holds a group; sections hold only keys");
    ++depth_;
    return true;
  }

  bool end_object() override {
    --depth_;
    return true;
  }

  bool start_array(std::size_t) override { fail(here() + " holds a list; expected keys or a value"); }
  bool end_array() override { return true; }

  bool key(std::string& name) override {
    if (depth_ == in_file) {
      if (!document_.root.empty()) fail("a second root group: " + shown(name));
      if (name.empty()) fail("the root group has no name");
      document_.root = std::move(name);
    } else if (depth_ == in_root) {
      document_.sections.push_back({std::move(name), {}});
    } else {
      key_ = std::move(name);
    }
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const Json::exception&) override {
    const auto until = text_.substr(0, position);
    fail("line " + std::to_string(1 + std::ranges::count(until, '\n')) + ": not valid JSON at byte " +
         std::to_string(position));
  }

 private:
  static constexpr int in_file = 1, in_root = 2, in_section = 3;

  bool take_value(std::string value) {
    if (depth_ != in_section) fail(here() + " holds a single value; expected a group of keys");
    if (value.find('\0') != std::string::npos) fail(here() + " holds a NUL character");
    if (++keys_ > max_mtl_keys) fail("more than " + std::to_string(max_mtl_keys) + " keys");
    document_.sections.back().values.emplace_back(std::move(key_), std::move(value));
    return true;
  }

  std::string here() const {
    switch (depth_) {
      case 0:
        return "the file";
      case in_file:
        return "group " + shown(document_.root);
      case in_root:
        return "section " + shown(document_.sections.back().name);
      default:
        return shown(document_.sections.back().name + "." + key_);
    }
  }

  std::string_view text_;
  int depth_ = 0;
  std::size_t keys_ = 0;
  std::string key_;
  Document document_;
};

}  // namespace

Document parse_json_mtl(std::string_view bytes) {
  const std::string_view text = checked_text(bytes);
  JsonReader reader(text);
  Json::sax_parse(text, &reader);
  return reader.take();
}

}  // namespace hayden::mtl
