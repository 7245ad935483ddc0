#include "api/odc/csv.hpp"
#include "db/stored_json.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace hayden::api {
namespace {

using Offsets = std::vector<std::vector<std::string>>;

void append_cell(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) out.append(c == '"' ? 2U : 1U, c);
  out += '"';
}

const Json* value_at(const Json& document, const std::vector<std::string>& path) {
  const Json* node = &document;
  for (const auto& name : path) {
    if (!node->is_object()) return nullptr;
    const auto found = node->find(name);
    if (found == node->end()) return nullptr;
    node = &*found;
  }
  return node->is_null() ? nullptr : node;
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : dump_json(value);
}

/// The first of them, or the least or greatest.
enum class Choice { first, least, greatest };

std::string value_of(const Json& document, const Offsets& offsets, Choice choice) {
  const Json* chosen = nullptr;
  for (const auto& path : offsets) {
    const auto* const value = value_at(document, path);
    if (value == nullptr) continue;
    const bool better = chosen == nullptr || (choice == Choice::least && *value < *chosen) ||
                        (choice == Choice::greatest && *value > *chosen);
    if (better) chosen = value;
  }
  return chosen == nullptr ? "" : text_of(*chosen);
}

void append_line(std::string& out, const std::vector<std::string>& cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out += ',';
    append_cell(out, cells[i]);
  }
  out += "\r\n";
}

/// The columns in their order, each once.
std::vector<std::string> columns_of(const std::vector<TypeFields>& types) {
  std::vector<std::string> columns{"id", "product", "uri", "indexed_time"};
  const auto add = [&](const std::string& name) {
    if (std::ranges::find(columns, name) == columns.end()) columns.push_back(name);
  };
  for (const auto& type : types) {
    for (const auto& field : type.fields) {
      if (!field.is_range()) {
        add(field.name);
      } else {
        add(field.name + "_begin");
        add(field.name + "_end");
      }
    }
  }
  return columns;
}

std::map<std::string, std::string> values_of(const db::OdcDataset& dataset,
                                             const std::vector<odc::Field>& fields) {
  const auto document = db::parse_stored_json(dataset.document);
  std::map<std::string, std::string> values;
  for (const auto& field : fields) {
    if (!field.is_range()) {
      values[field.name] = value_of(document, field.offsets, Choice::first);
    } else {
      values[field.name + "_begin"] = value_of(document, field.lower, Choice::least);
      values[field.name + "_end"] = value_of(document, field.upper, Choice::greatest);
    }
  }
  const auto active = std::ranges::find(dataset.locations, "", &db::OdcLocation::archived);
  values["id"] = dataset.id;
  values["product"] = dataset.product;
  values["uri"] = active == dataset.locations.end() ? "" : active->uri;
  values["indexed_time"] = dataset.added;
  return values;
}

}  // namespace

std::string datasets_csv(const std::vector<db::OdcDataset>& datasets, const std::vector<TypeFields>& types) {
  static const std::vector<odc::Field> none;
  const auto columns = columns_of(types);
  std::string out;
  append_line(out, columns);
  for (const auto& dataset : datasets) {
    const auto type = std::ranges::find(types, dataset.metadata_type, &TypeFields::metadata_type);
    auto values = values_of(dataset, type == types.end() ? none : type->fields);
    std::vector<std::string> cells;
    cells.reserve(columns.size());
    for (const auto& column : columns) cells.push_back(values[column]);
    append_line(out, cells);
  }
  return out;
}

std::string records_csv(const std::vector<std::string>& columns, const Json& records) {
  std::string out;
  append_line(out, columns);
  for (const auto& record : records) {
    std::vector<std::string> cells;
    cells.reserve(columns.size());
    for (const auto& column : columns) {
      const auto& value = record.at(column);
      cells.push_back(value.is_null() ? "" : text_of(value));
    }
    append_line(out, cells);
  }
  return out;
}

}  // namespace hayden::api
