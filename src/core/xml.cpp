#include "core/xml.hpp"

#include <algorithm>
#include <array>

#include "core/percent.hpp"

namespace hayden {
namespace {

/// Text that begins an element is kept in it instead of in a node of its own.
constexpr unsigned reading = pugi::parse_default | pugi::parse_doctype | pugi::parse_embed_pcdata;

/// Numbers of characters, and the five entities that need no declaration.
bool is_reference(std::string_view text) {
  constexpr std::array<std::string_view, 6> known{"#", "amp;", "lt;", "gt;", "quot;", "apos;"};
  return std::ranges::any_of(known, [text](std::string_view name) { return text.starts_with(name); });
}

// pugixml leaves references that it does not know as they stand. In CDATA and comments they are none.
std::optional<std::size_t> unknown_reference(std::string_view text) {
  for (auto at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1)) {
    if (is_reference(text.substr(at + 1))) continue;
    const auto before = text.substr(0, at);
    const auto in = [&](std::string_view open, std::string_view close) {
      const auto opened = before.rfind(open);
      return opened != std::string_view::npos && before.find(close, opened) == std::string_view::npos;
    };
    if (!in("<![CDATA[", "]]>") && !in("<!--", "-->")) return at;
  }
  return {};
}

}  // namespace

XmlDocument::XmlDocument(std::string_view text) : buffer_(text) {
  fault_ = find_fault(text);
  if (!fault_) root_ = document_.document_element();
}

std::optional<XmlDocument::Fault> XmlDocument::find_fault(std::string_view text) {
  if (!is_utf8(text)) return Fault{0, "the text is not UTF-8"};
  const auto read =
      document_.load_buffer_inplace(buffer_.data(), buffer_.size(), reading, pugi::encoding_utf8);
  const auto offset = static_cast<std::size_t>(std::max<std::ptrdiff_t>(read.offset, 0));
  for (const auto& node : document_) {
    if (node.type() == pugi::node_doctype) return Fault{offset_of(node), "a document type is declared"};
  }
  if (!read) return Fault{offset, std::string{"not well-formed XML: "} + read.description()};
  std::size_t roots = 0;
  for (const auto& node : document_) {
    if (node.type() == pugi::node_element && ++roots > 1)
      return Fault{offset_of(node), "not well-formed XML: a second root element"};
  }
  if (const auto at = unknown_reference(text))
    return Fault{*at, "not well-formed XML: an entity that is not declared"};
  return {};
}

std::size_t XmlDocument::offset_of(const pugi::xml_node& element) {
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(element.offset_debug(), 0));
}

std::string_view xml_local_name(const pugi::xml_node& element) {
  std::string_view name = element.name();
  if (const auto colon = name.find(':'); colon != std::string_view::npos) name.remove_prefix(colon + 1);
  return name;
}

std::string xml_text_in(const pugi::xml_node& parent, std::string_view name) {
  std::string scratch;
  for (auto child = parent.first_child(); child; child = child.next_sibling()) {
    if (xml_local_name(child) == name) return std::string{xml_text(child, scratch)};
  }
  return {};
}

std::string_view xml_text(const pugi::xml_node& element, std::string& scratch) {
  std::string_view text = element.value();
  for (auto child = element.first_child(); child; child = child.next_sibling()) {
    const std::string_view piece = child.value();
    if (piece.empty() || (child.type() != pugi::node_pcdata && child.type() != pugi::node_cdata)) continue;
    if (text.data() != scratch.data()) scratch = text;
    scratch += piece;
    text = scratch;
  }
  return text;
}

}  // namespace hayden
