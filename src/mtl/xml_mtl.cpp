#include <algorithm>

#include "core/xml.hpp"
#include "mtl/document.hpp"
#include "mtl/text.hpp"

namespace hayden::mtl {
namespace {

/// Attributes that tell elements of one name apart: `corner_point[UL]`, `bit[0]`.
bool names_the_element(std::string_view attribute) { return attribute == "location" || attribute == "num"; }

/// Declarations for validators, not facts.
bool is_of_xml_itself(std::string_view attribute) {
  return attribute == "xmlns" || attribute.starts_with("xmlns:") || attribute.starts_with("xsi:");
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Walks the tree into a Document. An MTL has sections of keys right below the root; the metadata of ESPA and
/// of ARD tiles is a deeper tree, whose groups named below become sections and all else in them keys.
class XmlReader {
 public:
  explicit XmlReader(std::string_view text) : text_(text), xml_(text) {}

  Document read() {
    if (const auto& fault = xml_.fault()) fail(line(fault->offset) + fault->why);
    const auto root = xml_.root();
    const auto name = xml_local_name(root);
    is_mtl_ = name.ends_with("METADATA_FILE");
    if (!is_mtl_ && name != "espa_metadata" && name != "ard_metadata")
      refuse(root, "the root element is " + shown(name) + ": no Landsat metadata");
    document_.root = name;
    read_children(root, 1);
    return std::move(document_);
  }

 private:
  static constexpr int deepest = 8;
  static constexpr std::size_t longest_path = 400;

  std::string line(std::size_t offset) const {
    const auto before = text_.substr(0, offset);
    return "line " + std::to_string(1 + std::ranges::count(before, '\n')) + ": ";
  }
  [[noreturn]] void refuse(const pugi::xml_node& element, const std::string& why) const {
    fail(line(XmlDocument::offset_of(element)) + why);
  }

  void read_children(const pugi::xml_node& parent, int depth) {
    if (!trimmed(xml_text(parent, scratch_)).empty()) refuse(parent, "text stands beside elements");
    for (auto child = parent.first_child(); child; child = child.next_sibling()) {
      if (child.type() != pugi::node_element) continue;
      if (depth == deepest) refuse(child, "elements are nested deeper than " + std::to_string(deepest));
      read(child, depth + 1);
    }
  }

  void read(const pugi::xml_node& element, int depth) {
    const auto name = xml_local_name(element);
    const auto key_size = key_.size(), section_size = section_.size();
    if (in_section_) {
      read_key(element, name, depth);
    } else if (append(section_, element, name); opens_section(name)) {
      read_section(element, depth);
    } else if (has_elements(element)) {
      read_children(element, depth);
    }
    key_.resize(key_size);
    section_.resize(section_size);
  }

  bool opens_section(std::string_view name) const {
    return is_mtl_ || name == "global_metadata" || name == "band";
  }

  void read_section(const pugi::xml_node& element, int depth) {
    auto& section = document_.sections.emplace_back(Document::Section{section_, {}});
    constexpr std::size_t usual_keys = 64;
    section.values.reserve(usual_keys);
    in_section_ = true;
    take_attributes(element);
    read_children(element, depth);
    in_section_ = false;
  }

  void read_key(const pugi::xml_node& element, std::string_view name, int depth) {
    constexpr int depth_of_keys = 3;
    if (is_mtl_ && depth > depth_of_keys)
      refuse(element, shown(section_ + "." + key_) + " holds a group; sections hold only keys");
    const auto first = element.first_attribute();
    const bool is_plain = !first && !element.first_child() && name.size() <= longest_path;
    // As good as all keys of an MTL; their names need not be put together.
    if (is_plain && key_.empty()) return take(element, std::string{name}, trimmed(element.value()));
    append(key_, element, name);
    for (auto attribute = first; attribute; attribute = attribute.next_attribute()) {
      constexpr std::size_t longest_name = 16;
      if (names_the_element(attribute.name()))
        key_.append("[").append(std::string_view(attribute.value()).substr(0, longest_name)).append("]");
    }
    take_attributes(element);
    if (has_elements(element)) {
      read_children(element, depth);
    } else {
      take(element, key_, trimmed(xml_text(element, scratch_)));
    }
  }

  static bool has_elements(const pugi::xml_node& element) {
    for (auto child = element.first_child(); child; child = child.next_sibling()) {
      if (child.type() == pugi::node_element) return true;
    }
    return false;
  }

  void take_attributes(const pugi::xml_node& element) {
    for (auto attribute = element.first_attribute(); attribute; attribute = attribute.next_attribute()) {
      if (names_the_element(attribute.name()) || is_of_xml_itself(attribute.name())) continue;
      take(element, key_ + "@" + attribute.name(), attribute.value());
    }
  }

  void take(const pugi::xml_node& element, std::string key, std::string_view value) {
    if (++keys_ > max_mtl_keys) refuse(element, "more than " + std::to_string(max_mtl_keys) + " keys");
    document_.sections.back().values.emplace_back(std::move(key), value);
  }

  void append(std::string& path, const pugi::xml_node& element, std::string_view name) const {
    if (!path.empty()) path += '/';
    path += name;
    if (path.size() > longest_path) refuse(element, "the name of an element is too long: " + shown(name));
  }

  std::string_view text_;
  XmlDocument xml_;
  bool is_mtl_ = false, in_section_ = false;
  std::string section_, key_, scratch_;
  std::size_t keys_ = 0;
  Document document_;
};

}  // namespace

Document parse_xml_mtl(std::string_view bytes) { return XmlReader(checked_text(bytes)).read(); }

}  // namespace hayden::mtl
