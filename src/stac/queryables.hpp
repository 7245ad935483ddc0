#pragma once
#include <span>
#include <string_view>

namespace hayden::stac {

/// What the values of a property are. `any` is one whose type nobody has said: each stored value counts as
/// what it is in JSON.
enum class PropertyType {
  any,
  text,
  number,
  integer,
  boolean,
  timestamp,  ///< an RFC 3339 date-time
  date,       ///< a full-date of RFC 3339
  interval,
  geometry,
  array,
  object
};

/// A property that filters may name.
struct Queryable {
  std::string_view name;  ///< without `properties.`
  PropertyType type = PropertyType::any;
  std::string_view title;
};

/// The properties of every Item (`id`, `collection`, `geometry`, `datetime`, …), those of STAC's common
/// metadata and of the extensions that Landsat Items use. By name.
std::span<const Queryable> known_queryables();

/// A property's name without the prefix `properties.`, which clients may write or leave out.
std::string_view queryable_name(std::string_view name);

/// Null when the property, written with or without `properties.`, is not among the known ones.
const Queryable* find_queryable(std::string_view name);

/// `any` for a property that is not among the known ones.
PropertyType queryable_type(std::string_view name);

}  // namespace hayden::stac
