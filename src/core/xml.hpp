#pragma once
#include <cstddef>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>

namespace hayden {

/// A whole XML document (XML 1.0, UTF-8), read without a network, without a file and without expanding
/// anything: a document type is refused, as no document that Hayden reads has one and what it could declare
/// (entities) is only good for attacks. The tree takes up to some twenty times the size of the text, however
/// deep it is; those who walk it bound their depth.
class XmlDocument {
 public:
  struct Fault {
    std::size_t offset = 0;  ///< bytes from the beginning of the text
    std::string why;
  };

  explicit XmlDocument(std::string_view text);
  ~XmlDocument() = default;
  XmlDocument(const XmlDocument&) = delete;
  XmlDocument& operator=(const XmlDocument&) = delete;

  /// What is wrong with the text; then there is no root.
  const std::optional<Fault>& fault() const { return fault_; }
  pugi::xml_node root() const { return root_; }
  /// Where an element begins in the text, in bytes.
  static std::size_t offset_of(const pugi::xml_node& element);

 private:
  std::optional<Fault> find_fault(std::string_view text);

  std::string buffer_;  // the tree points into it
  pugi::xml_document document_;
  pugi::xml_node root_;
  std::optional<Fault> fault_;
};

/// The name of an element without its namespace prefix.
std::string_view xml_local_name(const pugi::xml_node& element);

/// The text of the first child of that local name; empty when there is none.
std::string xml_text_in(const pugi::xml_node& parent, std::string_view name);

/// All text directly inside an element. `scratch` holds it where comments cut it into pieces.
std::string_view xml_text(const pugi::xml_node& element, std::string& scratch);

}  // namespace hayden
