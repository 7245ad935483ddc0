#include <expat.h>

#include <array>
#include <memory>

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

/// Takes the events of Expat into a Document. An MTL has sections of keys right below the root; the metadata
/// of ESPA and of ARD tiles is a tree, whose groups named below become sections and all else in them keys.
class XmlReader {
 public:
  explicit XmlReader(std::string_view text)
      : text_(text), parser_(XML_ParserCreate(nullptr), XML_ParserFree) {
    if (!parser_) throw std::bad_alloc();
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), on_start, on_end);
    XML_SetCharacterDataHandler(parser_.get(), on_text);
    XML_SetStartDoctypeDeclHandler(parser_.get(), on_doctype);
  }

  Document read() {
    const auto status = XML_Parse(parser_.get(), text_.data(), static_cast<int>(text_.size()), XML_TRUE);
    if (!why_.empty()) fail(line() + why_);
    if (status != XML_STATUS_OK) {
      fail(line() + "not well-formed XML: " + XML_ErrorString(XML_GetErrorCode(parser_.get())));
    }
    return std::move(document_);
  }

 private:
  static constexpr std::size_t deepest = 8, longest_path = 400;
  enum class Form { mtl, espa, ard };

  struct Element {
    std::size_t path_size, section_size;  ///< of the parent, to go back to
    bool opened_section, has_children;
  };

  // Exceptions must not pass through Expat, which is C: what is wrong is kept until it has returned.
  void refuse(std::string why) {
    if (why_.empty()) why_ = std::move(why);
    XML_StopParser(parser_.get(), XML_FALSE);
  }

  std::string line() const {
    return "line " + std::to_string(XML_GetCurrentLineNumber(parser_.get())) + ": ";
  }

  void start(std::string_view name, const XML_Char** attributes) {
    if (!why_.empty()) return;
    if (const auto colon = name.find(':'); colon != std::string_view::npos) name.remove_prefix(colon + 1);
    if (open_.empty()) return start_root(name);
    if (open_.size() == deepest) return refuse("elements are nested deeper than " + std::to_string(deepest));
    if (!trimmed(value_).empty()) return refuse("text stands beside elements");
    value_.clear();
    open_.back().has_children = true;
    const Element element{key_.size(), section_.size(), opens_section(name), false};
    open_.push_back(element);
    if (element.opened_section) return start_section(name, attributes);
    if (sections_open_ == 0) return append(section_, name);
    if (form_ == Form::mtl && open_.size() > 3) {
      return refuse(shown(section_ + "." + key_) + " holds a group; sections hold only keys");
    }
    append(key_, name);
    for (const XML_Char** each = attributes; *each != nullptr; each += 2) {
      if (names_the_element(each[0]))
        key_.append("[").append(std::string_view(each[1]).substr(0, 16)).append("]");
    }
    take_attributes(attributes);
  }

  void start_root(std::string_view name) {
    if (name == "espa_metadata") {
      form_ = Form::espa;
    } else if (name == "ard_metadata") {
      form_ = Form::ard;
    } else if (!name.ends_with("METADATA_FILE")) {
      return refuse("the root element is " + shown(name) + ": no Landsat metadata");
    }
    document_.root = name;
    open_.push_back({0, 0, false, false});
  }

  bool opens_section(std::string_view name) const {
    if (form_ == Form::mtl) return open_.size() == 1;
    return sections_open_ == 0 && (name == "global_metadata" || name == "band");
  }

  void start_section(std::string_view name, const XML_Char** attributes) {
    append(section_, name);
    document_.sections.push_back({section_, {}});
    ++sections_open_;
    take_attributes(attributes);
  }

  void take_attributes(const XML_Char** attributes) {
    for (const XML_Char** each = attributes; *each != nullptr; each += 2) {
      if (names_the_element(each[0]) || is_of_xml_itself(each[0])) continue;
      take(key_ + "@" + each[0], each[1]);
    }
  }

  void end() {
    if (!why_.empty()) return;
    const Element element = open_.back();
    const std::string_view value = trimmed(value_);
    if (element.opened_section || element.has_children) {
      if (!value.empty()) return refuse("text stands beside elements");
    } else if (sections_open_ > 0) {
      take(key_, value);
    }
    value_.clear();
    if (element.opened_section) --sections_open_;
    key_.resize(element.path_size);
    section_.resize(element.section_size);
    open_.pop_back();
  }

  void take(std::string key, std::string_view value) {
    if (++keys_ > max_mtl_keys) return refuse("more than " + std::to_string(max_mtl_keys) + " keys");
    document_.sections.back().values.emplace_back(std::move(key), value);
  }

  void append(std::string& path, std::string_view name) {
    if (!path.empty()) path += '/';
    path += name;
    if (path.size() > longest_path) refuse("the name of an element is too long: " + shown(name));
  }

  static XmlReader& self(void* user) { return *static_cast<XmlReader*>(user); }

  static void on_start(void* user, const XML_Char* name, const XML_Char** attributes) {
    self(user).start(name, attributes);
  }
  static void on_end(void* user, const XML_Char* /*name*/) { self(user).end(); }
  static void on_text(void* user, const XML_Char* bytes, int length) {
    self(user).value_.append(bytes, static_cast<std::size_t>(length));
  }
  // No metadata has a document type; what one could declare (entities) is only good for attacks.
  static void on_doctype(void* user, const XML_Char* /*name*/, const XML_Char* /*system*/,
                         const XML_Char* /*public_id*/, int /*has_subset*/) {
    self(user).refuse("a document type is declared; Landsat metadata has none");
  }

  std::string_view text_;
  std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser_;
  std::string why_;
  Form form_ = Form::mtl;
  std::vector<Element> open_;
  int sections_open_ = 0;
  std::string section_, key_, value_;
  std::size_t keys_ = 0;
  Document document_;
};

}  // namespace

Document parse_xml_mtl(std::string_view bytes) { return XmlReader(checked_text(bytes)).read(); }

}  // namespace hayden::mtl
