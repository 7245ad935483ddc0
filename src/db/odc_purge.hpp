#pragma once
// Only src/db includes this file: it is where libpqxx is known.
#include <string>
#include <string_view>
#include <vector>

#include "db/role_transaction.hpp"

namespace hayden::db {

/// The first of them, and how many more there are, for a sentence.
std::string names_of(const std::vector<std::string>& ids);
/// Runs `<statement> in (ids)`.
void run_on(RoleTransaction& transaction, std::string_view statement, const std::vector<std::string>& ids);
/// Removes datasets with their locations and lineage. Throws Problem(409) naming those that datasets which
/// stay are derived from.
void purge_datasets(RoleTransaction& transaction, const std::vector<std::string>& ids);

}  // namespace hayden::db
