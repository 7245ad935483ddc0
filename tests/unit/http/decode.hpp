#pragma once
#include <string>
#include <string_view>

namespace hayden::http::test {

/// Undoes a content coding with the reference decoders. Throws on bytes that do not decode or go on after the
/// end.
std::string decode(std::string_view coding, std::string_view encoded);

}  // namespace hayden::http::test
