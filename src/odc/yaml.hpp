#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"

namespace hayden::odc {

/// The documents of a YAML stream (`---` between them) as JSON: core schema of YAML 1.2 with what datacube's
/// loader reads (timestamps become text, `.nan` the text "NaN"), keys become text. Throws Problem(400,
/// "InvalidYaml") with line and column on a syntax error, on duplicate keys, on nesting beyond 64 levels and
/// when aliases would make the documents larger than `largest` bytes of JSON.
std::vector<Json> parse_yaml(std::string_view text, std::size_t largest = std::size_t{16} << 20U);

/// Block-style YAML that parse_yaml() and datacube read back as the same document; several are parted by
/// `---`.
std::string dump_yaml(const Json& document);
std::string dump_yaml(const std::vector<Json>& documents);

}  // namespace hayden::odc
