#pragma once
#include <optional>
#include <string_view>

#include "core/json.hpp"

namespace hayden::odc {

/// What a plain scalar stands for: true, false, null, a number, "NaN", "Infinity", "-Infinity", else its
/// text. Nothing when it is a number that no JSON number can hold.
std::optional<Json> yaml_scalar(std::string_view text);

/// The same for a scalar with one of YAML's own tags (`int`, `float`, `bool`, `null`, `str`); nothing when
/// the text is no such thing.
std::optional<Json> yaml_scalar(std::string_view text, std::string_view kind);

}  // namespace hayden::odc
