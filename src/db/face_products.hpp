#pragma once
// Only src/db includes this file: it is where libpqxx is known.
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "core/json.hpp"
#include "db/role_transaction.hpp"
#include "odc/item_face.hpp"

namespace hayden::db {

/// Products as requests have read them from the index. Safe from any thread.
class KnownProducts {
 public:
  struct Product;
  using Pointer = std::shared_ptr<const Product>;

  /// Those of these names that are known.
  std::map<std::string, Pointer> find(const std::set<std::string>& names) const;
  /// Takes the place of another version of the product.
  void keep(const std::string& name, Pointer product);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Pointer> products_;
};

/// A collection that is not deleted before the transaction ends, and the products that its Items belong to,
/// as the index has them.
class FaceProducts {
 public:
  /// Throws Problem(404) when there is no such collection.
  FaceProducts(RoleTransaction& transaction, const std::string& collection,
               const std::set<std::string>& names, KnownProducts& known);
  /// The collection's key in the database.
  int collection() const { return collection_; }
  bool knows(const std::string& name) const { return products_.contains(name); }
  bool know_all(const std::set<std::string>& names) const { return products_.size() == names.size(); }
  /// Why the product of a face does not take its dataset; empty when it does.
  std::string refusal(const odc::ItemFace& face) const;
  /// Ids of the product and its metadata type, for SQL.
  const std::string& id(const std::string& name) const { return products_.at(name).id; }
  const std::string& metadata_type(const std::string& name) const { return products_.at(name).metadata_type; }

 private:
  struct Entry {
    std::string id, metadata_type;
    int collection = 0;  ///< that the product serves; 0: none
    KnownProducts::Pointer product;
  };
  int collection_ = 0;
  std::map<std::string, Entry> products_;
};

/// Makes the product of an Item and links it to the Item's collection, under agdc_admin. A name that is taken
/// is left alone.
void make_product(RoleTransaction& transaction, const std::string& name, const Json& definition,
                  int collection);

}  // namespace hayden::db
