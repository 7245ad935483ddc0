#include "db/item_face.hpp"

#include "core/problem.hpp"
#include "db/stored_json.hpp"
#include "odc/dataset.hpp"
#include "odc/documents.hpp"

namespace hayden::db {
namespace {

std::string list_of(const std::vector<std::string>& all, const char* separator) {
  std::string text;
  for (const auto& one : all) text += (text.empty() ? "" : separator) + one;
  return text;
}

}  // namespace

ItemFace face_of(const Json& item) {
  ItemFace face;
  try {
    face.product = odc::product_name_of_item(item);
    face.dataset_id = odc::dataset_id_of_item(item);
    face.dataset = odc::dataset_from_item(item, face.dataset_id, face.product);
    face.location = odc::location_of_item(item);
    face.sources = odc::sources_of_item(item);
  } catch (const Problem& problem) {
    face.missing = problem.what();
  }
  return face;
}

FaceProducts::FaceProducts(RoleTransaction& transaction, const std::string& collection,
                           const std::set<std::string>& names) {
  Sql sql{
      "select collection, name, product, metadata_type, metadata, definition, type_definition, "
      "coalesce(serves, 0) from stac.enter_collection("};
  sql.bind(collection).add(", ").bind(sql_array({names.begin(), names.end()}));
  const auto rows = transaction.run(sql.add("::text[])"));
  if (rows.empty()) throw Problem(404, "NotFound", "there is no collection '" + collection + "'");
  collection_ = rows.at(0)[0].as<int>();
  for (const auto& row : rows) {
    if (row[1].is_null()) continue;
    products_.emplace(
        row[1].c_str(),
        Product{row[2].c_str(), row[3].c_str(), parse_stored_json(row[4].c_str()),
                parse_stored_json(row[5].c_str()), parse_stored_json(row[6].c_str()), row[7].as<int>()});
  }
}

void FaceProducts::match(ItemFace& face) const {
  if (!face.is_there()) return;
  const auto found = products_.find(face.product);
  face.missing =
      found == products_.end() ? "there is no product '" + face.product + "'" : refusal(found->second, face);
}

std::string FaceProducts::refusal(const Product& product, const ItemFace& face) const {
  const auto name = "the product '" + face.product + "' ";
  if (product.collection != 0 && product.collection != collection_) return name + "serves another collection";
  if (!odc::matches(product.metadata, face.dataset))
    return name + "demands metadata that do not follow from the Item";
  const auto measurements = odc::missing_measurements(product.definition, face.dataset);
  if (!measurements.empty())
    return name + "demands measurements that are missing: " + list_of(measurements, ", ");
  Mistakes mistakes;
  odc::check_search_fields(product.type_definition, face.dataset, mistakes);
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
