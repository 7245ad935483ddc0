#include <algorithm>

#include "core/percent.hpp"
#include "mtl/document.hpp"
#include "mtl/text.hpp"

namespace hayden::mtl {
namespace {

/// Written out because find_first_not_of takes four times as long, and this is most of the work.
std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// A broken value is not an error of the file: whoever needs the key finds out.
std::string_view plain_value(std::string_view value) {
  if (value.starts_with('"')) {
    value.remove_prefix(1);
    return value.substr(0, value.find('"'));
  }
  for (auto at = value.find("//"); at != std::string_view::npos; at = value.find("//", at + 1)) {
    if (at == 0 || is_blank(value[at - 1])) return trimmed(value.substr(0, at));
  }
  return value;
}

class OdlParser {
 public:
  explicit OdlParser(std::string_view text) : rest_(text) {}

  Document parse() {
    while (!ended_ && !rest_.empty()) take_line(next_line());
    if (place_ == Place::section) fail_here("the file ends inside section " + shown(section().name));
    if (place_ == Place::root) fail_here("the file ends before END_GROUP = " + document_.root);
    if (place_ == Place::start) fail_here("no GROUP = NAME found");
    return std::move(document_);
  }

 private:
  enum class Place { start, root, section, after };

  std::string_view next_line() {
    const auto end = rest_.find('\n');
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    ++line_;
    return trimmed(line);
  }

  void take_line(std::string_view line) {
    if (line.empty() || line.front() == '#') return;
    if (line == "END") {
      if (place_ == Place::section || place_ == Place::root) {
        fail_here("END comes before END_GROUP = " + innermost());
      }
      ended_ = true;
      return;
    }
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) fail_here("expected NAME = value, found " + shown(line));
    const std::string_view name = trimmed(line.substr(0, equals));
    const std::string_view value = trimmed(line.substr(equals + 1));
    if (name == "GROUP") return open(plain_value(value));
    if (name == "END_GROUP") return close(plain_value(value));
    if (place_ != Place::section) {
      fail_here(
          (place_ == Place::start ? "expected GROUP = NAME, found " : "this key is outside a section: ") +
          shown(line));
    }
    if (name.empty()) fail_here("a value without a name: " + shown(line));
    if (++keys_ > max_mtl_keys) fail_here("more than " + std::to_string(max_mtl_keys) + " keys");
    section().values.emplace_back(name, plain_value(value));
  }

  void open(std::string_view name) {
    if (name.empty()) fail_here("GROUP has no name");
    switch (place_) {
      case Place::start:
        document_.root = name;
        place_ = Place::root;
        return;
      case Place::root:
        document_.sections.push_back({std::string{name}, {}});
        place_ = Place::section;
        return;
      case Place::section:
        fail_here("group " + shown(name) + " is inside section " + shown(section().name) +
                  "; sections hold only keys");
      case Place::after:
        fail_here("a second root group: " + shown(name));
    }
  }

  void close(std::string_view name) {
    if (place_ == Place::start || place_ == Place::after) {
      fail_here("END_GROUP = " + shown(name) + " closes nothing");
    }
    if (name != innermost()) fail_here("expected END_GROUP = " + innermost() + ", found " + shown(name));
    place_ = place_ == Place::section ? Place::root : Place::after;
  }

  Document::Section& section() { return document_.sections.back(); }
  const std::string& innermost() { return place_ == Place::section ? section().name : document_.root; }

  [[noreturn]] void fail_here(const std::string& why) const {
    fail("line " + std::to_string(line_) + ": " + why);
  }

  std::string_view rest_;
  int line_ = 0;
  std::size_t keys_ = 0;
  bool ended_ = false;
  Place place_ = Place::start;
  Document document_;
};

}  // namespace

Document parse_odl(std::string_view bytes) {
  const std::string_view text = checked_text(bytes);
  const bool ascii = std::ranges::none_of(text, [](char c) { return (c & '\x80') != 0; });
  if (!ascii && !is_utf8(text)) fail("the file is not UTF-8 text");
  return OdlParser(text).parse();
}

}  // namespace hayden::mtl
