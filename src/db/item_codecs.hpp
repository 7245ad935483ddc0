#pragma once
// Only src/db includes this file: it is where libpqxx is known.
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "db/item_codec.hpp"
#include "db/role_transaction.hpp"

namespace hayden::db {

/// The encoders and decoders of collections (stac.collection.key), with the dictionaries that the database
/// holds. Not safe from several threads at once.
class ItemCodecs {
 public:
  /// Read from the database at first use, and whether the collection has a dictionary with it.
  const ItemEncoder& encoder(RoleTransaction& transaction, int collection);
  bool has_dictionary(RoleTransaction& transaction, int collection);
  /// The same as far as is known without asking: null unless there is a dictionary.
  const ItemEncoder* known_encoder(int collection) const;
  /// Trains a dictionary for a collection that has none and adopts it, unless the samples do not suffice;
  /// another that was adopted meanwhile is taken instead. Takes at least agdc_ingest.
  void train(RoleTransaction& transaction, int collection, std::span<const std::string> samples);
  /// Throws std::runtime_error when the frame is damaged or its dictionary is not there.
  std::string decode(RoleTransaction& transaction, std::string_view frame);
  /// After a transaction that failed: it may have adopted a dictionary that is not there now.
  void forget() { encoders_.clear(); }

 private:
  struct Entry {
    bool has_dictionary = false;
    ItemEncoder encoder;
  };
  Entry& entry(RoleTransaction& transaction, int collection);

  std::map<int, Entry> encoders_;
  ItemDecoder decoder_;
};

}  // namespace hayden::db
