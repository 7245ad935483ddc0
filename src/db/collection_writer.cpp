#include "db/collection_writer.hpp"

#include "core/problem.hpp"
#include "db/collections_sql.hpp"
#include "db/odc_transaction.hpp"

namespace hayden::db {
namespace {

struct LockedCollection {
  std::string key, content, etag, origin, products;
  bool used = false;
};

LockedCollection lock_collection(RoleTransaction& transaction, const std::string& id,
                                 const Precondition& precondition) {
  Sql sql{"select key, content, etag, origin, products, used from stac.lock_collection("};
  const auto rows = transaction.run(sql.bind(id).add(")"));
  precondition(rows.empty() ? std::nullopt : std::optional<std::string>{rows[0][2].c_str()});
  if (rows.empty()) throw Problem(404, "NotFound", "there is no collection '" + id + "'");
  const auto row = rows[0];
  return {row[0].c_str(), row[1].c_str(), row[2].c_str(), row[3].c_str(), row[4].c_str(), row[5].as<bool>()};
}

}  // namespace

bool add_collection(Pool& writers, std::string_view role, const stac::CollectionDocument& collection) {
  return under_role(writers, role, [&](RoleTransaction& transaction) {
    transaction.run(Sql{"select stac.manage_collections()"});
    transaction.become("agdc_admin");
    Sql sql{"select stac.add_collection("};
    sql.bind(collection.id).add(", ").bind(collection.text).add(", ").bind(collection.etag).add(")");
    const bool added = transaction.run(sql).at(0)[0].as<bool>();
    transaction.commit();
    return added;
  });
}

void change_collection(Pool& writers, std::string_view role, const std::string& id,
                       const Precondition& precondition, const CollectionChange& change) {
  under_role(writers, role, [&](RoleTransaction& transaction) {
    const auto locked = lock_collection(transaction, id, precondition);
    const std::string follows = transaction.run(collection_sql(id)).at(0)[3].c_str();
    const auto collection = change(locked.content, follows);
    transaction.become("agdc_admin");
    Sql sql{"select stac.replace_collection("};
    sql.bind(locked.key).add("::int, ").bind(collection.text).add(", ").bind(collection.etag).add(")");
    transaction.run(sql);
    transaction.commit();
  });
}

void remove_collection(Pool& writers, std::string_view role, const std::string& id,
                       const Precondition& precondition) {
  under_role(writers, role, [&](RoleTransaction& transaction) {
    const auto locked = lock_collection(transaction, id, precondition);
    if (locked.origin == "odc") {
      throw Problem(409, "InUse",
                    "the collection '" + id + "' is that of a product; delete the product instead");
    }
    if (locked.used) {
      throw Problem(
          409, "InUse",
          "the collection '" + id + "' has Items, or its products have datasets; delete them first");
    }
    Sql products{"delete from agdc.dataset_type where id = any ("};
    transaction.run(products.bind(locked.products).add("::smallint[])"));
    transaction.become("agdc_admin");
    Sql sql{"select stac.remove_collection("};
    transaction.run(sql.bind(locked.key).add("::int)"));
    transaction.commit();
  });
}

}  // namespace hayden::db
