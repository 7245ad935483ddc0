#include "api/property_schema.hpp"

#include "core/json.hpp"

namespace hayden::api {
namespace {

using stac::PropertyType;

/// What the values of a property are: as said, else as stored.
Json schema_of(const db::StoredProperty& property) {
  Json schema = Json::object();
  if (!property.title.empty()) schema["title"] = property.title;
  switch (property.type) {
    case PropertyType::any:
      if (property.json_types.size() == 1) schema["type"] = property.json_types.front();
      if (property.json_types.size() > 1) schema["type"] = property.json_types;
      break;
    case PropertyType::timestamp:
      schema["type"] = "string";
      schema["format"] = "date-time";
      break;
    case PropertyType::date:
      schema["type"] = "string";
      schema["format"] = "date";
      break;
    case PropertyType::text:
      schema["type"] = "string";
      break;
    default:
      schema["type"] = db::name_of(property.type);
  }
  return schema;
}

/// What every Item has, beside its properties.
Json of_every_item() {
  Json properties = Json::object();
  for (const auto* name : {"id", "collection", "datetime"}) {
    const auto& known = *stac::find_queryable(name);
    properties[name] = schema_of({name, known.type, {}, std::string{known.title}});
  }
  return properties;
}

void add_missing(Json& all, const std::vector<db::StoredProperty>& properties) {
  for (const auto& property : properties) {
    if (!all.contains(property.name)) all[property.name] = schema_of(property);
  }
}

std::string schema(std::string_view id, std::string_view title, Json properties, bool open) {
  return dump_json({{"$schema", "https://json-schema.org/draft/2019-09/schema"},
                    {"$id", id},
                    {"type", "object"},
                    {"title", title},
                    {"properties", std::move(properties)},
                    {"additionalProperties", open}});
}

}  // namespace

std::string queryables_schema(std::string_view id, std::string_view title,
                              const std::vector<db::StoredProperty>& properties) {
  auto all = of_every_item();
  all["geometry"] = {{"title", "Footprint"}, {"$ref", "https://geojson.org/schema/Geometry.json"}};
  add_missing(all, properties);
  return schema(id, title, std::move(all), true);
}

std::string collections_queryables_schema(std::string_view id, std::string_view title,
                                          const std::vector<db::StoredProperty>& properties) {
  Json all{{"id", {{"title", "Collection id"}, {"type", "string"}}},
           {"geometry", {{"title", "Extent"}, {"$ref", "https://geojson.org/schema/Geometry.json"}}}};
  for (const auto& [name, of] : {std::pair{"start_datetime", "Begin"}, std::pair{"end_datetime", "End"}}) {
    all[name] = schema_of({name, PropertyType::timestamp, {}, std::string{of} + " of the extent"});
  }
  add_missing(all, properties);
  return schema(id, title, std::move(all), true);
}

std::string sortables_schema(std::string_view id, std::string_view title,
                             const std::vector<db::StoredProperty>& properties) {
  auto all = of_every_item();
  for (const auto& property : properties) {
    if (property.has_order() && !all.contains(property.name)) all[property.name] = schema_of(property);
  }
  return schema(id, title, std::move(all), false);
}

}  // namespace hayden::api
