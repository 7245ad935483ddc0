#pragma once
#include <functional>
#include <string>
#include <string_view>

namespace hayden::crawl {

/// Called at every closing tag, with the path of local element names from the root
/// (`ListBucketResult/Contents/Key`) and the text directly inside.
using OnXmlEnd = std::function<void(std::string_view path, const std::string& text)>;

/// False when the text is no XML or stops short; what came before has been told of. A document type is
/// refused: no answer of AWS has one, and what it could declare (entities) is only good for attacks.
bool read_xml(std::string_view xml, const OnXmlEnd& on_end);

}  // namespace hayden::crawl
