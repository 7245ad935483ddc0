#pragma once
// Only src/db includes this file: it is where libpqxx is known.
#include <string>
#include <vector>

#include "db/role_transaction.hpp"

namespace hayden::db {

/// Archives what a dataset that is in the index now takes the place of, as `datacube dataset add
/// --archive-less-mature` does: the active datasets of its product and region whose time, stretched by
/// `tolerance` milliseconds on both sides, meets its own, and whose maturity is less (final > interim > nrt).
/// Returns their ids. Throws Problem: 400 when the product lacks one of the search fields region_code, time
/// and dataset_maturity, 409 when one of those datasets is as mature or more.
std::vector<std::string> archive_less_mature(RoleTransaction& transaction, const std::string& product,
                                             const std::string& dataset_id, int tolerance);

}  // namespace hayden::db
