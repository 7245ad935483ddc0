#pragma once
#include <string>

#include "db/sql.hpp"
#include "stac/collection_request.hpp"

namespace hayden::db {

/// One page of a search of collections, and one row more that tells whether another follows. Columns: id,
/// etag, content, the extent of the Items as JSON or null, title. A page that goes backwards comes in reverse
/// order.
Sql collections_sql(const stac::CollectionRequest& request);

/// Counts the collections that match.
Sql count_collections_sql(const stac::CollectionRequest& request);

/// One collection: the same columns.
Sql collection_sql(const std::string& id);

}  // namespace hayden::db
