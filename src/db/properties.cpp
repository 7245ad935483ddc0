#include "db/properties.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/json.hpp"
#include "db/collections_sql.hpp"
#include "db/connection.hpp"
#include "stac/sort_key.hpp"

namespace hayden::db {
namespace {

using stac::PropertyType;

constexpr std::array<std::pair<std::string_view, PropertyType>, 9> type_names{
    {{"any", PropertyType::any},
     {"text", PropertyType::text},
     {"number", PropertyType::number},
     {"integer", PropertyType::integer},
     {"boolean", PropertyType::boolean},
     {"timestamp", PropertyType::timestamp},
     {"date", PropertyType::date},
     {"array", PropertyType::array},
     {"object", PropertyType::object}}};

StoredProperty property_of(std::string name, const char* json_types) {
  StoredProperty property;
  property.name = std::move(name);
  property.json_types = Json::parse(json_types).get<std::vector<std::string>>();
  const auto* const known = stac::find_queryable(property.name);
  if (known != nullptr) {
    property.type = known->type;
    property.title = known->title;
  }
  return property;
}

std::vector<StoredProperty> read_properties(Connection& connection, const std::optional<int>& collection) {
  Sql sql{"select name, to_json(types), said, title from stac.properties("};
  if (collection) {
    sql.bind(std::to_string(*collection)).add("::int)");
  } else {
    sql.add("null)");
  }
  std::vector<StoredProperty> properties;
  for (const auto& row : connection.run(sql)) {
    auto& property = properties.emplace_back(property_of(row[0].c_str(), row[1].c_str()));
    if (!row[2].is_null()) property.type = property_type(row[2].c_str()).value_or(property.type);
    if (row[3].size() > 0) property.title = row[3].c_str();
  }
  return properties;
}

std::vector<StoredProperty> read_collection_properties(Connection& connection) {
  Sql sql{
      "select m.key, to_json(array_agg(distinct jsonb_typeof(m.value))) from stac.collection_members n "
      "cross join lateral jsonb_each("};
  sql.add(filtered_members).add(R"() m
    where m.value <> 'null' group by m.key order by m.key collate "C" limit 1000)");
  std::vector<StoredProperty> properties;
  for (const auto& row : connection.run(sql)) {
    properties.push_back(property_of(row[0].c_str(), row[1].c_str()));
  }
  return properties;
}

}  // namespace

bool StoredProperty::has_order() const {
  const auto is_single = [](const std::string& of_value) {
    return of_value != "array" && of_value != "object";
  };
  return stac::is_sortable(type) &&
         (type != PropertyType::any || json_types.empty() || std::ranges::any_of(json_types, is_single));
}

template <typename Read>
std::shared_ptr<const std::vector<StoredProperty>> Properties::read_at_times(Kept& kept, Read read) {
  {
    const std::lock_guard lock(mutex_);
    if (kept.properties && std::chrono::steady_clock::now() - kept.at < keep) return kept.properties;
  }
  auto properties =
      std::make_shared<const std::vector<StoredProperty>>(with_connection(readers_, true, read));
  const std::lock_guard lock(mutex_);
  kept = {properties, std::chrono::steady_clock::now()};
  return properties;
}

std::shared_ptr<const std::vector<StoredProperty>> Properties::all() {
  return read_at_times(of_items_, [](Connection& connection) { return read_properties(connection, {}); });
}

std::shared_ptr<const std::vector<StoredProperty>> Properties::of_collections() {
  return read_at_times(of_collections_, read_collection_properties);
}

std::optional<std::vector<StoredProperty>> Properties::of(const std::string& collection) {
  return with_connection(readers_, true,
                         [&](Connection& connection) -> std::optional<std::vector<StoredProperty>> {
                           Sql sql{"select key from stac.collection where id = "};
                           const auto rows = connection.run(sql.bind(collection));
                           if (rows.empty()) return {};
                           return read_properties(connection, rows[0][0].as<int>());
                         });
}

std::optional<PropertyType> Properties::type_of(std::string_view name) {
  const auto properties = all();
  const auto found = std::ranges::lower_bound(*properties, name, {}, &StoredProperty::name);
  if (found == properties->end() || found->name != name) return {};
  return found->has_order() ? found->type : PropertyType::object;
}

std::string_view name_of(PropertyType type) {
  const auto found = std::ranges::find(type_names, type, &decltype(type_names)::value_type::second);
  return found == type_names.end() ? "any" : found->first;
}

std::optional<PropertyType> property_type(std::string_view name) {
  const auto found = std::ranges::find(type_names, name, &decltype(type_names)::value_type::first);
  return found == type_names.end() ? std::nullopt : std::optional{found->second};
}

}  // namespace hayden::db
