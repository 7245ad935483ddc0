#include "db/projector.hpp"

#include <spdlog/spdlog.h>

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/exact_json.hpp"
#include "core/problem.hpp"
#include "db/admin_connection.hpp"
#include "db/connection.hpp"
#include "db/indexed_dataset.hpp"
#include "db/item_codecs.hpp"
#include "db/role_transaction.hpp"
#include "stac/item_document.hpp"

namespace hayden::db {
namespace {

/// A dataset that is this transaction's to project.
struct Claim {
  std::string dataset_id;
  std::string entries;  ///< of the outbox, a JSON array
};

/// What nobody can be blamed for and passes: it is tried again, not recorded.
bool passes(const std::string& sqlstate) {
  const auto kind = sqlstate.substr(0, 2);
  return kind == "40" || kind == "53" || kind == "58" || sqlstate == "55P03" ||
         (kind == "57" && sqlstate != "57014");
}

/// One batch of claimed datasets on its way from documents to Items.
class Projection {
 public:
  Projection(RoleTransaction& transaction, ItemCodecs& codecs) : transaction_(transaction), codecs_(codecs) {}

  ProjectionReport project(const std::vector<Claim>& claims) {
    read(claims);  // after the claim: nothing of it can change before the transaction ends
    for (const auto& claim : claims) derive(claim);
    train();
    std::vector<std::string> rows;
    rows.reserve(made_.size());
    for (const auto& made : made_) rows.push_back(row_of(made));
    write(rows);
    report_.kept =
        static_cast<std::int64_t>(claims.size()) - report_.written - report_.removed - report_.failed;
    return report_;
  }

 private:
  struct Made {
    const Claim* claim = nullptr;
    std::optional<stac::ItemDocument> item;
    std::string origin, reason;
    int collection = 0;
  };

  void read(const std::vector<Claim>& claims) {
    std::vector<std::string> ids;
    ids.reserve(claims.size());
    for (const auto& claim : claims) ids.push_back(claim.dataset_id);
    datasets_ = read_datasets(transaction_, ids);
  }

  void derive(const Claim& claim) {
    auto& made = made_.emplace_back();
    made.claim = &claim;
    const auto found = datasets_.find(claim.dataset_id);
    if (found == datasets_.end()) return;
    auto& dataset = found->second;
    // Nobody can see the Item of an archived dataset: it is made when the dataset is restored.
    if (dataset.archived && dataset.item_id.empty()) return;
    try {
      if (!keep_stac_item(dataset, made)) derive_item(dataset, made);
    } catch (const pqxx::failure&) {
      throw;
    } catch (const std::exception& error) {
      made.reason = error.what();
    }
  }

  /// An Item that came by STAC stays as it is while its dataset says what follows from it.
  bool keep_stac_item(const IndexedDataset& dataset, Made& made) {
    if (dataset.stac_content.empty()) return false;
    try {
      const auto item = parse_exact_json(codecs_.decode(transaction_, dataset.stac_content));
      if (!says_the_same(derived_document(dataset, rounded(item)), dataset.document)) return false;
      auto document = stac::prepare_item(item);
      if (document.id != dataset.item_id || document.collection != dataset.item_collection_id) return false;
      made.item = std::move(document);
    } catch (const pqxx::failure&) {
      throw;
    } catch (const std::exception& error) {
      spdlog::info("dataset {}: its Item is taken from the dataset: {}", dataset.id, error.what());
      return false;
    }
    made.origin = "stac";
    made.collection = dataset.item_collection;
    return true;
  }

  void derive_item(IndexedDataset& dataset, Made& made) {
    if (!dataset.collection) give_collection(dataset);
    made.item = derived_item(dataset);
    made.origin = "odc";
    made.collection = *dataset.collection;
  }

  void give_collection(IndexedDataset& dataset) {
    dataset.collection = write_product_collection(transaction_, dataset.product_id, dataset.product,
                                                  dataset.product_definition);
    Sql sql{"select id from stac.collection where key = "};
    sql.bind(std::to_string(dataset.collection.value())).add("::int");
    dataset.collection_id = transaction_.run(sql).at(0)[0].c_str();
  }

  /// Dictionaries for collections that have got enough Items for one.
  void train() {
    std::map<int, std::vector<std::string>> samples;
    for (const auto& made : made_) {
      if (made.item && !codecs_.has_dictionary(transaction_, made.collection))
        samples[made.collection].push_back(made.item->text);
    }
    for (auto& [collection, texts] : samples) {
      if (texts.size() < fewest_training_items) add_stored(collection, texts);
      if (texts.size() >= fewest_training_items) codecs_.train(transaction_, collection, texts);
    }
  }

  void add_stored(int collection, std::vector<std::string>& texts) {
    Sql sql{"select content from stac.item where collection = "};
    sql.bind(std::to_string(collection)).add("::int limit ").bind(std::to_string(fewest_training_items));
    for (const auto& row : transaction_.run(sql.add("::int"))) {
      try {
        texts.push_back(codecs_.decode(transaction_, from_hex({row[0].c_str(), row[0].size()})));
      } catch (const pqxx::failure&) {
        throw;
      } catch (const std::exception& error) {  // verify finds it
        spdlog::warn("projection: a stored Item cannot be read: {}", error.what());
      }
    }
  }

  std::string row_of(const Made& made) {
    if (!made.reason.empty()) return reason_row(*made.claim, made.reason);
    std::string row = row_start(*made.claim);
    if (made.item) {
      const auto& item = *made.item;
      // bytea's text form without its `\x`
      const auto hex = [](std::string_view bytes) { return to_hex(bytes).substr(2); };
      Json members{{"collection", made.collection},
                   {"id", item.id},
                   {"origin", made.origin},
                   {"geometry", nullptr},
                   {"datetime", sql_time(item.datetime)},
                   {"end_datetime", sql_time(item.end)},
                   {"links_at", item.links_at},
                   {"etag", item.etag}};
      if (!item.geometry_wkb.empty()) members["geometry"] = hex(item.geometry_wkb);
      members["content"] = hex(codecs_.encoder(transaction_, made.collection).encode(item.text));
      row += "," + dump_json(members).substr(1);
      row.pop_back();
      row += ",\"properties\":" + item.properties;
    }
    return row + "}";
  }

  static std::string row_start(const Claim& claim) {
    return R"({"dataset_id":")" + claim.dataset_id + R"(","entries":)" + claim.entries;
  }

  static std::string reason_row(const Claim& claim, const std::string& reason) {
    std::string row = row_start(claim) + ",\"reason\":";
    append_json_string(row, reason);
    return row + "}";
  }

  /// The database may refuse an Item for its content; the batch is then halved until that one is alone.
  void write(std::span<const std::string> rows) {
    if (rows.empty()) return;
    transaction_.savepoint();
    try {
      write_rows(rows);
      transaction_.release_savepoint();
      return;
    } catch (const pqxx::sql_error& error) {
      if (passes(error.sqlstate())) throw;
      transaction_.rollback_to_savepoint();
      if (rows.size() == 1) return write_refusal(rows[0], error);
    }
    write(rows.first(rows.size() / 2));
    write(rows.subspan(rows.size() / 2));
  }

  void write_refusal(const std::string& row, const pqxx::sql_error& error) {
    const auto refused = Json::parse(row);
    const Claim claim{refused.at("dataset_id").get<std::string>(), refused.at("entries").dump()};
    const std::vector<std::string> rows{
        reason_row(claim, "the database refuses its Item: " + first_line(error.what()))};
    write_rows(rows);
  }

  void write_rows(std::span<const std::string> rows) {
    std::string all = "[";
    for (const auto& row : rows) all += (all.size() > 1 ? "," : "") + row;
    Sql sql{"select written, removed, failed from stac.write_projected("};
    const auto counts = transaction_.run(sql.bind(all + "]").add("::jsonb)")).at(0);
    report_.written += counts[0].as<std::int64_t>();
    report_.removed += counts[1].as<std::int64_t>();
    report_.failed += counts[2].as<std::int64_t>();
  }

  RoleTransaction& transaction_;
  ItemCodecs& codecs_;
  std::map<std::string, IndexedDataset> datasets_;
  std::vector<Made> made_;
  ProjectionReport report_;
};

/// The first waiting datasets that no other transaction is changing.
std::vector<Claim> claim_waiting(RoleTransaction& transaction, std::size_t most) {
  std::vector<Claim> claims;
  std::string place = "0";
  bool more = true;
  while (claims.empty() && more) {
    Sql sql{
        "select dataset_id, to_json(entries), claimed, max(entries[array_upper(entries, 1)]) over () from "
        "hayden.claim_changes("};
    sql.bind(place).add("::bigint, ").bind(std::to_string(most)).add("::int)");
    const auto rows = transaction.run(sql);
    more = !rows.empty();
    for (const auto& row : rows) {
      if (row[2].as<bool>()) claims.push_back({row[0].c_str(), row[1].c_str()});
      place = row[3].c_str();
    }
  }
  return claims;
}

}  // namespace

ProjectionReport& ProjectionReport::operator+=(const ProjectionReport& other) {
  written += other.written;
  removed += other.removed;
  kept += other.kept;
  failed += other.failed;
  products += other.products;
  return *this;
}

Projector::Projector(Pool& writers) : writers_(writers), codecs_(std::make_unique<ItemCodecs>()) {}
Projector::~Projector() = default;

ProjectionReport Projector::run(std::size_t most) {
  return with_connection(writers_, false, [&](Connection& connection) -> ProjectionReport {
    try {
      RoleTransaction transaction{connection, "agdc_admin"};
      give_way(transaction);
      auto report = run(transaction, most);
      transaction.commit();
      return report;
    } catch (const pqxx::sql_error& error) {
      codecs_->forget();
      if (!gave_way(error)) throw;
      return {};
    } catch (...) {
      codecs_->forget();
      throw;
    }
  });
}

ProjectionReport Projector::run(RoleTransaction& transaction, std::size_t most) {
  auto report = project_products(transaction);
  const auto claims = claim_waiting(transaction, most);
  if (!claims.empty()) {
    report += Projection{transaction, *codecs_}.project(claims);
    may_leave_empty_collections_ = true;
  } else if (std::exchange(may_leave_empty_collections_, report.products > 0)) {
    transaction.raw().exec("select hayden.remove_empty_collections()");
  }
  return report;
}

ProjectionReport Projector::project(RoleTransaction& transaction, std::span<const std::string> dataset_ids) {
  ItemCodecs codecs;
  return project(transaction, dataset_ids, codecs);
}

ProjectionReport Projector::project(RoleTransaction& transaction, std::span<const std::string> dataset_ids,
                                    ItemCodecs& codecs) {
  transaction.become("agdc_admin");
  Sql sql{
      "select dataset_id, to_json(entries) from hayden.claim_datasets(array(select v::uuid from "
      "jsonb_array_elements_text("};
  sql.bind(sql_json_array({dataset_ids.begin(), dataset_ids.end()})).add("::jsonb) v))");
  std::vector<Claim> claims;
  for (const auto& row : transaction.run(sql)) claims.push_back({row[0].c_str(), row[1].c_str()});
  if (claims.empty()) return {};
  return Projection{transaction, codecs}.project(claims);
}

ProjectionReport Projector::project_products(RoleTransaction& transaction) {
  transaction.become("agdc_admin");
  ProjectionReport report;
  const auto claimed =
      transaction.run(Sql{"select dataset_type, entries, name, definition from hayden.claim_products()"});
  for (const auto& row : claimed) {
    if (!row[2].is_null())
      write_product_collection(transaction, row[0].c_str(), row[2].c_str(), row[3].c_str());
    Sql forget{"select hayden.forget_entries("};
    transaction.run(forget.bind(row[1].c_str()).add("::bigint[])"));
    ++report.products;
  }
  return report;
}

}  // namespace hayden::db
