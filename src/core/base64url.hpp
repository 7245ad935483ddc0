#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace hayden {

/// RFC 4648 §5, without padding.
std::string base64url_encode(std::string_view bytes);
/// Nothing on a character outside the alphabet or an impossible length.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace hayden
