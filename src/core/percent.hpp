#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hayden {

/// Decoded name/value pairs of a query string, in order, duplicates kept.
using Pairs = std::vector<std::pair<std::string, std::string>>;

/// Decodes %XX. Nothing on a broken escape, on NUL, or when the result is not UTF-8.
/// With `plus_is_space` (query strings) a `+` is a space.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// Encodes all but RFC 3986 unreserved characters (A-Z a-z 0-9 - . _ ~) and those in `keep`, e.g. "/".
std::string percent_encode(std::string_view text, std::string_view keep = {});

/// Splits at `&` and the first `=`, then decodes each part once. Empty pairs are passed over. Nothing on a
/// broken part.
std::optional<Pairs> parse_query(std::string_view raw);

/// True for well-formed UTF-8 (no overlong forms, no surrogates).
bool is_utf8(std::string_view text);

}  // namespace hayden
