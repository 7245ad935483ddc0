#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "db/item_writer.hpp"
#include "db/pool.hpp"
#include "stac/sent_document.hpp"

namespace hayden::db {

/// The Collection that is to take the place of the one whose text is given, with what it has of its Items
/// (StoredCollection::follows).
using CollectionChange =
    std::function<stac::CollectionDocument(const std::string& text, const std::string& follows)>;

// Collections written by clients of the STAC API, under the caller's role as Items are (ItemWriter). All
// throw Problem: 403, 409 when another request was quicker, 503.

/// False when there is one of that id.
bool add_collection(Pool& writers, std::string_view role, const stac::CollectionDocument& collection);
/// Throws Problem(404). One that came with its product stops following it.
void change_collection(Pool& writers, std::string_view role, const std::string& id,
                       const Precondition& precondition, const CollectionChange& change);
/// Removes a Collection that has no Items, with its products, which then have no datasets. Throws Problem:
/// 404, 409 when it is used or is a product's own.
void remove_collection(Pool& writers, std::string_view role, const std::string& id,
                       const Precondition& precondition);

}  // namespace hayden::db
