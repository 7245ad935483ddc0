#include "crawl/product_name.hpp"

#include <algorithm>
#include <cctype>

namespace hayden::crawl {
namespace {

constexpr std::string_view product_pattern = "LA99_L9AA_999999_99999999_99999999_99_XX";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Whether a name begins like a pattern: 9 a digit, A a capital letter, X either, everything else itself.
bool begins_like(std::string_view name, std::string_view pattern) {
  if (name.size() < pattern.size()) return false;
  return std::equal(pattern.begin(), pattern.end(), name.begin(), [](char p, char c) {
    const bool capital = c >= 'A' && c <= 'Z';
    if (p == '9') return is_digit(c);
    if (p == 'A') return capital;
    if (p == 'X') return capital || is_digit(c);
    return p == c;
  });
}

int number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = 10 * value + (c - '0');
  return value;
}

bool is_sensor(char letter) { return std::string_view{"COTEM"}.find(letter) != std::string_view::npos; }

}  // namespace

std::optional<ProductName> parse_product_name(std::string_view name) {
  using namespace std::chrono;
  if (name.size() < 16 || name[0] != 'L' || !is_sensor(name[1])) return {};
  ProductName out;
  out.sensor = name[1];
  if (begins_like(name, product_pattern)) {
    out.spacecraft = number(name.substr(2, 2));
    out.level = name.substr(5, 4);
    out.path = number(name.substr(10, 3));
    out.row = number(name.substr(13, 3));
    const year_month_day date{year{number(name.substr(17, 4))},
                              month{static_cast<unsigned>(number(name.substr(21, 2)))},
                              day{static_cast<unsigned>(number(name.substr(23, 2)))}};
    if (!date.ok()) return {};
    out.acquired = date;
    out.collection = name.substr(35, 2);
    out.tier = name.substr(38, 2);
  } else if (begins_like(name, "LA99999999999999")) {
    out.spacecraft = number(name.substr(2, 1));
    out.path = number(name.substr(3, 3));
    out.row = number(name.substr(6, 3));
    const int of_year = number(name.substr(13, 3));
    if (of_year < 1 || of_year > 366) return {};
    out.acquired = sys_days{year{number(name.substr(9, 4))} / January / 1} + days{of_year - 1};
  } else {
    return {};
  }
  if (out.spacecraft < 1 || out.spacecraft > 9) return {};
  return out;
}

std::string_view tile_name(std::string_view name) {
  for (const std::string_view pattern :
       {"LA99_AA_999999_99999999_99999999_A99_A99", "LA99_AA_999999_99999999_99999999_99"}) {
    if (begins_like(name, pattern)) return name.substr(0, pattern.size());
  }
  return {};
}

std::string_view product_part(std::string_view name) {
  if (const auto product = parse_product_name(name)) {
    if (!product->level.empty()) return name.substr(0, product_pattern.size());
    // `LC80460282018005LGN00`: station and version may be missing.
    constexpr std::string_view end = "AAA99";
    const auto day = name.substr(0, 16);
    return begins_like(name.substr(day.size()), end) ? name.substr(0, day.size() + end.size()) : day;
  }
  return tile_name(name);
}

}  // namespace hayden::crawl
