#include "db/rebuild.hpp"

#include <spdlog/spdlog.h>

#include "db/connection.hpp"
#include "db/indexed_dataset.hpp"
#include "db/item_codecs.hpp"
#include "db/projector.hpp"
#include "db/role_transaction.hpp"

namespace hayden::db {
namespace {

constexpr int batch_size = 300;
constexpr auto first_id = "00000000-0000-0000-0000-000000000000";

void name_unknown(RoleTransaction& transaction, const std::vector<std::string>& names,
                  const std::string& kind, const std::string& known, Mistakes& mistakes) {
  Sql sql{"select n from jsonb_array_elements_text("};
  sql.bind(sql_json_array(names)).add("::jsonb) n where n not in (" + known + ")");
  for (const auto& row : transaction.run(sql)) mistakes.add(row[0].c_str(), "there is no such " + kind);
}

class Rebuild {
 public:
  Rebuild(Pool& pool, const RebuildOptions& options) : pool_(pool), options_(options) {}

  RebuildReport run() {
    start();
    for (const auto& id : products_) rebuild_collection(id);
    while (rebuild_batch()) {
      if (options_.progress) options_.progress(report_);
    }
    return report_;
  }

 private:
  template <typename Work>
  auto in_transaction(const Work& work) {
    return with_connection(pool_, false, [&](Connection& connection) {
      RoleTransaction transaction{connection, "agdc_admin"};
      give_way(transaction);
      auto result = work(transaction);
      if (!options_.dry_run) transaction.commit();
      return result;
    });
  }

  void start() {
    in_transaction([this](RoleTransaction& transaction) {
      find_products(transaction);
      if (!options_.dry_run) find_position(transaction);
      Sql count{
          "select count(*) from agdc.dataset where dataset_type_ref in (select jsonb_array_elements_text("};
      count.bind(sql_json_array(products_))
          .add("::jsonb)::smallint) and id > ")
          .bind(position_)
          .add("::uuid");
      report_.total = transaction.run(count).at(0)[0].as<std::int64_t>();
      return true;
    });
  }

  void find_products(RoleTransaction& transaction) {
    Mistakes mistakes;
    name_unknown(transaction, options_.products, "product", "select name from agdc.dataset_type", mistakes);
    name_unknown(transaction, options_.collections, "collection", "select id from stac.collection", mistakes);
    if (!mistakes.empty()) {
      std::string all;
      for (const auto& mistake : mistakes.all()) all += (all.empty() ? "" : "; ") + mistake;
      throw Problem(404, "NotFound", all);
    }
    Sql sql{"select t.id from agdc.dataset_type t where "};
    if (options_.products.empty() && options_.collections.empty()) {
      sql.add("true");
    } else {
      sql.add("t.name in (select jsonb_array_elements_text(").bind(sql_json_array(options_.products));
      sql.add(
          "::jsonb)) or t.id in (select p.dataset_type from stac.collection_product p join stac.collection c"
          " on c.key = p.collection where c.id in (select jsonb_array_elements_text(");
      sql.bind(sql_json_array(options_.collections)).add("::jsonb)))");
    }
    for (const auto& row : transaction.run(sql.add(" order by t.id"))) products_.emplace_back(row[0].c_str());
    scope_ = options_.products.empty() && options_.collections.empty() ? "all" : sql_json_array(products_);
  }

  void find_position(RoleTransaction& transaction) {
    Sql sql{"select hayden.rebuild_position("};
    const auto position = transaction.run(sql.bind(scope_).add(")")).at(0)[0];
    if (position.is_null()) return;
    position_ = position.c_str();
    report_.continued = true;
  }

  void rebuild_collection(const std::string& product_id) {
    in_transaction([&](RoleTransaction& transaction) {
      Sql sql{"select name, definition from agdc.dataset_type where id = "};
      for (const auto& row : transaction.run(sql.bind(product_id).add("::smallint for no key update"))) {
        write_product_collection(transaction, product_id, row[0].c_str(), row[1].c_str());
      }
      return true;
    });
  }

  bool rebuild_batch() {
    const auto before = report_;
    try {
      const auto last = in_transaction([this](RoleTransaction& transaction) -> std::string {
        const auto ids = lock_next(transaction);
        if (!ids.empty()) rebuild_datasets(transaction, ids);
        auto place = ids.empty() ? std::string{} : ids.back();
        if (!options_.dry_run) save_position(transaction, place);
        return place;
      });
      if (last.empty()) return false;
      position_ = last;
    } catch (const pqxx::sql_error& error) {
      codecs_.forget();
      if (!gave_way(error)) throw;
      report_ = before;
    }
    return true;
  }

  /// What another transaction is changing is projected when that is done; to wait for it could end in a
  /// deadlock that costs a foreign client its work.
  std::vector<std::string> lock_next(RoleTransaction& transaction) {
    Sql sql{"select id from agdc.dataset where id > "};
    sql.bind(position_).add("::uuid and dataset_type_ref in (select jsonb_array_elements_text(");
    sql.bind(sql_json_array(products_)).add("::jsonb)::smallint) order by id limit ");
    sql.bind(std::to_string(batch_size)).add("::int for no key update skip locked");
    std::vector<std::string> ids;
    for (const auto& row : transaction.run(sql)) ids.emplace_back(row[0].c_str());
    return ids;
  }

  void rebuild_datasets(RoleTransaction& transaction, const std::vector<std::string>& ids) {
    for (const auto& [id, dataset] : read_datasets(transaction, ids)) {
      if (!dataset.stac_content.empty()) rebuild_document(transaction, dataset);
    }
    const auto projected = Projector::project(transaction, ids, codecs_);
    // A dry run has used dictionaries that are not there now.
    if (options_.dry_run) codecs_.forget();
    report_.datasets += static_cast<std::int64_t>(ids.size());
    report_.items_written += projected.written + projected.removed;
    report_.failed += projected.failed;
  }

  void rebuild_document(RoleTransaction& transaction, const IndexedDataset& dataset) {
    try {
      const auto item = parse_json(codecs_.decode(transaction, dataset.stac_content));
      const auto document = derived_document(dataset, item);
      if (says_the_same(document, dataset.document)) return;
      Sql sql{"update agdc.dataset set metadata = "};
      transaction.run(
          sql.bind(dump_json(document)).add("::jsonb where id = ").bind(dataset.id).add("::uuid"));
      ++report_.datasets_written;
    } catch (const pqxx::failure&) {
      throw;
    } catch (const std::exception& error) {
      spdlog::warn("dataset {}: its document stays, for the Item gives none: {}", dataset.id, error.what());
    }
  }

  /// Empty: there is no more to come.
  void save_position(RoleTransaction& transaction, const std::string& place) {
    Sql sql{"select hayden.set_rebuild_position("};
    sql.bind(scope_).add(", nullif(").bind(place).add(", '')::uuid)");
    transaction.run(sql);
  }

  Pool& pool_;
  const RebuildOptions& options_;
  RebuildReport report_;
  std::vector<std::string> products_;  ///< agdc.dataset_type.id
  std::string scope_, position_ = first_id;
  ItemCodecs codecs_;
};

}  // namespace

RebuildReport rebuild(Pool& writers, const RebuildOptions& options) {
  return Rebuild{writers, options}.run();
}

}  // namespace hayden::db
