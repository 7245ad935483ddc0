#pragma once
#include <string>
#include <string_view>

/// What the two parsers share; not for other modules.
namespace hayden::mtl {

inline constexpr std::string_view blanks = " \t\r\n\v\f";

constexpr bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Up to the first NUL, after a byte order mark: some files are padded with 60,000 NULs.
std::string_view without_padding(std::string_view bytes);
/// without_padding, after checking that something is there and that it is not too large.
std::string_view checked_text(std::string_view bytes);

/// At most 60 characters in quotes, unprintable ones as `?`: foreign text fit for a message.
std::string shown(std::string_view text);

/// Throws Problem(422, "InvalidMtl").
[[noreturn]] void fail(const std::string& why);

}  // namespace hayden::mtl
