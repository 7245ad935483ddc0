#include <algorithm>

#include "odc/eo3.hpp"
#include "odc/query.hpp"

namespace hayden::odc {
namespace {

using Path = std::vector<std::string>;

Path path_of(const Json* json) {
  Path path;
  if (json == nullptr || !json->is_array()) return path;
  for (const auto& key : *json) {
    if (key.is_string()) path.push_back(key.get<std::string>());
  }
  return path;
}

std::vector<Path> paths_of(const Json* json) {
  std::vector<Path> paths;
  if (json == nullptr || !json->is_array()) return paths;
  for (const auto& each : *json) paths.push_back(path_of(&each));
  return paths;
}

Field fixed(const char* name, const char* type, const char* description, Path path) {
  Field field;
  field.name = name;
  field.type = type;
  field.description = description;
  field.offsets.push_back(std::move(path));
  field.indexed = false;
  return field;
}

Path path_or(const Json& dataset, const char* name, const Path& otherwise) {
  Path path = path_of(find(dataset, name));
  return path.empty() ? otherwise : path;
}

Field field_of(const std::string& name, const Json& definition) {
  Field field;
  field.name = name;
  if (const auto type = text(definition, "type"); !type.empty()) field.type = type;
  field.description = text(definition, "description");
  if (const Json* indexed = find(definition, "indexed"); indexed != nullptr && indexed->is_boolean()) {
    field.indexed = indexed->get<bool>();
  }
  if (const Json* offset = find(definition, "offset")) field.offsets.push_back(path_of(offset));
  field.lower = paths_of(find(definition, "min_offset"));
  field.upper = paths_of(find(definition, "max_offset"));
  return field;
}

}  // namespace

std::vector<Field> fields_of(const Json& metadata_type) {
  const Json* found = find(metadata_type, "dataset");
  const Json dataset = found == nullptr ? Json::object() : *found;
  std::vector<Field> fields = {
      fixed("id", "string", "Dataset UUID", {"id"}),
      fixed("creation_time", "datetime", "When the dataset was made",
            path_or(dataset, "creation_dt", {"creation_dt"})),
      fixed("format", "string", "File format", path_or(dataset, "format", {"format", "name"})),
      fixed("label", "string", "Label", path_or(dataset, "label", {"label"}))};
  const Json* search_fields = find(dataset, "search_fields");
  if (search_fields == nullptr || !search_fields->is_object()) return fields;
  for (const auto& [name, definition] : search_fields->items()) {
    std::erase_if(fields, [&](const Field& other) { return other.name == name; });
    fields.push_back(field_of(name, definition));
  }
  return fields;
}

}  // namespace hayden::odc
