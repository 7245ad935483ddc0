#include "crawl/xml_reader.hpp"

#include <expat.h>

#include <memory>

namespace hayden::crawl {
namespace {

class Reader {
 public:
  explicit Reader(const OnXmlEnd& on_end)
      : on_end_(on_end), parser_(XML_ParserCreate(nullptr), XML_ParserFree) {
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), start, end);
    XML_SetCharacterDataHandler(parser_.get(), text);
    XML_SetStartDoctypeDeclHandler(parser_.get(), refuse_doctype);
  }

  bool read(std::string_view xml) {
    return XML_Parse(parser_.get(), xml.data(), static_cast<int>(xml.size()), XML_TRUE) == XML_STATUS_OK;
  }

 private:
  static Reader& self(void* user) { return *static_cast<Reader*>(user); }

  static void start(void* user, const XML_Char* name, const XML_Char** /*attributes*/) {
    auto& reader = self(user);
    const std::string_view full{name};
    if (!reader.path_.empty()) reader.path_ += '/';
    reader.path_ += full.substr(full.find(':') + 1);
    reader.text_.clear();
  }

  static void end(void* user, const XML_Char* /*name*/) {
    auto& reader = self(user);
    reader.on_end_(reader.path_, reader.text_);
    const auto slash = reader.path_.rfind('/');
    reader.path_.resize(slash == std::string::npos ? 0 : slash);
    reader.text_.clear();
  }

  static void text(void* user, const XML_Char* bytes, int length) {
    self(user).text_.append(bytes, static_cast<std::size_t>(length));
  }

  static void refuse_doctype(void* user, const XML_Char* /*name*/, const XML_Char* /*system*/,
                             const XML_Char* /*public_id*/, int /*has_subset*/) {
    XML_StopParser(self(user).parser_.get(), XML_FALSE);
  }

  const OnXmlEnd& on_end_;
  std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser_;
  std::string path_, text_;
};

}  // namespace

bool read_xml(std::string_view xml, const OnXmlEnd& on_end) { return Reader(on_end).read(xml); }

}  // namespace hayden::crawl
