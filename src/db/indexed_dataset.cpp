#include "db/indexed_dataset.hpp"

#include <spdlog/spdlog.h>

#include "odc/dataset.hpp"
#include "odc/item.hpp"

namespace hayden::db {
namespace {

constexpr auto select_datasets = R"(
  select d.id, d.metadata, d.archived is not null, t.id, t.name, t.definition, c.key, c.id,
         (select json_agg(l.uri_scheme || ':' || l.uri_body order by l.added desc, l.id desc)
          from agdc.dataset_location l where l.dataset_ref = d.id and l.archived is null),
         (select json_object_agg(s.classifier, s.source_dataset_ref)
          from agdc.dataset_source s where s.dataset_ref = d.id),
         i.id, i.collection, ic.id, i.origin, case when i.origin = 'stac' then i.content end
  from agdc.dataset d
  join agdc.dataset_type t on t.id = d.dataset_type_ref
  left join stac.collection_product p on p.dataset_type = t.id
  left join stac.collection c on c.key = p.collection
  left join lateral (select * from stac.item where dataset_id = d.id order by origin desc limit 1) i on true
  left join stac.collection ic on ic.key = i.collection
  where d.id in (select v::uuid from jsonb_array_elements_text()";

std::string text_of(const pqxx::field& field) {
  return field.is_null() ? std::string{} : std::string{field.c_str(), field.size()};
}

IndexedDataset read_dataset(const pqxx::row& row) {
  IndexedDataset read;
  read.id = text_of(row[0]);
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
  read.item_origin = text_of(row[13]);
  if (!row[14].is_null()) read.stac_content = from_hex({row[14].c_str(), row[14].size()});
  return read;
}

}  // namespace

std::map<std::string, IndexedDataset> read_datasets(RoleTransaction& transaction,
                                                    const std::vector<std::string>& ids) {
  std::map<std::string, IndexedDataset> datasets;
  Sql sql{select_datasets};
  for (const auto& row : transaction.run(sql.bind(sql_json_array(ids)).add("::jsonb) v)"))) {
    datasets.emplace(row[0].c_str(), read_dataset(row));
  }
  return datasets;
}

stac::ItemDocument derived_item(const IndexedDataset& dataset) {
  odc::DatasetRecord record;
  record.document = parse_json(dataset.document);
  record.item_id = dataset.item_id.empty() ? dataset.id : dataset.item_id;
  record.collection = dataset.collection_id;
  record.locations = dataset.locations;
  record.sources = dataset.sources;
  return stac::prepare_item(odc::item_from_dataset(record));
}

Json derived_document(const IndexedDataset& dataset, const Json& item) {
  return odc::dataset_from_item(item, dataset.id, dataset.product);
}

bool says_the_same(const Json& one, const std::string& other) {
  return nlohmann::json(one) == nlohmann::json::parse(other);
}

Json product_collection(const std::string& name, const std::string& definition) {
  try {
    auto product = parse_json(definition);
    product["name"] = name;
    return odc::collection_from_product(product);
  } catch (const std::exception& error) {
    spdlog::warn("product {}: {}", name, error.what());
    return odc::collection_from_product({{"name", name}});
  }
}

std::optional<int> write_product_collection(RoleTransaction& transaction, const std::string& product_id,
                                            const std::string& name, const std::string& definition) {
  Sql sql{"select stac.write_product_collection("};
  sql.bind(product_id).add("::smallint, ").bind(dump_json(product_collection(name, definition))).add(")");
  const auto key = transaction.run(sql).at(0)[0];
  return key.is_null() ? std::optional<int>{} : key.as<int>();
}

void give_way(RoleTransaction& transaction) { transaction.raw().exec("set local lock_timeout = '300ms'"); }

bool gave_way(const pqxx::sql_error& error) { return error.sqlstate() == "55P03"; }

}  // namespace hayden::db
