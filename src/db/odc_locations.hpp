#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/problem.hpp"
#include "db/pool.hpp"

namespace hayden::db {

enum class LocationAction { archive, restore, remove };

/// Adds locations, the first becomes the newest; known ones stay as they are. Tells how many are new. Throws
/// Problem(404).
std::int64_t add_locations(Pool& writers, std::string_view role, const std::string& id,
                           const std::vector<std::string>& uris);
/// `location` is an id or a URI. Throws Problem(404); tells whether anything changed.
bool act_on_location(Pool& writers, std::string_view role, LocationAction action, const std::string& id,
                     const std::string& location);
/// A mistake unless `uri` is a scheme, a colon and something that follows.
void check_location(const std::string& uri, const std::string& where, Mistakes& mistakes);

}  // namespace hayden::db
