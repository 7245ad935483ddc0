#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/problem.hpp"

namespace hayden {

/// Keeps the members of an object in the order they came: what people read and what goes back out as it came
/// in.
using Json = nlohmann::ordered_json;

/// Parses JSON of at most `max_depth` levels. Throws Problem(400, "InvalidJson") on a syntax error (with its
/// byte position), on deeper nesting and on `\u0000`, which PostgreSQL cannot store.
Json parse_json(std::string_view text, int max_depth = 64);

/// Compact text; invalid UTF-8 becomes U+FFFD, so it never throws.
std::string dump_json(const Json& json);

void append_json(std::string& out, const Json& json);

/// Appends `text` as a JSON string, quotes included.
void append_json_string(std::string& out, std::string_view text);

}  // namespace hayden
