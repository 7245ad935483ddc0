#include "stac/parameters.hpp"

#include <algorithm>
#include <charconv>

namespace hayden::stac {
namespace {

constexpr std::size_t most_terms = 20;
constexpr std::size_t longest_term = 200;

std::optional<double> read_number(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

}  // namespace

const std::string* last_value(const Pairs& query, std::string_view name) {
  const auto found =
      std::find_if(query.rbegin(), query.rend(), [&](const auto& pair) { return pair.first == name; });
  return found == query.rend() ? nullptr : &found->second;
}

const std::string* given_value(const Pairs& query, std::string_view name) {
  const auto* const value = last_value(query, name);
  return value == nullptr || value->empty() ? nullptr : value;
}

std::vector<std::string_view> split_at_commas(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

std::optional<int> read_limit(std::string_view text, int most, Mistakes& mistakes) {
  const bool is_number =
      !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  int value = 0;
  const auto error = std::from_chars(text.data(), text.data() + text.size(), value).ec;
  if (error == std::errc::result_out_of_range) value = most;
  if (!is_number || value < 1) {
    mistakes.add("limit", "expected a whole number of 1 or more");
    return {};
  }
  return std::min(value, most);
}

std::optional<Bbox> read_bbox(std::string_view text, Mistakes& mistakes) {
  std::vector<double> numbers;
  for (const auto part : split_at_commas(text)) {
    const auto number = read_number(part);
    if (!number) {
      mistakes.add("bbox", "expected 4 or 6 numbers");
      return {};
    }
    numbers.push_back(*number);
  }
  return bbox_from_numbers(numbers, mistakes);
}

std::vector<std::string> read_terms(std::string_view text, Mistakes& mistakes) {
  std::vector<std::string> terms;
  for (const auto part : split_at_commas(text)) terms.emplace_back(part);
  check_terms(terms, mistakes);
  return terms;
}

void check_terms(std::vector<std::string>& terms, Mistakes& mistakes) {
  std::erase_if(terms, [](const std::string& term) { return term.find_first_not_of(' ') == term.npos; });
  const bool too_long =
      std::ranges::any_of(terms, [](const auto& term) { return term.size() > longest_term; });
  if (terms.size() > most_terms || too_long) {
    mistakes.add("q", "expected at most 20 terms of 200 bytes");
  }
}

}  // namespace hayden::stac
