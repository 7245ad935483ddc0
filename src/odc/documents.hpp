#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "core/problem.hpp"

namespace hayden::odc {

struct Field;

// The rules of datacube 1.8 for the documents of an index. Every fault (of the first hundred) is added to
// `mistakes` under its path, e.g. `measurements[2].dtype`.

/// metadata-type-schema.yaml, and what datacube's postgres driver fails on: search fields of unknown types,
/// without the offsets of their type, or of the names that the driver itself gives to columns.
void check_metadata_type(const Json& definition, Mistakes& mistakes);

/// dataset-type-schema.yaml, and beyond it: names of at most 40 characters (index names are made of them),
/// names and aliases of measurements that are unique, extra dimensions that exist, a storage section that
/// `datacube product list` can read. A metadata type in the place of its name is checked too; that a named
/// one exists is not.
void check_product(const Json& definition, Mistakes& mistakes);

/// An EO3 dataset as a client sends it or as it is stored: what prep_eo3 needs, and what would break searches
/// or other datasets once it is stored (no time, times in another zone than UTC, ranges that end before they
/// begin, sources named twice). Documents without `$schema` are refused: the legacy form cannot be served.
void check_dataset(const Json& document, Mistakes& mistakes);

/// Whether the search fields of a metadata type can read a dataset, as stored: PostgreSQL refuses to insert
/// what it cannot index (a field of numbers that holds no number, a range that ends before it begins), and
/// fails in every search that reads it.
void check_search_fields(const Json& metadata_type, const Json& document, Mistakes& mistakes);
/// The same for fields_of() a metadata type.
void check_search_fields(const std::vector<Field>& fields, const Json& document, Mistakes& mistakes);

/// A UUID of 32 hexadecimal digits, with or without hyphens: lower case, with hyphens. Nothing for others.
std::optional<std::string> canonical_uuid(std::string_view text);

/// The stored form of a dataset that passed check_dataset(): with `extent`, `grid_spatial` and an empty
/// `lineage.source_datasets`, made as prep_eo3 makes them, except that an extent across the antimeridian or
/// around a pole covers all longitudes (datacube's would miss one side of it). What the document says itself
/// of these is kept, except lineage. Throws Problem(422) when the footprint cannot be brought to EPSG:4326.
Json stored_dataset(const Json& document);

/// The lineage of a document that passed check_dataset(): classifier → dataset id, canonical; several ids of
/// one classifier become classifier1, classifier2, … Both `{classifier: [id, …]}` of files and
/// `{source_datasets: {classifier: {id: …}}}` are read.
std::map<std::string, std::string> sources_of(const Json& document);

/// Whether a document holds everything that a product's `metadata` demands; strings are compared without
/// regard to case.
bool matches(const Json& product_metadata, const Json& document);
/// Measurements that the product has and the dataset lacks (those with extra_dim excepted).
std::vector<std::string> missing_measurements(const Json& product, const Json& dataset);

}  // namespace hayden::odc
