#include "db/projector.hpp"

#include <spdlog/spdlog.h>

#include <map>
#include <optional>
#include <vector>

#include "core/json.hpp"
#include "core/problem.hpp"
#include "db/admin_connection.hpp"
#include "db/connection.hpp"
#include "db/item_codecs.hpp"
#include "db/role_transaction.hpp"
#include "odc/dataset.hpp"
#include "odc/item.hpp"
#include "stac/item_document.hpp"

namespace hayden::db {
namespace {

/// A dataset that is this transaction's to project.
struct Claim {
  std::string dataset_id;
  std::string entries;  ///< of the outbox, a JSON array
};

/// Read after the claim, so that nothing of it can change before the transaction ends.
constexpr auto read_datasets = R"(
  select d.id, d.metadata, d.archived is not null, t.id, t.name, case when c.key is null then t.definition end, c.key, c.id,
         (select json_agg(l.uri_scheme || ':' || l.uri_body order by l.added desc, l.id desc)
          from agdc.dataset_location l where l.dataset_ref = d.id and l.archived is null),
         (select json_object_agg(s.classifier, s.source_dataset_ref)
          from agdc.dataset_source s where s.dataset_ref = d.id),
         i.id, i.collection, ic.id, case when i.origin = 'stac' then i.content end
  from agdc.dataset d
  join agdc.dataset_type t on t.id = d.dataset_type_ref
  left join stac.collection_product p on p.dataset_type = t.id
  left join stac.collection c on c.key = p.collection
  left join lateral (select * from stac.item where dataset_id = d.id order by origin desc limit 1) i on true
  left join stac.collection ic on ic.key = i.collection
  where d.id in (select v::uuid from jsonb_array_elements_text()";

struct Dataset {
  std::string document;
  bool archived = false;
  std::string product_id, product, product_definition;
  std::optional<int> collection;
  std::string collection_id;
  std::vector<std::string> locations;
  std::map<std::string, std::string> sources;
  std::string item_id;  ///< empty: it has no Item
  int item_collection = 0;
  std::string item_collection_id;
  std::string stac_content;  ///< of an Item that came by STAC, compressed
};

std::string text_of(const pqxx::field& field) {
  return field.is_null() ? std::string{} : std::string{field.c_str(), field.size()};
}

Dataset read_dataset(const pqxx::row& row) {
  Dataset read;
  read.document = text_of(row[1]);
  read.archived = row[2].as<bool>();
  read.product_id = text_of(row[3]);
  read.product = text_of(row[4]);
  read.product_definition = text_of(row[5]);
  if (!row[6].is_null()) read.collection = row[6].as<int>();
  read.collection_id = text_of(row[7]);
  if (!row[8].is_null()) read.locations = Json::parse(row[8].c_str()).get<std::vector<std::string>>();
  if (!row[9].is_null()) {
    read.sources = nlohmann::json::parse(row[9].c_str()).get<std::map<std::string, std::string>>();
  }
  read.item_id = text_of(row[10]);
  if (!row[11].is_null()) read.item_collection = row[11].as<int>();
  read.item_collection_id = text_of(row[12]);
  if (!row[13].is_null()) read.stac_content = from_hex({row[13].c_str(), row[13].size()});
  return read;
}

/// The Collection of a product; of one whose definition is no good, that of its bare name.
Json collection_of(const std::string& name, const std::string& definition) {
  try {
    auto product = parse_json(definition);
    product["name"] = name;
    return odc::collection_from_product(product);
  } catch (const std::exception& error) {
    spdlog::warn("product {}: {}", name, error.what());
    return odc::collection_from_product({{"name", name}});
  }
}

std::optional<int> write_collection(RoleTransaction& transaction, const std::string& product_id,
                                    const std::string& name, const std::string& definition) {
  Sql sql{"select stac.write_product_collection("};
  sql.bind(product_id).add("::smallint, ").bind(dump_json(collection_of(name, definition))).add(")");
  const auto key = transaction.run(sql).at(0)[0];
  return key.is_null() ? std::optional<int>{} : key.as<int>();
}

/// What nobody can be blamed for and passes: it is tried again, not recorded.
bool passes(const std::string& sqlstate) {
  const auto kind = sqlstate.substr(0, 2);
  return kind == "40" || kind == "53" || kind == "57" || kind == "58" || kind == "XX" || sqlstate == "55P03";
}

/// One batch of claimed datasets on its way from documents to Items.
class Projection {
 public:
  Projection(RoleTransaction& transaction, ItemCodecs& codecs) : transaction_(transaction), codecs_(codecs) {}

  ProjectionReport project(const std::vector<Claim>& claims) {
    read(claims);
    for (const auto& claim : claims) derive(claim);
    train();
    std::vector<std::string> rows;
    for (auto& made : made_) rows.push_back(row_of(made));
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
    for (const auto& claim : claims) ids.push_back(claim.dataset_id);
    Sql sql{read_datasets};
    for (const auto& row : transaction_.run(sql.bind(sql_json_array(ids)).add("::jsonb) v)"))) {
      datasets_.emplace(row[0].c_str(), read_dataset(row));
    }
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
      if (!keep_stac_item(claim.dataset_id, dataset, made)) derive_item(claim.dataset_id, dataset, made);
    } catch (const pqxx::failure&) {
      throw;
    } catch (const std::exception& error) {
      made.reason = error.what();
    }
  }

  /// An Item that came by STAC stays as it is while its dataset says what follows from it.
  bool keep_stac_item(const std::string& id, const Dataset& dataset, Made& made) {
    if (dataset.stac_content.empty()) return false;
    try {
      const auto item = parse_json(codecs_.decode(transaction_, dataset.stac_content));
      const auto derived = odc::dataset_from_item(item, id, dataset.product);
      if (nlohmann::json(derived) != nlohmann::json::parse(dataset.document)) return false;
      auto document = stac::prepare_item(item);
      if (document.id != dataset.item_id || document.collection != dataset.item_collection_id) return false;
      made.item = std::move(document);
    } catch (const pqxx::failure&) {
      throw;
    } catch (const std::exception& error) {
      spdlog::info("dataset {}: its Item is taken from the dataset: {}", id, error.what());
      return false;
    }
    made.origin = "stac";
    made.collection = dataset.item_collection;
    return true;
  }

  void derive_item(const std::string& id, Dataset& dataset, Made& made) {
    if (!dataset.collection) give_collection(dataset);
    odc::DatasetRecord record;
    record.document = parse_json(dataset.document);
    record.item_id = dataset.item_id.empty() ? id : dataset.item_id;
    record.collection = dataset.collection_id;
    record.locations = dataset.locations;
    record.sources = dataset.sources;
    made.item = stac::prepare_item(odc::item_from_dataset(record));
    made.origin = "odc";
    made.collection = *dataset.collection;
  }

  void give_collection(Dataset& dataset) {
    dataset.collection =
        write_collection(transaction_, dataset.product_id, dataset.product, dataset.product_definition);
    Sql sql{"select id from stac.collection where key = "};
    sql.bind(std::to_string(dataset.collection.value())).add("::int");
    dataset.collection_id = text_of(transaction_.run(sql).at(0)[0]);
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
      texts.push_back(codecs_.decode(transaction_, from_hex({row[0].c_str(), row[0].size()})));
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
    transaction_.raw().exec("savepoint batch");
    try {
      write_rows(rows);
      transaction_.raw().exec("release savepoint batch");
      return;
    } catch (const pqxx::sql_error& error) {
      if (passes(error.sqlstate())) throw;
      transaction_.raw().exec("rollback to savepoint batch");
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
  std::map<std::string, Dataset> datasets_;
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
  return with_connection(writers_, false, [&](Connection& connection) {
    try {
      RoleTransaction transaction{connection, "agdc_admin"};
      auto report = project_products(transaction);
      if (report.products > 0) may_leave_empty_collections_ = true;
      const auto claims = claim_waiting(transaction, most);
      if (!claims.empty()) {
        report += Projection{transaction, *codecs_}.project(claims);
      } else if (may_leave_empty_collections_) {
        transaction.raw().exec("select hayden.remove_empty_collections()");
      }
      transaction.commit();
      if (claims.empty()) may_leave_empty_collections_ = report.products > 0;
      return report;
    } catch (...) {
      codecs_->forget();
      throw;
    }
  });
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
    if (!row[2].is_null()) write_collection(transaction, row[0].c_str(), row[2].c_str(), row[3].c_str());
    Sql forget{"select hayden.forget_entries("};
    transaction.run(forget.bind(row[1].c_str()).add("::bigint[])"));
    ++report.products;
  }
  return report;
}

}  // namespace hayden::db
