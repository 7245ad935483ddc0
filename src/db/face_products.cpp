#include "db/face_products.hpp"

#include <utility>

#include "core/problem.hpp"
#include "db/stored_json.hpp"
#include "odc/documents.hpp"
#include "odc/query.hpp"

namespace hayden::db {
namespace {

std::string list_of(const std::vector<std::string>& all, const char* separator) {
  std::string text;
  for (const auto& one : all) text += (text.empty() ? "" : separator) + one;
  return text;
}

}  // namespace

struct KnownProducts::Product {
  std::string version;  ///< of its row and that of its metadata type
  Json metadata, definition;
  std::vector<odc::Field> fields;
};

std::map<std::string, KnownProducts::Pointer> KnownProducts::find(const std::set<std::string>& names) const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, Pointer> found;
  for (const auto& name : names) {
    if (const auto product = products_.find(name); product != products_.end()) found.insert(*product);
  }
  return found;
}

void KnownProducts::keep(const std::string& name, Pointer product) {
  constexpr std::size_t most_kept = 100;
  const std::lock_guard lock(mutex_);
  if (products_.size() >= most_kept) products_.clear();
  products_[name] = std::move(product);
}

FaceProducts::FaceProducts(RoleTransaction& transaction, const std::string& collection,
                           const std::set<std::string>& names, KnownProducts& known) {
  const auto kept = known.find(names);
  std::vector<std::string> versions;
  versions.reserve(kept.size());
  for (const auto& [name, product] : kept) versions.push_back(product->version);
  Sql sql{
      "select collection, name, product, metadata_type, coalesce(serves, 0), version, metadata, definition, "
      "type_definition from stac.enter_collection("};
  sql.bind(collection).add(", ").bind(sql_array({names.begin(), names.end()})).add("::text[], ");
  const auto rows = transaction.run(sql.bind(sql_array(versions)).add("::text[])"));
  if (rows.empty()) throw Problem(404, "NotFound", "there is no collection '" + collection + "'");
  collection_ = rows.at(0)[0].as<int>();
  for (const auto& row : rows) {
    if (row[1].is_null()) continue;
    const std::string name = row[1].c_str();
    KnownProducts::Pointer product;
    if (row[6].is_null()) {
      product = kept.at(name);
    } else {
      product = std::make_shared<KnownProducts::Product>(KnownProducts::Product{
          row[5].c_str(), parse_stored_json(row[6].c_str()), parse_stored_json(row[7].c_str()),
          odc::fields_of(parse_stored_json(row[8].c_str()))});
      known.keep(name, product);
    }
    products_.emplace(name, Entry{row[2].c_str(), row[3].c_str(), row[4].as<int>(), std::move(product)});
  }
}

std::string FaceProducts::refusal(const odc::ItemFace& face) const {
  const auto found = products_.find(face.product);
  if (found == products_.end()) return "there is no product '" + face.product + "'";
  const auto& [id, type, serves, product] = found->second;
  const auto name = "the product '" + face.product + "' ";
  if (serves != 0 && serves != collection_) return name + "serves another collection";
  if (!odc::matches(product->metadata, face.dataset))
    return name + "demands metadata that do not follow from the Item";
  const auto measurements = odc::missing_measurements(product->definition, face.dataset);
  if (!measurements.empty())
    return name + "demands measurements that are missing: " + list_of(measurements, ", ");
  Mistakes mistakes;
  odc::check_search_fields(product->fields, face.dataset, mistakes);
  return list_of(mistakes.all(), "; ");
}

void make_product(RoleTransaction& transaction, const std::string& name, const Json& definition,
                  int collection) {
  transaction.become("agdc_admin");
  Sql product{"insert into agdc.dataset_type (name, metadata, metadata_type_ref, definition) select "};
  product.bind(name).add(", ").bind(dump_json(definition.at("metadata"))).add("::jsonb, m.id, ");
  product.bind(dump_json(definition)).add("::jsonb from agdc.metadata_type m where m.name = ");
  product.bind(definition.at("metadata_type").get<std::string>()).add(" on conflict (name) do nothing");
  if (transaction.run(product).affected_rows() == 0) return;
  Sql link{"select stac.link_product("};
  transaction.run(link.bind(std::to_string(collection)).add("::int, ").bind(name).add(")"));
}

}  // namespace hayden::db
