#pragma once
#include <optional>
#include <span>
#include <string_view>

namespace hayden::api {

/// How an answer is written. `json` is GeoJSON as well, `ndjson` one Item a line.
enum class Form { json, html, ndjson, yaml, csv };

/// As the parameter `f` has it.
std::string_view name_of(Form form);
/// The media type that answers carry (GeoJSON and JSON Schema say what they are themselves).
std::string_view media_type_of(Form form);

/// Which of the forms an operation offers the client likes best: what `f` says, else by the Accept header
/// (RFC 9110 §12.5.1). Of forms it likes alike the one it names more closely, then the one offered first; so
/// without a header, too. Nothing when it takes none of them. Throws Problem(400) for an `f` that is not
/// offered.
std::optional<Form> preferred_form(std::optional<std::string_view> f, std::string_view accept,
                                   std::span<const Form> offered);

}  // namespace hayden::api
