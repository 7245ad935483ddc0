#pragma once
// Only src/db includes this file: it is where libpqxx is known.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "db/role_transaction.hpp"

namespace hayden::db {

/// Throws Problem(412) unless the dataset is still the one of the If-Match header.
void require_match(RoleTransaction& transaction, const std::string& id, const std::string& if_match);
/// Throws Problem(404) naming those that are not in the index. `ids` are canonical.
void require_datasets(RoleTransaction& transaction, const std::vector<std::string>& ids);
/// The first becomes the newest; those that are there stay as they are. Tells how many are new.
std::int64_t insert_locations(RoleTransaction& transaction, const std::string& id,
                              const std::vector<std::string>& uris);
/// Edges classifier → source whose sources are in the index; tells how many are new.
std::int64_t insert_sources(RoleTransaction& transaction, const std::string& id,
                            const std::map<std::string, std::string>& sources);

}  // namespace hayden::db
