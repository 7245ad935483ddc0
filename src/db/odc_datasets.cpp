#include "db/odc_datasets.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "db/odc_dataset_rows.hpp"
#include "db/odc_dataset_sql.hpp"
#include "db/odc_locations.hpp"
#include "db/odc_maturity.hpp"
#include "db/odc_transaction.hpp"
#include "db/projector.hpp"
#include "db/stored_json.hpp"
#include "odc/documents.hpp"
#include "odc/same.hpp"

namespace hayden::db {
namespace {

using Status = AddedDataset::Status;

struct Product {
  std::string id, metadata_type, name;
  Json metadata, definition;
  Json type_definition;  ///< of its metadata type
};

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// The products that documents are matched with.
class Products {
 public:
  Products(RoleTransaction& transaction, const std::vector<std::string>& included,
           const std::vector<std::string>& excluded) {
    const Sql sql{
        "select p.id, m.id, p.name, p.metadata::text, p.definition::text, m.definition::text from "
        "agdc.dataset_type p join agdc.metadata_type m on m.id = p.metadata_type_ref order by p.name"};
    for (const auto& row : transaction.run(sql)) {
      const std::string name = row[2].c_str();
      known_.insert(name);
      const auto is_in = [&](const auto& names) { return std::ranges::find(names, name) != names.end(); };
      if ((!included.empty() && !is_in(included)) || is_in(excluded)) continue;
      products_.push_back({row[0].c_str(), row[1].c_str(), name, parse_stored_json(row[3].c_str()),
                           parse_stored_json(row[4].c_str()), parse_stored_json(row[5].c_str())});
    }
    Mistakes mistakes;
    for (const auto& name : included) demand("product", name, mistakes);
    for (const auto& name : excluded) demand("exclude-product", name, mistakes);
    mistakes.throw_if_any();
  }

  /// The one product that the document belongs to; nullptr, and a fault, when there is none or more.
  const Product* match(const Json& document, std::vector<std::string>& faults) const {
    std::vector<const Product*> matching;
    for (const auto& product : products_) {
      if (odc::matches(product.metadata, document)) matching.push_back(&product);
    }
    if (matching.empty()) {
      faults.push_back(
          "no product matches: the document must hold all that the `metadata` of a product "
          "demands" +
          named_in(document));
      return nullptr;
    }
    if (matching.size() > 1) {
      std::vector<std::string> names;
      names.reserve(matching.size());
      for (const auto* product : matching) names.push_back(product->name);
      faults.push_back("more than one product matches (" + list_of(names) +
                       "); choose with product or exclude-product");
      return nullptr;
    }
    const auto missing = odc::missing_measurements(matching.front()->definition, document);
    if (missing.empty()) return matching.front();
    faults.push_back("the product " + matching.front()->name +
                     " demands measurements that are missing: " + list_of(missing));
    return nullptr;
  }

 private:
  void demand(std::string_view where, const std::string& name, Mistakes& mistakes) const {
    if (!known_.contains(name)) mistakes.add(where, "there is no product '" + name + "'");
  }
  std::string named_in(const Json& document) const {
    if (!document.contains("product") || !document["product"].is_object()) return {};
    const auto& product = document["product"];
    if (!product.contains("name") || !product["name"].is_string()) return {};
    const auto name = product["name"].get<std::string>();
    const auto among = std::ranges::find(products_, name, &Product::name);
    if (among == products_.end()) return "; the product it names, '" + name + "', is not among them";
    return "; it names '" + name + "', which demands " + dump_json(among->metadata);
  }

  std::vector<Product> products_;
  std::set<std::string, std::less<>> known_;
};

/// One document on its way into the index.
struct Candidate {
  Json stored;
  std::map<std::string, std::string> sources;
  std::vector<std::string> locations;
  const Product* product = nullptr;
};

class DatasetAdder {
 public:
  DatasetAdder(RoleTransaction& transaction, const AddOptions& options)
      : transaction_(transaction),
        options_(options),
        products_(transaction, options.products, options.excluded) {}

  void read(const NewDataset& dataset) {
    Candidate candidate;
    AddedDataset added;
    Mistakes mistakes;
    odc::check_dataset(dataset.document, mistakes);
    for (const auto& location : dataset.locations) check_location(location, "locations", mistakes);
    added.faults = mistakes.all();
    if (dataset.document.is_object() && dataset.document.contains("id") &&
        dataset.document["id"].is_string()) {
      added.id = odc::canonical_uuid(dataset.document["id"].get<std::string>()).value_or("");
    }
    if (added.faults.empty()) {
      candidate.locations = dataset.locations;
      candidate.product = products_.match(dataset.document, added.faults);
      prepare(dataset.document, candidate, added.faults);
    }
    if (candidate.product != nullptr) added.product = candidate.product->name;
    candidates_.push_back(std::move(candidate));
    report_.datasets.push_back(std::move(added));
  }

  AddReport store() {
    for (const auto i : order()) {
      if (report_.datasets[i].faults.empty()) insert_alone(i);
    }
    return std::move(report_);
  }

 private:
  void prepare(const Json& document, Candidate& candidate, std::vector<std::string>& faults) const {
    try {
      candidate.stored = odc::stored_dataset(document);
      candidate.stored["id"] = odc::canonical_uuid(document.at("id").get<std::string>()).value();
      if (options_.lineage != LineagePolicy::ignore) candidate.sources = odc::sources_of(document);
      if (candidate.product == nullptr) return;
      Mistakes mistakes;
      odc::check_search_fields(candidate.product->type_definition, candidate.stored, mistakes);
      faults.insert(faults.end(), mistakes.all().begin(), mistakes.all().end());
    } catch (const Problem& problem) {
      faults.emplace_back(problem.what());
    }
  }

  /// Sources before what is derived from them.
  std::vector<std::size_t> order() const {
    std::multimap<std::string, std::size_t> by_id;
    for (std::size_t i = 0; i < candidates_.size(); ++i) by_id.emplace(report_.datasets[i].id, i);
    std::vector<std::size_t> sorted;
    std::vector<bool> seen(candidates_.size());
    // By id, so that requests that add the same do not wait for each other. Depth first with a stack of one's
    // own: a client decides how long the chain is.
    for (const auto& [id, start] : by_id) {
      std::vector<std::pair<std::size_t, bool>> stack{{start, false}};
      while (!stack.empty()) {
        const auto [i, sources_done] = stack.back();
        stack.pop_back();
        if (sources_done) {
          sorted.push_back(i);
          continue;
        }
        if (seen[i]) continue;
        seen[i] = true;
        stack.emplace_back(i, true);
        for (const auto& [classifier, source] : candidates_[i].sources) {
          const auto known = by_id.find(source);
          if (known != by_id.end() && !seen[known->second]) stack.emplace_back(known->second, false);
        }
      }
    }
    return sorted;
  }

  /// A document that the database refuses costs itself only.
  void insert_alone(std::size_t i) {
    auto& added = report_.datasets[i];
    transaction_.savepoint();
    try {
      insert(candidates_[i], added);
    } catch (const pqxx::insufficient_privilege&) {
      throw;
    } catch (const pqxx::sql_error& error) {
      const auto refusal = refusal_of(error);
      if (!refusal) throw;
      log_failure(error.what());
      added.faults.push_back(*refusal);
    }
    if (added.faults.empty()) {
      transaction_.release_savepoint();
    } else {
      added.status = Status::failed;
      transaction_.rollback_to_savepoint();
    }
  }

  void insert(const Candidate& candidate, AddedDataset& added) {
    Sql sql{"insert into agdc.dataset (id, dataset_type_ref, metadata_type_ref, metadata) values ("};
    sql.bind(added.id).add("::uuid, ").bind(candidate.product->id).add("::smallint, ");
    sql.bind(candidate.product->metadata_type).add("::smallint, ").bind(dump_json(candidate.stored));
    if (transaction_.run(sql.add("::jsonb) on conflict (id) do nothing")).affected_rows() == 0) {
      return compare(candidate, added);
    }
    added.status = Status::added;
    insert_locations(transaction_, added.id, candidate.locations);
    if (!candidate.sources.empty()) note_missing(candidate, added);
    if (!added.faults.empty()) return;
    insert_sources(transaction_, added.id, candidate.sources);
    replace_less_mature(added);
  }

  void replace_less_mature(AddedDataset& added) {
    if (!options_.less_mature_tolerance) return;
    try {
      added.replaced =
          archive_less_mature(transaction_, added.product, added.id, *options_.less_mature_tolerance);
    } catch (const Problem& problem) {
      added.faults.emplace_back(problem.what());
    }
  }

  void compare(const Candidate& candidate, AddedDataset& added) {
    added.status = Status::exists;
    Sql sql{"select metadata = "};
    sql.bind(dump_json(candidate.stored)).add("::jsonb, archived is not null from agdc.dataset where id = ");
    const auto rows = transaction_.run(sql.bind(added.id).add("::uuid"));
    if (rows.empty()) {
      added.faults.emplace_back("another request removed this dataset at this moment; try again");
      return;
    }
    added.differs = !rows[0][0].as<bool>();
    added.archived = rows[0][1].as<bool>();
  }

  void note_missing(const Candidate& candidate, AddedDataset& added) {
    std::vector<std::string> sources;
    sources.reserve(candidate.sources.size());
    for (const auto& [classifier, source] : candidate.sources) sources.push_back(source);
    Sql sql{"select distinct v from jsonb_array_elements_text("};
    sql.bind(sql_json_array(sources))
        .add("::jsonb) v where not exists (select from agdc.dataset where id = v::uuid)");
    for (const auto& row : transaction_.run(sql)) added.missing_sources.emplace_back(row[0].c_str());
    if (added.missing_sources.empty() || options_.lineage == LineagePolicy::skip_missing) return;
    added.faults.push_back("sources that are not in the index: " + list_of(added.missing_sources) +
                           "; add them first, or send lineage=skip-missing or lineage=ignore");
  }

  RoleTransaction& transaction_;
  const AddOptions& options_;
  const Products products_;
  std::vector<Candidate> candidates_;
  AddReport report_;
};

/// What is changed about a dataset's locations; tells whether anything is.
bool update_locations(RoleTransaction& transaction, const std::string& id, const UpdateOptions& options) {
  if (options.locations.empty()) return false;
  bool changed = insert_locations(transaction, id, options.locations) > 0;
  if (options.policy == LocationPolicy::keep) return changed;
  Sql restore{
      "update agdc.dataset_location set archived = null where archived is not null and dataset_ref = "};
  restore.bind(id).add("::uuid and uri_scheme || ':' || uri_body in (select jsonb_array_elements_text(");
  restore.bind(sql_json_array(options.locations)).add("::jsonb))");
  changed = transaction.run(restore).affected_rows() > 0 || changed;
  Sql sql{options.policy == LocationPolicy::archive
              ? "update agdc.dataset_location set archived = now() where archived is null and dataset_ref = "
              : "delete from agdc.dataset_location where dataset_ref = "};
  sql.bind(id).add("::uuid and uri_scheme || ':' || uri_body not in (select jsonb_array_elements_text(");
  sql.bind(sql_json_array(options.locations)).add("::jsonb))");
  return transaction.run(sql).affected_rows() > 0 || changed;
}

OdcDataset lock_dataset(RoleTransaction& transaction, const std::string& id) {
  Sql lock{"select from agdc.dataset where id = "};
  if (transaction.run(lock.bind(id).add("::uuid for update")).empty()) {
    throw Problem(404, "NotFound", "there is no dataset '" + id + "'");
  }
  Sql sql{"with page as (select "};
  return read_dataset(transaction.run(sql.bind(id).add("::uuid as id) ").add(select_datasets())).at(0));
}

void refuse_unsafe(const std::vector<odc::Change>& changes) {
  std::vector<std::string> paths;
  for (const auto& change : changes) {
    if (!change.safe) paths.push_back(change.path);
  }
  if (paths.empty()) return;
  throw Problem(409, "UnsafeChange",
                "only additions are safe, and these change what is there: " + list_of(paths) +
                    "; name what may change with allow, e.g. allow=" + paths.front());
}

/// A document as people write it leaves out what is derived from its footprint. Where the footprint stays, so
/// does what the index holds of it: another program's arithmetic differs in the last digits, which would pass
/// for a change.
Json with_derived_parts(Json document, const Json& existing) {
  if (!existing.is_object()) return document;
  const auto unchanged = [&](const char* part) {
    return odc::same(document.value(part, Json()), existing.value(part, Json()));
  };
  if (!unchanged("crs") || !unchanged("geometry") || !unchanged("grids")) return document;
  for (const auto* part : {"extent", "grid_spatial"}) {
    if (!document.contains(part) && existing.contains(part)) document[part] = existing[part];
  }
  return document;
}

}  // namespace

void require_match(RoleTransaction& transaction, const std::string& id, const std::string& if_match) {
  const auto dataset = lock_dataset(transaction, id);
  if (if_match == "*" || if_match.find(dataset.etag) != std::string::npos) return;
  throw Problem(412, "PreconditionFailed", "the dataset is another now than the one of If-Match");
}

std::vector<OdcDataset> get_datasets(Pool& readers, const std::vector<std::string>& ids) {
  return with_connection(readers, true, [&](Connection& connection) {
    Sql sql{"with page as (select v::uuid as id, min(n) as place from jsonb_array_elements_text("};
    sql.bind(sql_json_array(ids)).add("::jsonb) with ordinality w (v, n) group by 1) ");
    std::vector<OdcDataset> datasets;
    for (const auto& row : connection.run(sql.add(select_datasets()).add(" order by page.place"))) {
      datasets.push_back(read_dataset(row));
    }
    return datasets;
  });
}

AddReport add_datasets(Pool& writers, std::string_view role, const std::vector<NewDataset>& datasets,
                       const AddOptions& options) {
  return under_role(writers, role, [&](RoleTransaction& transaction) {
    DatasetAdder adder(transaction, options);
    for (const auto& dataset : datasets) adder.read(dataset);
    auto report = adder.store();
    std::vector<std::string> added;
    bool failed = false;
    for (const auto& dataset : report.datasets) {
      if (dataset.status == Status::added) added.push_back(dataset.id);
      added.insert(added.end(), dataset.replaced.begin(), dataset.replaced.end());
      failed = failed || dataset.status == Status::failed;
    }
    if (options.dry_run || (options.atomic && failed)) return report;
    if (!added.empty()) Projector::project(transaction, added);
    transaction.commit();
    report.stored = true;
    return report;
  });
}

DatasetChange update_dataset(Pool& writers, std::string_view role, const std::string& id,
                             const Json& document, const UpdateOptions& options) {
  Mistakes mistakes;
  odc::check_dataset(document, mistakes);
  for (const auto& location : options.locations) check_location(location, "location", mistakes);
  mistakes.throw_if_any();
  if (odc::canonical_uuid(document.at("id").get<std::string>()) != id) {
    throw Problem(400, "InvalidParameterValue", "id: the document is of another dataset than the address");
  }
  return under_role(writers, role, [&](RoleTransaction& transaction) {
    const auto existing = lock_dataset(transaction, id);
    if (options.if_match && *options.if_match != "*" &&
        options.if_match->find(existing.etag) == std::string::npos) {
      throw Problem(412, "PreconditionFailed", "the dataset is another now than the one of If-Match");
    }
    const Products products(transaction, {}, {});
    std::vector<std::string> faults;
    const auto* const product = products.match(document, faults);
    if (product == nullptr) throw Problem(400, "InvalidParameterValue", list_of(faults));
    if (product->name != existing.product) {
      throw Problem(409, "ProductRefused",
                    "the product of a dataset cannot change, and this document is of '" + product->name +
                        "' instead of '" + existing.product + "'; add it under another id");
    }
    const auto before = parse_stored_json(existing.document);
    auto stored = odc::stored_dataset(with_derived_parts(document, before));
    stored["id"] = id;
    Mistakes unreadable;
    odc::check_search_fields(product->type_definition, stored, unreadable);
    unreadable.throw_if_any();
    DatasetChange change{odc::dataset_changes(before, stored, options.allow), false};
    if (options.dry_run) return change;
    refuse_unsafe(change.changes);
    if (!change.changes.empty()) {
      Sql sql{"update agdc.dataset set metadata = "};
      transaction.run(sql.bind(dump_json(stored)).add("::jsonb where id = ").bind(id).add("::uuid"));
    }
    change.updated = update_locations(transaction, id, options) || !change.changes.empty();
    if (!change.updated) return change;
    const std::vector<std::string> ids{id};
    Projector::project(transaction, ids);
    transaction.commit();
    return change;
  });
}

}  // namespace hayden::db
