#pragma once
#include <string_view>

#include "core/json.hpp"

namespace hayden {

/// Like parse_json(), but numbers that neither 64-bit integers nor doubles hold as they are written are kept
/// as *exact numbers*: strings of NUL and the number's text, which no other string of a parsed document can
/// be. For documents that go out as they came in: dump_exact_json() writes them as they were. Whoever reads
/// values takes rounded().
Json parse_exact_json(std::string_view text, int max_depth = 64);
std::string dump_exact_json(const Json& json);
void append_exact_json(std::string& out, const Json& json);
/// The document with its exact numbers as doubles.
Json rounded(Json document);
bool has_exact_numbers(const Json& document);

}  // namespace hayden
