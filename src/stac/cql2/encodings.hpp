#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/problem.hpp"
#include "stac/cql2/expression.hpp"

namespace hayden::stac::cql2 {

/// Parses CQL2 text (OGC 21-065r2, annex B), keywords in any case. Accepted beyond it: arrays in brackets as
/// in its drafts and `\'` in strings. Mistakes are added under `filter, character N` (1-based). One of syntax
/// ends the reading and nothing is returned; where others are, the tree holds Mistaken.
std::optional<Expression> parse_text(std::string_view text, Mistakes& mistakes);

/// Parses CQL2 JSON (OGC 21-065r2, annex C). Accepted beyond it: operators in any case, `{"casei": …}` and
/// `{"accenti": …}` of its drafts, `between` with its bounds in an array, `isNull` with its operand not in
/// one. Mistakes are added under `filter/args/0/…`, all that there are; the tree holds Mistaken in their
/// places.
Expression parse_json_filter(const Json& json, Mistakes& mistakes);

/// What the parsers read back as the same tree; for trees without Mistaken. CQL2 text has no form for strings
/// where a backslash comes right before a quote or the end.
std::string to_text(const Expression& expression);
Json to_json(const Expression& expression);

/// Checks that every operator gets what it can work with, by the types of the queryables, and that the whole
/// is a condition; strings that are compared with times become times. All mistakes are added where they
/// stand.
void check_filter(Expression& filter, Mistakes& mistakes);

}  // namespace hayden::stac::cql2
