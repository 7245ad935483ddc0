#pragma once
#include "odc/document_node.hpp"

namespace hayden::odc {

/// The rules for a metadata type, also for one that stands inside of a product.
void check_metadata_type(const Node& definition);

}  // namespace hayden::odc
