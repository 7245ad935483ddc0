#pragma once
#include <string>
#include <string_view>

namespace hayden::stac {

/// 32 hex digits that tell a text from others: the first half of its SHA-256.
std::string text_digest(std::string_view text);

}  // namespace hayden::stac
