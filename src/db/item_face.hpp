#pragma once
// Only src/db includes this file: it is where libpqxx is known.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "db/role_transaction.hpp"

namespace hayden::db {

/// The Open Data Cube's face of an Item on its way into the index.
struct ItemFace {
  std::string product, dataset_id, location;
  Json dataset;
  std::map<std::string, std::string> sources;
  std::string missing;  ///< why the Item has no such face; empty when it has one
  bool is_there() const { return missing.empty(); }
};

/// By the Item alone; whether its product takes it is told by FaceProducts.
ItemFace face_of(const Json& item);

/// A collection that is not deleted before the transaction ends, and the products that its Items belong to,
/// as the index has them.
class FaceProducts {
 public:
  /// Throws Problem(404) when there is no such collection.
  FaceProducts(RoleTransaction& transaction, const std::string& collection,
               const std::set<std::string>& names);
  /// The collection's key in the database.
  int collection() const { return collection_; }
  bool knows(const std::string& name) const { return products_.contains(name); }
  bool know_all(const std::set<std::string>& names) const { return products_.size() == names.size(); }
  /// The face without a dataset, for a reason, when the product does not take it.
  void match(ItemFace& face) const;
  /// Ids of the product and its metadata type, for SQL.
  const std::string& id(const std::string& name) const { return products_.at(name).id; }
  const std::string& metadata_type(const std::string& name) const { return products_.at(name).metadata_type; }

 private:
  struct Product {
    std::string id, metadata_type;
    Json metadata, definition, type_definition;
    int collection = 0;  ///< 0: none
  };
  std::string refusal(const Product& product, const ItemFace& face) const;
  int collection_ = 0;
  std::map<std::string, Product> products_;
};

/// Makes the product of an Item and links it to the Item's collection, under agdc_admin. A name that is taken
/// is left alone.
void make_product(RoleTransaction& transaction, const std::string& name, const Json& definition,
                  int collection);

}  // namespace hayden::db
