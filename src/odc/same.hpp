#pragma once
#include "core/json.hpp"

namespace hayden::odc {

/// Equality that does not regard the order of keys; 1 and 1.0 are the same.
bool same(const Json& a, const Json& b);

}  // namespace hayden::odc
