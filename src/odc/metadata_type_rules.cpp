#include "odc/metadata_type_rules.hpp"

#include <algorithm>
#include <array>

#include "odc/documents.hpp"

namespace hayden::odc {
namespace {

/// What datacube itself searches by; a field of such a name would hide it.
constexpr std::array<std::string_view, 9> native_fields = {"id",
                                                           "indexed_time",
                                                           "indexed_by",
                                                           "product",
                                                           "dataset_type_id",
                                                           "metadata_type",
                                                           "metadata_type_id",
                                                           "metadata_doc",
                                                           "uri"};

void check_path(const Node& offset) {
  if (offset.demand_texts()) offset.demand(!offset.json().empty(), "must name at least one key");
}

void check_paths(const Node& offsets) {
  if (!offsets.demand_list() || !offsets.demand(!offsets.json().empty(), "must hold at least one path"))
    return;
  offsets.each_element(check_path);
}

/// Whether it is a range; scalar when the type is unknown or missing.
bool check_type(const Node& field) {
  const auto type = field.member("type");
  if (!type) return false;
  if (type->json() == "numeric") {
    type->fault("must not be numeric, which datacube knows only as a range: use double");
    return false;
  }
  return type->demand_one_of({"string", "integer", "double", "datetime", "integer-range", "numeric-range",
                              "double-range", "float-range", "datetime-range"}) &&
         type->json().get_ref<const std::string&>().ends_with("-range");
}

void check_offsets(const Node& field, bool is_range) {
  for (const auto* name : {"min_offset", "max_offset"}) {
    const auto offsets = is_range ? field.required(name) : field.member(name);
    if (offsets && offsets->demand(is_range, "belongs to a range; this field is none")) check_paths(*offsets);
  }
  const auto offset = is_range ? field.member("offset") : field.required("offset");
  if (offset && offset->demand(!is_range, "belongs to a field that is no range")) check_path(*offset);
}

void check_field(const std::string& name, const Node& field) {
  const bool has_word = std::ranges::any_of(name, [](char c) { return is_name({&c, 1}); });
  field.demand(has_word, "must have a letter, a digit or an underscore in its name");
  field.demand(std::ranges::find(native_fields, name) == native_fields.end(),
               "hides what datacube itself searches by this name");
  if (!field.demand_object()) return;
  field.allow_only({"description", "offset", "type", "indexed", "min_offset", "max_offset"});
  if (const auto description = field.member("description")) description->demand_text();
  if (const auto indexed = field.member("indexed")) indexed->demand_boolean();
  check_offsets(field, check_type(field));
}

void check_dataset_section(const Node& dataset) {
  if (!dataset.demand_object()) return;
  dataset.allow_only(
      {"id", "creation_dt", "label", "sources", "measurements", "format", "grid_spatial", "search_fields"});
  for (const auto* name : {"id", "creation_dt", "label", "sources"}) {
    if (const auto offset = dataset.required(name)) offset->demand_texts();
  }
  for (const auto* name : {"measurements", "format", "grid_spatial"}) {
    if (const auto offset = dataset.member(name)) offset->demand_texts();
  }
  const auto fields = dataset.required("search_fields");
  if (fields && fields->demand_object()) fields->each_member(check_field);
}

}  // namespace

void check_metadata_type(const Node& definition) {
  if (!definition.demand_object()) return;
  definition.allow_only({"name", "description", "dataset"});
  if (const auto name = definition.required("name")) name->demand_name();
  if (const auto description = definition.required("description")) description->demand_text();
  if (const auto dataset = definition.required("dataset")) check_dataset_section(*dataset);
}

void check_metadata_type(const Json& definition, Mistakes& mistakes) {
  check_metadata_type(Node(definition, mistakes));
}

}  // namespace hayden::odc
