#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "odc/document_node.hpp"
#include "odc/documents.hpp"
#include "odc/query.hpp"
#include "odc/timestamp.hpp"

namespace hayden::odc {
namespace {

/// PostgreSQL's B-trees hold no more than about 2,700 bytes.
constexpr std::size_t longest_indexed_text = 2000;

/// The value at the end of a path; nothing when it is absent or null.
std::optional<Node> value_at(const Node& document, const std::vector<std::string>& path) {
  std::optional<Node> here(document);
  for (const auto& key : path) {
    auto next = here->given(key);
    if (!next) return {};
    here.emplace(std::move(*next));
  }
  return here;
}

std::optional<double> number_of(const Json& json) {
  if (json.is_number()) return json.get<double>();
  if (!json.is_string()) return {};
  const auto& text = json.get_ref<const std::string&>();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

bool is_32_bit_integer(const Json& json, double value) {
  constexpr double largest = 2147483647;
  const bool is_whole = json.is_string()
                            ? json.get_ref<const std::string&>().find_first_of(".eE") == std::string::npos
                            : json.is_number_integer();
  return is_whole && std::abs(value) <= largest;
}

/// The value as a number that orders as the index does; a fault and nothing when it has another type.
std::optional<double> ordered(const Node& value, std::string_view type) {
  const Json& json = value.json();
  if (type == "datetime") {
    const auto time = json.is_string() ? parse_timestamp(json.get_ref<const std::string&>()) : std::nullopt;
    if (!value.demand(time.has_value(), "must be a time such as 2014-03-05T10:20:30Z")) return {};
    if (!value.demand(!time->has_offset, "must be in UTC: the index would drop its offset")) return {};
    return static_cast<double>(time->instant.time_since_epoch().count());
  }
  const auto number = number_of(json);
  if (!value.demand(number.has_value(), "must be a number")) return {};
  if (type == "integer" &&
      !value.demand(is_32_bit_integer(json, *number), "must be a whole number of 32 bits")) {
    return {};
  }
  return number;
}

void check_text(const Node& value, bool indexed) {
  const bool fits = !indexed || dump_json(value.json()).size() <= longest_indexed_text;
  value.demand(fits,
               "must have at most " + std::to_string(longest_indexed_text) + " bytes, for it is indexed");
}

void check_scalar(const Node& document, const Field& field) {
  for (const auto& path : field.offsets) {
    const auto value = value_at(document, path);
    if (!value) continue;
    if (field.type == "string") {
      check_text(*value, field.indexed);
    } else {
      ordered(*value, field.type);
    }
  }
}

/// The least or greatest of the values that are there.
struct End {
  std::optional<double> value;
  std::optional<Node> node;
};

template <class Precedes>
End end_of(const Node& document, const std::vector<std::vector<std::string>>& paths, std::string_view type,
           Precedes precedes) {
  End end;
  for (const auto& path : paths) {
    const auto node = value_at(document, path);
    const auto value = node ? ordered(*node, type) : std::nullopt;
    if (!value || (end.value && !precedes(*value, *end.value))) continue;
    end.value = value;
    end.node.emplace(*node);
  }
  return end;
}

void check_range(const Node& document, const Field& field) {
  const std::string_view type = std::string_view(field.type).substr(0, field.type.find('-'));
  const End lower = end_of(document, field.lower, type, std::less<>());
  const End upper = end_of(document, field.upper, type, std::greater<>());
  if (!lower.value || !upper.value) return;
  upper.node->demand(*lower.value <= *upper.value, "must not be less than where " + field.name + " begins");
}

}  // namespace

void check_search_fields(const Json& metadata_type, const Json& document, Mistakes& mistakes) {
  check_search_fields(fields_of(metadata_type), document, mistakes);
}

void check_search_fields(const std::vector<Field>& fields, const Json& document, Mistakes& mistakes) {
  const Node root(document, mistakes);
  for (const auto& field : fields) {
    if (field.is_range()) {
      check_range(root, field);
    } else {
      check_scalar(root, field);
    }
  }
}

}  // namespace hayden::odc
