#pragma once
#include <span>
#include <string>
#include <string_view>

#include "core/problem.hpp"
#include "stac/cql2/expression.hpp"

/// What the parsers of both encodings make of values. A mistake is added under `where` and becomes Mistaken.
namespace hayden::stac::cql2 {

/// `geojson` may hold members beside type, coordinates and geometries; they are dropped.
Expression geometry_literal(const Json& geojson, std::string where, Mistakes& mistakes);
Expression box_literal(std::span<const double> numbers, std::string where, Mistakes& mistakes);
Expression date_literal(std::string_view text, std::string where, Mistakes& mistakes);
Expression timestamp_literal(std::string_view text, std::string where, Mistakes& mistakes);
/// An end of an interval: a date, a timestamp or `..`.
Expression interval_end(std::string_view text, std::string where, Mistakes& mistakes);
/// A string; PostgreSQL cannot store NUL.
Expression text_literal(std::string text, std::string where, Mistakes& mistakes);

/// At most the first 80 bytes in quotes, for messages.
std::string shown(std::string_view text);

}  // namespace hayden::stac::cql2
