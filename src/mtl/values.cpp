#include "mtl/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "mtl/text.hpp"

namespace hayden::mtl {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_code_character(char c) { return is_digit(c) || (c >= 'A' && c <= 'Z'); }
bool is_file_character(char c) {
  return is_code_character(c) || (c >= 'a' && c <= 'z') || c == '_' || c == '-' || c == '.';
}

template <typename Number>
std::optional<Number> number_from(std::string_view text) {
  Number number{};
  if (text.starts_with('+')) text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) return {};
  return number;
}

std::string joined(std::initializer_list<std::string_view> names) {
  std::string out;
  for (const auto name : names) {
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out;
}

std::string name_of(const Key& key) { return std::string{key.section} + "." + std::string{key.name}; }

struct PolarGrid {
  double true_scale_latitude, vertical_longitude;
  int epsg;
};
constexpr std::array<PolarGrid, 3> polar_grids{{{-71, 0, 3031}, {71, 0, 3995}, {70, -45, 3413}}};

}  // namespace

std::optional<int> whole_number(std::string_view text) { return number_from<int>(text); }
std::optional<double> real_number(std::string_view text) { return number_from<double>(text); }

std::string plain(double number) {
  std::array<char, 32> text{};
  const auto [end, error] =
      std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  return error == std::errc{} ? std::string(text.data(), end) : "?";
}

bool is_code(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_code_character); }

bool is_file_name(std::string_view text) {
  return !text.empty() && text.front() != '.' && std::ranges::all_of(text, is_file_character);
}

const std::string* Values::find(const Key& key) const {
  return key.name.empty() ? nullptr : document_.find(key.section, key.name);
}

std::string Values::text(const Key& key) {
  const std::string* const value = find(key);
  if (value != nullptr && !value->empty()) return *value;
  mistake(key, "missing");
  return {};
}

std::string Values::one_of(const Key& key, std::initializer_list<std::string_view> allowed) {
  std::string value = text(key);
  if (value.empty() || std::ranges::find(allowed, value) != allowed.end()) return value;
  mistake(key, shown(value) + " is not one of " + joined(allowed));
  return {};
}

int Values::integer(const Key& key, int least, int most) {
  const std::string value = text(key);
  if (value.empty()) return 0;
  const auto number = whole_number(value);
  if (number && *number >= least && *number <= most) return *number;
  mistake(key, shown(value) + " is not a whole number from " + std::to_string(least) + " to " +
                   std::to_string(most));
  return 0;
}

double Values::number(const Key& key, double least, double most) {
  if (find(key) == nullptr) mistake(key, "missing");
  return optional_number(key, least, most).value_or(0);
}

std::optional<double> Values::optional_number(const Key& key, double least, double most) {
  const std::string* const value = find(key);
  if (value == nullptr) return {};
  const auto number = real_number(*value);
  if (!number) {
    mistake(key, shown(*value) + " is not a number");
  } else if (!(*number >= least && *number <= most)) {
    mistake(key, shown(*value) + " is not between " + plain(least) + " and " + plain(most));
  } else {
    return number;
  }
  return {};
}

std::optional<double> Values::percentage(const Key& key) {
  const auto value = optional_number(key, -1, 100);
  if (value == -1.0) return {};
  if (value && *value < 0) mistake(key, plain(*value) + " is neither -1 nor between 0 and 100");
  return value;
}

Instant Values::instant(const Key& key, const std::string& value) {
  if (value.empty()) return {};
  if (const auto instant = parse_rfc3339(value)) return *instant;
  mistake(key, shown(value) + " is not a date and time in UTC");
  return {};
}

void Values::mistake(const Key& key, const std::string& what) {
  constexpr std::size_t most = 50;
  if (mistaken_.size() == most || mistaken_about(key)) return;
  mistakes_.add(name_of(key), what);
  mistaken_.push_back(name_of(key));
}

bool Values::mistaken_about(const Key& key) const {
  return std::ranges::find(mistaken_, name_of(key)) != mistaken_.end();
}

void Values::throw_if_mistaken() const {
  if (mistakes_.empty()) return;
  std::string all;
  for (const auto& mistake : mistakes_.all()) {
    if (!all.empty()) all += "; ";
    all += mistake;
  }
  fail(all);
}

std::optional<int> polar_epsg(double true_scale_latitude, double vertical_longitude, double false_easting,
                              double false_northing) {
  constexpr double tolerance = 1e-6;
  for (const auto& grid : polar_grids) {
    if (std::abs(grid.true_scale_latitude - true_scale_latitude) < tolerance &&
        std::abs(grid.vertical_longitude - vertical_longitude) < tolerance &&
        std::abs(false_easting) < tolerance && std::abs(false_northing) < tolerance) {
      return grid.epsg;
    }
  }
  return {};
}

int utm_epsg(int zone) { return zone < 0 ? 32700 - zone : 32600 + zone; }

}  // namespace hayden::mtl
