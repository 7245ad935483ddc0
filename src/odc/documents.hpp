#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "core/problem.hpp"

namespace hayden::odc {

/// The rules of datacube 1.8 (metadata-type-schema.yaml, dataset-type-schema.yaml, prep_eo3) for the
/// documents of an index. Every fault is added to `mistakes` under its path, e.g. `measurements[2].dtype`.
void check_metadata_type(const Json& definition, Mistakes& mistakes);
void check_product(const Json& definition, Mistakes& mistakes);
/// An EO3 dataset as a client sends it or as it is stored; documents without `$schema` are refused: the
/// legacy form cannot be served.
void check_dataset(const Json& document, Mistakes& mistakes);

/// The stored form of a dataset that passed check_dataset(): with `extent`, `grid_spatial` and an empty
/// `lineage.source_datasets`, made as prep_eo3 makes them. What the document says itself of these is kept,
/// except lineage. Throws Problem(422, "InvalidGeometry") when the footprint cannot be brought to EPSG:4326.
Json stored_dataset(const Json& document);

/// The lineage of an incoming document: classifier → dataset id; several ids of one classifier become
/// classifier1, classifier2, …
std::map<std::string, std::string> sources_of(const Json& document);

/// Whether a document holds everything that a product's `metadata` demands; strings are compared without
/// regard to case.
bool matches(const Json& product_metadata, const Json& document);
/// Measurements that the product has and the dataset lacks (those with extra_dim excepted).
std::vector<std::string> missing_measurements(const Json& product, const Json& dataset);

}  // namespace hayden::odc
