#pragma once
#include "db/pool.hpp"

namespace hayden::db {

/// Finds out what the Items of some of those collections cover whose extent is doubted since Items went, and
/// replaces the extents that are too large. Cheap where there is nothing to do. Tells how many it has
/// replaced. Throws Problem: 503 when the database is away or it took too long.
int settle_extents(Pool& writers);

/// Finds out what the summaries of collections are, if Items have been written since it did. Tells whether it
/// looked. Throws as above.
bool settle_summaries(Pool& writers);

}  // namespace hayden::db
