#include "mtl/document.hpp"

#include <algorithm>

#include "mtl/text.hpp"

namespace hayden::mtl {

const Document::Section* Document::section(std::string_view name) const {
  const auto found = std::ranges::find(sections, name, &Section::name);
  return found == sections.end() ? nullptr : &*found;
}

const std::string* Document::find(std::string_view section_name, std::string_view key) const {
  const Section* const in = section(section_name);
  if (in == nullptr) return nullptr;
  const auto found = std::ranges::find(in->values, key, &std::pair<std::string, std::string>::first);
  return found == in->values.end() || found->second == "NULL" ? nullptr : &found->second;
}

Document parse_mtl(std::string_view bytes) {
  const std::string_view text = without_padding(bytes);
  const auto first = text.find_first_not_of(blanks);
  const char start = first == std::string_view::npos ? '\0' : text[first];
  if (start == '{') return parse_json_mtl(bytes);
  return start == '<' ? parse_xml_mtl(bytes) : parse_odl(bytes);
}

std::string_view without_padding(std::string_view bytes) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  std::string_view text = bytes.substr(0, bytes.find('\0'));
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  return text;
}

std::string_view checked_text(std::string_view bytes) {
  if (bytes.size() > max_mtl_bytes) {
    fail("the file has " + std::to_string(bytes.size()) + " bytes; at most " + std::to_string(max_mtl_bytes) +
         " are read");
  }
  const std::string_view text = without_padding(bytes);
  if (text.find_first_not_of(blanks) == std::string_view::npos) fail("the file is empty");
  return text;
}

std::string shown(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::string out = "\"";
  for (const char c : text.substr(0, longest)) out += c >= ' ' && c <= '~' ? c : '?';
  return out + (text.size() > longest ? "...\"" : "\"");
}

void fail(const std::string& why) { throw Problem(422, "InvalidMtl", why); }

}  // namespace hayden::mtl
