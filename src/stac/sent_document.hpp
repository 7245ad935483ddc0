#pragma once
#include <optional>
#include <string>

#include "core/json.hpp"
#include "core/problem.hpp"

namespace hayden::stac {

/// What an Item or Collection that a client sends must hold beyond prepare_item(): what other programs would
/// stumble over (STAC 1.0.0 and 1.1.0, item-spec and collection-spec). Extensions are not checked.
void check_sent_item(const Json& item, Mistakes& mistakes);
void check_sent_collection(const Json& collection, Mistakes& mistakes);

/// A Collection made ready to store.
struct CollectionDocument {
  std::string id;
  std::string text;  ///< the Collection as it came, links included
  std::string etag;  ///< hex; changes with `text`
};
/// Of a Collection that check_sent_collection() took.
CollectionDocument prepare_collection(const Json& collection);

/// The longest id of an Item or Collection in bytes: it is part of index entries and addresses.
inline constexpr std::size_t longest_id = 512;

}  // namespace hayden::stac
