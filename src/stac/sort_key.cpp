#include "stac/sort_key.hpp"

#include <algorithm>

namespace hayden::stac {
namespace {

using Field = SortKey::Field;

std::string name_of(const SortKey& key) {
  switch (key.field) {
    case Field::datetime:
      return "datetime";
    case Field::id:
      return "id";
    case Field::collection:
      return "collection.id";
    case Field::collection_key:
      return "collection";
    case Field::property:
      break;
  }
  // A page token holds values of the type that the property had then.
  return "properties." + key.property + '/' + std::to_string(static_cast<int>(key.type));
}

/// A key that every Item has.
SortKey key_of_all(Field field, bool descending) { return {field, descending, {}, PropertyType::any}; }

/// How values are compared: integers are numbers, dates are timestamps.
PropertyType compared_as(PropertyType type) {
  if (type == PropertyType::integer) return PropertyType::number;
  if (type == PropertyType::date) return PropertyType::timestamp;
  return type == PropertyType::boolean ? PropertyType::any : type;
}

}  // namespace

bool is_sortable(PropertyType type) {
  return type != PropertyType::interval && type != PropertyType::geometry && type != PropertyType::array &&
         type != PropertyType::object;
}

std::optional<PropertyType> known_property(std::string_view name) {
  const auto* const known = find_queryable(name);
  return known == nullptr ? std::nullopt : std::optional{known->type};
}

std::optional<SortKey> sort_key(std::string_view name, bool descending, const PropertyLookup& lookup,
                                Mistakes& mistakes) {
  const auto bare = queryable_name(name);
  if (bare == "datetime") return key_of_all(Field::datetime, descending);
  if (name == "id") return key_of_all(Field::id, descending);
  if (name == "collection") return key_of_all(Field::collection, descending);
  const auto refuse = [&](const char* reason) {
    mistakes.add("sortby", "'" + std::string{name.substr(0, 80)} + "' cannot be sorted by: " + reason);
    return std::optional<SortKey>{};
  };
  const auto type = lookup(bare);
  if (!type) return refuse("no item has it; sortables are listed at /sortables");
  if (!is_sortable(*type)) return refuse("its values have no order");
  return SortKey{Field::property, descending, std::string{bare}, compared_as(*type)};
}

std::vector<SortKey> total_sort(std::vector<SortKey> keys) {
  if (keys.empty()) keys.push_back(key_of_all(Field::datetime, true));
  const bool descending = keys.back().descending;
  const auto has = [&](Field field) {
    return std::ranges::any_of(keys, [field](const SortKey& key) { return key.field == field; });
  };
  if (!has(Field::collection)) keys.push_back(key_of_all(Field::collection_key, descending));
  if (!has(Field::id)) keys.push_back(key_of_all(Field::id, descending));
  return keys;
}

std::string sort_text(const std::vector<SortKey>& keys) {
  std::string text;
  for (const auto& key : keys) {
    if (!text.empty()) text += ',';
    text.append(1, key.descending ? '-' : '+').append(name_of(key));
  }
  return text;
}

}  // namespace hayden::stac
