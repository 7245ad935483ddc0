// A document from any JSON: as a dataset it is refused, or its stored form passes the same rules and stays as
// it is; as a product or a metadata type it is refused or not, nothing else.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "odc/changes.hpp"
#include "odc/documents.hpp"
#include "odc/query.hpp"

namespace {

using namespace hayden;  // NOLINT: an entry point

bool passes(void (*check)(const Json&, Mistakes&), const Json& document) {
  Mistakes mistakes;
  check(document, mistakes);
  return mistakes.empty();
}

void store(const Json& document) {
  odc::sources_of(document);
  try {
    const Json stored = odc::stored_dataset(document);
    if (!passes(odc::check_dataset, stored) || odc::stored_dataset(stored) != stored) std::abort();
    if (odc::dataset_changes(stored, stored).size() != 0) std::abort();
  } catch (const Problem& problem) {
    if (problem.status() != 422) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};  // NOLINT: bytes are bytes
  Json document;
  try {
    document = parse_json(bytes);
  } catch (const Problem&) {
    return 0;
  }
  if (passes(odc::check_dataset, document)) store(document);
  const bool is_product = passes(odc::check_product, document);
  if (passes(odc::check_metadata_type, document) && odc::fields_of(document).size() < 3) std::abort();
  Mistakes mistakes;
  odc::check_search_fields(document, document, mistakes);
  if (is_product && !odc::product_changes(document, document).empty()) std::abort();
  odc::missing_measurements(document, document);
  if (!odc::matches(document, document)) std::abort();
  return 0;
}
