#pragma once
#include <string>
#include <string_view>

#include "core/bbox.hpp"
#include "core/interval.hpp"
#include "core/json.hpp"

namespace hayden::stac {

/// An Item made ready to store: the text that goes out, and what a search needs to know of it.
struct ItemDocument {
  std::string id, collection;
  std::string text;  ///< the Item, without the server's links (self, root, parent, collection)
  int links_at = 0;  ///< offset in `text` just behind `"links":[`, where the server's links are spliced in
  std::string geometry_wkb;  ///< empty for a null geometry
  Instant datetime;          ///< sort key: `datetime`, else `start_datetime`
  Instant start, end;
  std::string properties;  ///< JSON text
  std::string etag;        ///< hex digest of `text`
};

/// Checks an Item's structure (STAC 1.0.0 item-spec) and prepares it. Throws Problem(400) naming every fault
/// at once.
ItemDocument prepare_item(const Json& item);
/// The same of whom `plain` is the Item without exact numbers (see rounded()).
ItemDocument prepare_item(const Json& item, const Json& plain);

}  // namespace hayden::stac
