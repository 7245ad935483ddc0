#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bbox.hpp"
#include "core/json.hpp"
#include "core/percent.hpp"
#include "core/problem.hpp"

/// Parameters that several searches have.
namespace hayden::stac {

/// The last value of a parameter, empty or not; null when there is none.
const std::string* last_value(const Pairs& query, std::string_view name);
/// The same; null also when it is empty.
const std::string* given_value(const Pairs& query, std::string_view name);

std::vector<std::string_view> split_at_commas(std::string_view text);

/// A whole number of 1 or more in decimal digits; what is larger than `most` counts as that.
std::optional<int> read_limit(std::string_view text, int most, Mistakes& mistakes);

/// 4 or 6 numbers parted by commas.
std::optional<Bbox> read_bbox(std::string_view text, Mistakes& mistakes);

/// Terms of free text (STAC API Free Text 1.0.0-rc.1, basic): parted by commas.
std::vector<std::string> read_terms(std::string_view text, Mistakes& mistakes);
/// At most 20 terms of 200 bytes; empty ones are left out.
void check_terms(std::vector<std::string>& terms, Mistakes& mistakes);

/// Hands what the text says to `read`; that it is no JSON is a mistake.
template <typename Read>
void read_json(std::string_view parameter, std::string_view text, Mistakes& mistakes, Read read) {
  try {
    read(parse_json(text));
  } catch (const Problem& problem) {
    mistakes.add(parameter, problem.what());
  }
}

}  // namespace hayden::stac
