#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/problem.hpp"
#include "stac/queryables.hpp"

namespace hayden::stac {

/// Tells the type of a property, named without `properties.`; nothing for one that Items do not have.
using PropertyLookup = std::function<std::optional<PropertyType>(std::string_view name)>;

/// The lookup where nothing is known of stored Items: the well-known properties.
std::optional<PropertyType> known_property(std::string_view name);

/// One sort key (STAC API Sort Extension 1.1.0). Items without a value come last in either direction.
struct SortKey {
  enum class Field {
    datetime,
    id,
    collection,      ///< by its id
    collection_key,  ///< in the order the collections came: tells Items apart, means nothing to clients
    property
  };
  Field field = Field::datetime;
  bool descending = true;
  std::string property;  ///< of Field::property: its name without `properties.`
  /// How a property's values are compared: text by code points, number, timestamp; any: as JSON scalars (text
  /// before numbers before booleans), where nobody has said what they are.
  PropertyType type = PropertyType::any;

  bool operator==(const SortKey&) const = default;
  bool may_be_absent() const { return field == Field::property; }
  bool is_of(const SortKey& other) const { return field == other.field && property == other.property; }
};

/// The key for a field that a client named, with or without `properties.`: `id`, `collection`, `datetime` or
/// a property that `lookup` knows. Names the mistake when Items cannot be sorted by it.
std::optional<SortKey> sort_key(std::string_view name, bool descending, const PropertyLookup& lookup,
                                Mistakes& mistakes);

/// Whether a property of that type has an order.
bool is_sortable(PropertyType type);

/// `keys`, or newest first when there are none, and behind them what makes the order total.
std::vector<SortKey> total_sort(std::vector<SortKey> keys);

/// `-datetime,-collection,-id`: names a sort in page tokens.
std::string sort_text(const std::vector<SortKey>& keys);

}  // namespace hayden::stac
