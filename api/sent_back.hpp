#pragma once
#include <string_view>

#include "api/links.hpp"
#include "core/json.hpp"

namespace hayden::api {

// A client may send back what it has read. These take out of a document what the service put into it on its
// way out, so that it is stored as it was: else a link of this service, or a URL that ends, would be all that
// is left of an asset's place. `links` must be those of the client that has read it.

/// Hrefs that lead here, or are signed, become what `alternate.s3` keeps (ItemHrefs), as it is written in
/// `stored`, the text of the Item that is there, if it is the same object there. What describes them goes. An
/// href without that alternate stays.
void restore_item(Json& item, const Links& links, std::string_view stored = {});
/// Takes away what a Collection says of signing, and the `itemType` that `stored` (null when there is none)
/// does not have.
void restore_collection(Json& collection, const Json& stored, const Links& links);
/// What a Collection has of its Items, `follows` (db::StoredCollection), becomes again what `stored`
/// declares, where it is sent unchanged. What is sent changed is a declaration.
void restore_declared(Json& collection, const Json& stored, const Json& follows);

}  // namespace hayden::api
