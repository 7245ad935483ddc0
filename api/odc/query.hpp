#pragma once
#include <initializer_list>
#include <string_view>

#include "api/call.hpp"
#include "core/problem.hpp"
#include "odc/query.hpp"

namespace hayden::api {

/// The dataset query of a request: datacube's expressions in `query`, the products in `product`, the archived
/// ones by `archived=true`, and every other parameter that is not among `reserved` a field with its value
/// (any of them, where it is repeated).
odc::DatasetQuery dataset_query(const Call& call, std::initializer_list<std::string_view> reserved,
                                Mistakes& mistakes);

}  // namespace hayden::api
