#pragma once
// Only src/db includes this file: it is where libpqxx is known.
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "db/role_transaction.hpp"
#include "stac/item_document.hpp"

namespace hayden::db {

/// A row of agdc.dataset with what the index says of it, and the Item it has.
struct IndexedDataset {
  std::string id, document;
  bool archived = false;
  std::string product_id, product, product_definition;
  std::optional<int> collection;  ///< the key of the product's; none is linked yet
  std::string collection_id;
  std::vector<std::string> locations;          ///< active, newest first
  std::map<std::string, std::string> sources;  ///< classifier → dataset id
  std::string item_id;                         ///< empty: it has no Item
  int item_collection = 0;
  std::string item_collection_id;
  std::string item_origin;   ///< `stac` or `odc`
  std::string stac_content;  ///< of an Item that came by STAC, a zstd frame
};

/// Those of the datasets that exist, by id; with agdc_admin.
std::map<std::string, IndexedDataset> read_datasets(RoleTransaction& transaction,
                                                    const std::vector<std::string>& ids);

/// The Item of a dataset whose product has a collection. Throws Problem when its document has no Item form.
stac::ItemDocument derived_item(const IndexedDataset& dataset);
/// The EO3 document of a dataset that follows from its Item. Throws Problem when the Item has no EO3 form.
Json derived_document(const IndexedDataset& dataset, const Json& item);
/// Whether two documents say the same; the order of members does not count.
bool says_the_same(const Json& one, const std::string& other);

/// The Collection of a product; of one whose definition is no good, that of its bare name.
Json product_collection(const std::string& name, const std::string& definition);
/// Gives a product the collection of its name unless it has one, and writes what came with the product. Tells
/// the key; none when the product is gone.
std::optional<int> write_product_collection(RoleTransaction& transaction, const std::string& product_id,
                                            const std::string& name, const std::string& definition);

/// Has waits of this transaction end (gave_way()) well before the server looks for deadlocks, after a second:
/// when background work and a foreign client wait for each other, it is not the client that loses its work.
void give_way(RoleTransaction& transaction);
bool gave_way(const pqxx::sql_error& error);

}  // namespace hayden::db
