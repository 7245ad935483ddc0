#include "db/verify.hpp"

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "core/exact_json.hpp"
#include "db/connection.hpp"
#include "db/indexed_dataset.hpp"
#include "db/item_codecs.hpp"
#include "db/role_transaction.hpp"

namespace hayden::db {
namespace {

constexpr int datasets_at_once = 200;
constexpr int keys_at_once = 5'000;
constexpr auto first_id = "00000000-0000-0000-0000-000000000000";

constexpr auto by_projector = "--repair has its Item derived anew";

constexpr auto select_items = R"(
  select i.dataset_id, i.id, i.collection, c.id, i.origin, i.archived is not null, i.etag, i.links_at,
         (extract(epoch from i.datetime) * 1000000)::bigint, (extract(epoch from i.end_datetime) * 1000000)::bigint,
         i.properties, encode(public.st_asbinary(i.geometry, 'NDR'), 'hex'), i.content
  from stac.item i join stac.collection c on c.key = i.collection where )";

constexpr auto select_keys = R"(
  select i.id, i.collection, c.id, i.dataset_id, i.origin,
         i.dataset_id is not null and not exists (select from agdc.dataset d where d.id = i.dataset_id)
  from stac.item i join stac.collection c on c.key = i.collection where (i.id, i.collection) > ()";

struct ItemRow {
  std::string dataset_id, id, collection_id, origin, etag;
  int collection = 0, links_at = 0;
  bool archived = false;
  Instant datetime, end;
  std::string properties, geometry, content;
};

Instant instant_of(const pqxx::field& field) {
  return Instant{std::chrono::microseconds{field.as<std::int64_t>()}};
}

ItemRow read_item(const pqxx::row& row) {
  ItemRow read;
  read.dataset_id = row[0].is_null() ? "" : row[0].c_str();
  read.id = row[1].c_str();
  read.collection = row[2].as<int>();
  read.collection_id = row[3].c_str();
  read.origin = row[4].c_str();
  read.archived = row[5].as<bool>();
  read.etag = row[6].c_str();
  read.links_at = row[7].as<int>();
  read.datetime = instant_of(row[8]);
  read.end = instant_of(row[9]);
  read.properties = row[10].c_str();
  read.geometry = row[11].is_null() ? "" : row[11].c_str();
  read.content = from_hex({row[12].c_str(), row[12].size()});
  return read;
}

/// Which columns of a row are not what its Item says.
std::string differing_columns(const ItemRow& row, const stac::ItemDocument& item) {
  std::string names;
  const auto compare = [&names](const char* name, bool same) {
    if (!same) names += (names.empty() ? "" : ", ") + std::string{name};
  };
  compare("id", row.id == item.id);
  compare("geometry", row.geometry == to_hex(item.geometry_wkb).substr(2));
  compare("datetime", row.datetime == item.datetime);
  compare("end_datetime", row.end == item.end);
  compare("properties", nlohmann::json::parse(row.properties) == nlohmann::json::parse(item.properties));
  compare("links_at", row.links_at == item.links_at);
  return names;
}

class Verify {
 public:
  Verify(Pool& pool, const VerifyOptions& options) : pool_(pool), options_(options) {}

  VerifyReport run() {
    while (in_snapshot([this](RoleTransaction& transaction) { return check_datasets(transaction); })) {
    }
    while (in_snapshot([this](RoleTransaction& transaction) { return check_items(transaction); })) {
    }
    in_snapshot([this](RoleTransaction& transaction) {
      check_products(transaction);
      return false;
    });
    return report_;
  }

 private:
  struct State {
    bool waiting = false;
    std::string reason;
  };

  template <typename Work>
  bool in_snapshot(const Work& work) {
    const bool more = with_connection(pool_, false, [&](Connection& connection) {
      connection.run(Sql{"set default_transaction_isolation to 'repeatable read'"});
      RoleTransaction transaction{connection, "agdc_admin"};
      repairable_datasets_.clear();
      repairable_products_.clear();
      const bool result = work(transaction);
      if (options_.repair) repair(transaction);
      transaction.commit();
      return result;
    });
    if (options_.progress) options_.progress(report_);
    return more;
  }

  void repair(RoleTransaction& transaction) {
    if (repairable_datasets_.empty() && repairable_products_.empty()) return;
    Sql sql{"select hayden.enqueue(array(select jsonb_array_elements_text("};
    sql.bind(sql_json_array(repairable_datasets_))
        .add("::jsonb)::uuid), array(select jsonb_array_elements_text(");
    transaction.run(sql.bind(sql_json_array(repairable_products_)).add("::jsonb)::smallint))"));
    report_.repaired += static_cast<std::int64_t>(repairable_datasets_.size() + repairable_products_.size());
  }

  void tell(const Difference& difference) {
    ++report_.differences;
    if (difference.repairable &&
        (repairable_datasets_.empty() || repairable_datasets_.back() != difference.dataset_id)) {
      repairable_datasets_.push_back(difference.dataset_id);
    }
    if (options_.found) options_.found(difference);
  }

  void tell(const IndexedDataset& dataset, const ItemRow& row, const char* kind, const std::string& finding,
            const char* remedy = by_projector) {
    tell({kind, dataset.id, row.collection_id, row.id, finding, remedy, true});
  }

  std::map<std::string, State> states(RoleTransaction& transaction, const std::vector<std::string>& ids) {
    Sql sql{
        "select dataset_id, waiting, reason from hayden.projection_state(array(select "
        "jsonb_array_elements_text("};
    std::map<std::string, State> states;
    for (const auto& row : transaction.run(sql.bind(sql_json_array(ids)).add("::jsonb)::uuid))"))) {
      states[row[0].c_str()] = {row[1].as<bool>(), row[2].is_null() ? "" : row[2].c_str()};
    }
    return states;
  }

  bool check_datasets(RoleTransaction& transaction) {
    Sql next{"select id from agdc.dataset where id > "};
    next.bind(dataset_position_).add("::uuid order by id limit ").bind(std::to_string(datasets_at_once));
    std::vector<std::string> ids;
    for (const auto& row : transaction.run(next.add("::int"))) ids.emplace_back(row[0].c_str());
    if (ids.empty()) return false;
    dataset_position_ = ids.back();

    const auto state_of = states(transaction, ids);
    Sql sql{select_items};
    sql.add("i.dataset_id in (select jsonb_array_elements_text(")
        .bind(sql_json_array(ids))
        .add("::jsonb)::uuid)");
    std::multimap<std::string, ItemRow> items;
    for (const auto& row : transaction.run(sql)) items.emplace(row[0].c_str(), read_item(row));

    for (const auto& [id, dataset] : read_datasets(transaction, ids)) {
      const auto& state = state_of.at(id);
      if (state.waiting) {
        ++report_.waiting;
        continue;
      }
      ++report_.datasets;
      const auto [first, last] = items.equal_range(id);
      if (first == last) {
        check_without_item(dataset, state);
      } else if (std::next(first) != last) {
        tell(dataset, first->second, "duplicate_item", "the dataset has several Items",
             "--repair leaves one of them");
      } else {
        check_both(transaction, dataset, first->second);
      }
    }
    return true;
  }

  void check_without_item(const IndexedDataset& dataset, const State& state) {
    if (!state.reason.empty()) {
      ++report_.without_item;
      if (options_.without_item) options_.without_item(dataset.id, state.reason);
    } else if (!dataset.archived) {
      tell({"missing_item", dataset.id, dataset.collection_id, "", "the dataset has no Item", by_projector,
            true});
    }
  }

  void check_both(RoleTransaction& transaction, const IndexedDataset& dataset, const ItemRow& row) {
    if (row.archived != dataset.archived) {
      tell(dataset, row, "archived_differs",
           dataset.archived ? "the dataset is archived, its Item is not"
                            : "the Item is archived, its dataset is not",
           "--repair archives or restores the Item as its dataset is");
    }
    const auto content = check_row(transaction, row);
    const bool moved = row.origin == "odc" && dataset.collection && *dataset.collection != row.collection;
    if (moved && (!content || content->collection == row.collection_id)) {
      tell(dataset, row, "wrong_collection",
           "its product belongs to collection '" + dataset.collection_id + "'");
    }
    if (!content) return;
    if (row.origin == "stac") {
      check_derived_document(dataset, row, *content);
    } else if (dataset.collection) {
      check_derived_item(dataset, row, *content);
    }
  }

  /// What a row holds, compared with the Item in it. Nothing when that cannot be read.
  std::optional<stac::ItemDocument> check_row(RoleTransaction& transaction, const ItemRow& row) {
    const bool repairable = !row.dataset_id.empty();
    const auto* const remedy = repairable ? by_projector : "write the Item again";
    const auto found = [&](const char* kind, const std::string& finding) {
      tell({kind, row.dataset_id, row.collection_id, row.id, finding, remedy, repairable});
    };
    std::optional<stac::ItemDocument> item;
    try {
      item = stac::prepare_item(parse_exact_json(codecs_.decode(transaction, row.content)));
    } catch (const pqxx::failure&) {
      throw;
    } catch (const std::exception& error) {
      found("unreadable_item", error.what());
      return {};
    }
    if (item->etag != row.etag) found("wrong_etag", "the entity tag is not that of the Item");
    if (item->collection != row.collection_id)
      found("wrong_collection", "the Item says it is in collection '" + item->collection + "'");
    const auto columns = differing_columns(row, *item);
    if (!columns.empty()) found("search_row_differs", "searches do not see what the Item says: " + columns);
    return item;
  }

  void check_derived_item(const IndexedDataset& dataset, const ItemRow& row,
                          const stac::ItemDocument& content) {
    try {
      if (derived_item(dataset).text != content.text)
        tell(dataset, row, "item_differs", "the Item is not what follows from its dataset");
    } catch (const std::exception& error) {
      tell(dataset, row, "item_differs", std::string{"no Item follows from the dataset: "} + error.what());
    }
  }

  void check_derived_document(const IndexedDataset& dataset, const ItemRow& row,
                              const stac::ItemDocument& content) {
    static constexpr auto remedy =
        "--repair has the Item follow the dataset; rebuild has the dataset follow the Item";
    try {
      if (!says_the_same(derived_document(dataset, parse_json(content.text)), dataset.document))
        tell(dataset, row, "dataset_differs", "the dataset is not what follows from its Item", remedy);
    } catch (const std::exception& error) {
      tell(dataset, row, "dataset_differs", std::string{"no dataset follows from the Item: "} + error.what(),
           remedy);
    }
  }

  bool check_items(RoleTransaction& transaction) {
    Sql sql{select_keys};
    sql.bind(item_position_).add(", ").bind(std::to_string(collection_position_)).add("::int)");
    sql.add(" order by i.id, i.collection limit ").bind(std::to_string(keys_at_once)).add("::int");
    const auto rows = transaction.run(sql);
    if (rows.empty()) return false;
    item_position_ = rows.back()[0].c_str();
    collection_position_ = rows.back()[1].as<int>();
    report_.items += static_cast<std::int64_t>(rows.size());

    std::vector<std::string> orphans;
    for (const auto& row : rows) {
      if (row[5].as<bool>()) orphans.emplace_back(row[3].c_str());
    }
    const auto state_of = states(transaction, orphans);
    for (const auto& row : rows) {
      const std::string id = row[0].c_str(), collection = row[2].c_str();
      if (row[3].is_null()) {
        check_lone_item(transaction, row);
      } else if (row[5].as<bool>() && !state_of.at(row[3].c_str()).waiting) {
        tell({"orphan_item", row[3].c_str(), collection, id, "the dataset of the Item does not exist",
              "--repair removes the Item", true});
      }
    }
    return true;
  }

  /// An Item that came by STAC and has no EO3 form.
  void check_lone_item(RoleTransaction& transaction, const pqxx::row& key) {
    if (std::string_view{key[4].c_str()} == "odc") {
      tell({"orphan_item", "", key[2].c_str(), key[0].c_str(), "the Item of a dataset names none",
            "delete it from stac.item", false});
      return;
    }
    Sql sql{select_items};
    sql.add("i.id = ").bind(key[0].c_str()).add(" and i.collection = ").bind(key[1].c_str()).add("::int");
    for (const auto& row : transaction.run(sql)) check_row(transaction, read_item(row));
  }

  void check_products(RoleTransaction& transaction) {
    const auto rows = transaction.run(
        Sql{"select t.id, t.name, t.definition, c.id, c.origin, c.content from agdc.dataset_type t"
            " left join stac.collection_product p on p.dataset_type = t.id"
            " left join stac.collection c on c.key = p.collection"
            " where t.id not in (select hayden.waiting_products()) order by t.name"});
    for (const auto& row : rows) {
      const std::string name = row[1].c_str();
      const bool has_collection = !row[3].is_null();
      const bool is_its_own =
          has_collection && std::string_view{row[4].c_str()} == "odc" && name == row[3].c_str();
      if (!has_collection) {
        tell_product(row[0].c_str(), name, "missing_collection", "product '" + name + "' has no collection");
      } else if (is_its_own && dump_json(product_collection(name, row[2].c_str())) != row[5].c_str()) {
        tell_product(row[0].c_str(), name, "collection_differs",
                     "the collection is not what follows from its product");
      }
    }
  }

  void tell_product(const std::string& id, const std::string& name, const char* kind,
                    const std::string& finding) {
    repairable_products_.push_back(id);
    tell({kind, "", name, "", finding, "--repair has the collection derived anew", false});
  }

  Pool& pool_;
  const VerifyOptions& options_;
  VerifyReport report_;
  ItemCodecs codecs_;
  std::string dataset_position_ = first_id, item_position_;
  int collection_position_ = 0;
  std::vector<std::string> repairable_datasets_, repairable_products_;
};

}  // namespace

VerifyReport verify(Pool& writers, const VerifyOptions& options) { return Verify{writers, options}.run(); }

}  // namespace hayden::db
