#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"

namespace hayden::odc {

/// The documents of a YAML stream (`---` between them) as JSON, read as datacube reads and stores them (YAML
/// 1.1 as PyYAML resolves it, without timestamps): `yes` and `on` are true, `017` is 15, `1e5` is text and
/// `1.0e+5` a number, dates are text, `.nan` and `.inf` become "NaN" and "Infinity", keys become text
/// (`True`, `1`), `<<` merges. An empty document is null. Throws Problem(400, "InvalidYaml") with line and
/// column on a syntax error, a key that stands twice, keys that are no scalars, tags beyond YAML's own,
/// nesting beyond 64 levels, NUL, invalid UTF-8, and when the text, or what its anchors and aliases make of
/// it, is larger than `largest` bytes (as JSON, roughly).
std::vector<Json> parse_yaml(std::string_view text, std::size_t largest = std::size_t{16} << 20U);

/// Block-style YAML (lists of numbers in one line) that parse_yaml(), datacube and YAML 1.2 loaders read back
/// as the same document; several are parted by `---`. Text that a loader could take for something else is
/// quoted.
std::string dump_yaml(const Json& document);
std::string dump_yaml(const std::vector<Json>& documents);

}  // namespace hayden::odc
