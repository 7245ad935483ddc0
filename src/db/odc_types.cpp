#include "db/odc_types.hpp"

#include <algorithm>

#include "db/odc_transaction.hpp"
#include "db/projector.hpp"
#include "db/stored_json.hpp"
#include "odc/documents.hpp"
#include "stac/page_token.hpp"

namespace hayden::db {
namespace {

std::string_view noun(OdcKind kind) { return kind == OdcKind::product ? "product" : "metadata type"; }

std::string select_types(OdcKind kind) {
  return "select t.name, t.definition::text, " + sql_rfc3339("t.added") + ", t.added_by, " +
         sql_rfc3339("t.updated") + ", md5(t.definition::text || coalesce(t.updated::text, '')), " +
         (kind == OdcKind::product
              ? "m.name, t.id from agdc.dataset_type t join agdc.metadata_type m on m.id = "
                "t.metadata_type_ref"
              : "null, t.id from agdc.metadata_type t");
}

OdcType read_type(const pqxx::row& row) {
  OdcType type;
  type.name = row[0].c_str();
  type.definition = parse_stored_json(row[1].c_str());
  type.added = row[2].c_str();
  type.added_by = row[3].c_str();
  type.updated = text_or_empty(row[4]);
  type.etag = row[5].c_str();
  type.metadata_type = text_or_empty(row[6]);
  return type;
}

struct LockedType {
  OdcType type;
  std::string id;
};

/// Until the transaction ends nobody else changes it.
LockedType lock_type(RoleTransaction& transaction, OdcKind kind, const std::string& name) {
  Sql sql{select_types(kind)};
  const auto rows = transaction.run(sql.add(" where t.name = ").bind(name).add(" for update of t"));
  if (rows.empty()) {
    throw Problem(404, "NotFound", "there is no " + std::string{noun(kind)} + " '" + name + "'");
  }
  return {read_type(rows[0]), rows[0][7].c_str()};
}

void require_match(const OdcType& type, const std::optional<std::string>& if_match) {
  if (!if_match || *if_match == "*" || if_match->find(type.etag) != std::string::npos) return;
  throw Problem(412, "PreconditionFailed", "'" + type.name + "' is another now than the one of If-Match");
}

std::vector<odc::Change> changes_of(OdcKind kind, const Json& before, const Json& after) {
  return kind == OdcKind::product ? odc::product_changes(before, after)
                                  : odc::metadata_type_changes(before, after);
}

std::string paths_of(const std::vector<odc::Change>& changes, bool only_unsafe) {
  std::string paths;
  for (const auto& change : changes) {
    if (only_unsafe && change.safe) continue;
    paths += (paths.empty() ? "" : ", ") + (change.path.empty() ? "the whole" : change.path);
  }
  return paths;
}

std::optional<Json> definition_of(RoleTransaction& transaction, OdcKind kind, const std::string& name) {
  Sql sql{kind == OdcKind::product ? "select definition::text from agdc.dataset_type where name = "
                                   : "select definition::text from agdc.metadata_type where name = "};
  const auto rows = transaction.run(sql.bind(name));
  if (rows.empty()) return {};
  return parse_stored_json(rows[0][0].c_str());
}

/// What is wrong with a definition that comes beside one of that name; empty when they are the same.
std::string conflict_of(OdcKind kind, const std::string& name, const Json& existing, const Json& given) {
  const auto changes = changes_of(kind, existing, given);
  if (changes.empty()) return {};
  return std::string{noun(kind)} + " '" + name + "' exists with another definition (" +
         paths_of(changes, false) + "); update it instead";
}

/// Adds the documents of one request and keeps the book of what is wrong with them.
class Adder {
 public:
  explicit Adder(RoleTransaction& transaction) : transaction_(transaction) {}

  AddedType add(OdcKind kind, const Json& document, const std::string& where) {
    const auto name = document.at("name").get<std::string>();
    auto definition = document;
    if (kind == OdcKind::product) take_metadata_type(definition, where);
    if (const auto existing = definition_of(transaction_, kind, name)) {
      const auto conflict = conflict_of(kind, name, *existing, definition);
      if (!conflict.empty()) conflicts_.push_back(where + ": " + conflict);
      return {name, true};
    }
    insert(kind, name, definition, where);
    return {name, false};
  }

  void throw_if_any() const {
    mistakes_.throw_if_any();
    if (conflicts_.empty()) return;
    std::string all;
    for (const auto& conflict : conflicts_) all += (all.empty() ? "" : "; ") + conflict;
    throw Problem(409, "Conflict", all);
  }

 private:
  void take_metadata_type(Json& definition, const std::string& where) {
    auto& metadata_type = definition["metadata_type"];
    if (!metadata_type.is_object()) return;
    metadata_type = add(OdcKind::metadata_type, metadata_type, where + ".metadata_type").name;
  }

  void insert(OdcKind kind, const std::string& name, const Json& definition, const std::string& where) {
    if (kind == OdcKind::metadata_type) {
      Sql sql{"insert into agdc.metadata_type (name, definition) values ("};
      sql.bind(name).add(", ").bind(dump_json(definition)).add("::jsonb)");
      transaction_.run(sql);
      return;
    }
    const auto metadata_type = definition.at("metadata_type").get<std::string>();
    Sql sql{"insert into agdc.dataset_type (name, metadata, metadata_type_ref, definition) select "};
    sql.bind(name).add(", ").bind(dump_json(definition.at("metadata"))).add("::jsonb, id, ");
    sql.bind(dump_json(definition)).add("::jsonb from agdc.metadata_type where name = ").bind(metadata_type);
    if (transaction_.run(sql).affected_rows() == 0) {
      mistakes_.add(where + ".metadata_type", "there is no metadata type '" + metadata_type + "'");
    }
  }

  RoleTransaction& transaction_;
  Mistakes mistakes_;
  std::vector<std::string> conflicts_;
};

/// The triggers that follow read all datasets once for each index they build, and force deletes them all.
void allow_time(RoleTransaction& transaction) {
  transaction.run(Sql{"set local statement_timeout = '15min'"});
}

std::string position(std::size_t index, std::size_t count) {
  return count == 1 ? "document" : "documents[" + std::to_string(index) + "]";
}

void check(OdcKind kind, const Json& document, const std::string& where, Mistakes& mistakes) {
  Mistakes found;
  if (kind == OdcKind::product) {
    odc::check_product(document, found);
  } else {
    odc::check_metadata_type(document, found);
  }
  for (const auto& one : found.all()) mistakes.add(where, one);
}

[[noreturn]] void refuse_rename(OdcKind kind, const std::string& name, const std::string& wanted) {
  throw Problem(409, "RenameRefused",
                "the " + std::string{noun(kind)} + " '" + name + "' cannot become '" + wanted +
                    "': its name stands in the documents of its datasets, in its indexes and in the queries "
                    "of its users; add one of the new name and index the datasets again");
}

void refuse_unsafe(const std::vector<odc::Change>& changes) {
  const auto paths = paths_of(changes, true);
  if (paths.empty()) return;
  throw Problem(409, "UnsafeChange",
                "these changes may break datasets that are there: " + paths +
                    "; repeat with allow-unsafe=true if they are meant");
}

/// A product may bring its metadata type whole; an update of the product neither changes nor replaces that.
void settle_metadata_type(RoleTransaction& transaction, const OdcType& existing, Json& definition) {
  auto& metadata_type = definition["metadata_type"];
  Json given;
  if (metadata_type.is_object()) {
    given = std::move(metadata_type);
    metadata_type = given.at("name");
  }
  if (metadata_type != existing.metadata_type) {
    throw Problem(409, "MetadataTypeRefused",
                  "the metadata type of a product cannot change from '" + existing.metadata_type + "' to '" +
                      metadata_type.get<std::string>() +
                      "': its datasets are indexed by the fields of the one it has");
  }
  if (given.is_null()) return;
  const auto stored = definition_of(transaction, OdcKind::metadata_type, existing.metadata_type);
  if (!stored) return;
  const auto conflict = conflict_of(OdcKind::metadata_type, existing.metadata_type, *stored, given);
  if (!conflict.empty()) throw Problem(409, "Conflict", "document.metadata_type: " + conflict);
}

void store_update(RoleTransaction& transaction, OdcKind kind, const std::string& id, const Json& definition) {
  if (kind == OdcKind::product) {
    Sql sql{"update agdc.dataset_type set metadata = "};
    sql.bind(dump_json(definition.at("metadata"))).add("::jsonb, definition = ");
    transaction.run(sql.bind(dump_json(definition)).add("::jsonb where id = ").bind(id).add("::smallint"));
    return;
  }
  Sql sql{"update agdc.metadata_type set definition = "};
  transaction.run(sql.bind(dump_json(definition)).add("::jsonb where id = ").bind(id).add("::smallint"));
}

std::int64_t first_count(RoleTransaction& transaction, std::string text, const std::string& id) {
  Sql sql{std::move(text)};
  return transaction.run(sql.bind(id).add("::smallint")).at(0)[0].as<std::int64_t>();
}

void delete_datasets_of(RoleTransaction& transaction, const std::string& name, const std::string& id) {
  const auto derived =
      first_count(transaction,
                  "select count(distinct s.dataset_ref) from agdc.dataset d join agdc.dataset_source s on "
                  "s.source_dataset_ref = d.id join agdc.dataset derived on derived.id = s.dataset_ref "
                  "where derived.dataset_type_ref <> d.dataset_type_ref and d.dataset_type_ref = ",
                  id);
  if (derived > 0) {
    throw Problem(409, "InUse",
                  std::to_string(derived) + " datasets of other products are derived from datasets of '" +
                      name + "'; purge them first");
  }
  for (const auto* const statement :
       {"delete from agdc.dataset_location l using agdc.dataset d where d.id = l.dataset_ref and "
        "d.dataset_type_ref = ",
        "delete from agdc.dataset_source s using agdc.dataset d where d.id = s.dataset_ref and "
        "d.dataset_type_ref = ",
        "delete from agdc.dataset where dataset_type_ref = "}) {
    Sql sql{statement};
    transaction.run(sql.bind(id).add("::smallint"));
  }
}

void refuse_used_type(RoleTransaction& transaction, const std::string& name, const std::string& id) {
  const auto products =
      first_count(transaction, "select count(*) from agdc.dataset_type where metadata_type_ref = ", id);
  const auto datasets =
      first_count(transaction, "select count(*) from agdc.dataset where metadata_type_ref = ", id);
  if (products == 0 && datasets == 0) return;
  throw Problem(409, "InUse",
                "the metadata type '" + name + "' is used by " + std::to_string(products) + " products and " +
                    std::to_string(datasets) + " datasets");
}

void refuse_used_product(RoleTransaction& transaction, const std::string& name, const std::string& id) {
  Sql sql{
      "select count(*) filter (where archived is null), count(*) filter (where archived is not null) "
      "from agdc.dataset where dataset_type_ref = "};
  const auto row = transaction.run(sql.bind(id).add("::smallint")).at(0);
  if (row[0].as<std::int64_t>() + row[1].as<std::int64_t>() == 0) return;
  throw Problem(409, "InUse",
                "the product '" + name + "' has " + row[0].c_str() + " active and " + row[1].c_str() +
                    " archived datasets; purge them first, or repeat with force=true as agdc_admin");
}

}  // namespace

OdcTypePage odc_types(Pool& readers, OdcKind kind, int limit, const std::optional<std::string>& token) {
  const std::string sort = kind == OdcKind::product ? "products" : "metadata-types";
  std::optional<stac::PageToken> start;
  if (token) {
    start = stac::PageToken::decode(*token);
    if (!start || start->sort != sort || start->values.size() != 1) {
      throw Problem(400, "InvalidParameterValue", "token: not a page token of this list");
    }
  }
  return with_connection(readers, true, [&](Connection& connection) {
    Sql sql{select_types(kind)};
    if (start) sql.add(" where t.name collate \"C\" > ").bind(start->values.front());
    sql.add(" order by t.name collate \"C\" limit ").bind(std::to_string(limit + 1)).add("::int");
    OdcTypePage page;
    for (const auto& row : connection.run(sql)) page.types.push_back(read_type(row));
    if (page.types.size() > static_cast<std::size_t>(limit)) {
      page.types.pop_back();
      page.next = stac::PageToken{false, sort, {page.types.back().name}, {}, false}.encode();
    }
    return page;
  });
}

std::optional<OdcType> find_odc_type(Pool& readers, OdcKind kind, const std::string& name) {
  return with_connection(readers, true, [&](Connection& connection) -> std::optional<OdcType> {
    Sql sql{select_types(kind)};
    const auto rows = connection.run(sql.add(" where t.name = ").bind(name));
    if (rows.empty()) return {};
    return read_type(rows[0]);
  });
}

std::vector<AddedType> add_odc_types(Pool& writers, std::string_view role, OdcKind kind,
                                     const std::vector<Json>& documents, bool dry_run) {
  Mistakes mistakes;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    check(kind, documents[i], position(i, documents.size()), mistakes);
  }
  mistakes.throw_if_any();
  return under_role(writers, role, [&](RoleTransaction& transaction) {
    allow_time(transaction);
    Adder adder(transaction);
    std::vector<AddedType> added;
    for (std::size_t i = 0; i < documents.size(); ++i) {
      added.push_back(adder.add(kind, documents[i], position(i, documents.size())));
    }
    adder.throw_if_any();
    if (dry_run) return added;
    if (kind == OdcKind::product) Projector::project_products(transaction);
    transaction.commit();
    return added;
  });
}

TypeChange update_odc_type(Pool& writers, std::string_view role, OdcKind kind, const std::string& name,
                           const Json& document, const TypeUpdate& options) {
  Mistakes mistakes;
  check(kind, document, "document", mistakes);
  mistakes.throw_if_any();
  auto definition = document;
  return under_role(writers, role, [&](RoleTransaction& transaction) {
    const auto [existing, id] = lock_type(transaction, kind, name);
    require_match(existing, options.if_match);
    const auto wanted = definition.at("name").get<std::string>();
    if (wanted != name) refuse_rename(kind, name, wanted);
    if (kind == OdcKind::product) settle_metadata_type(transaction, existing, definition);
    TypeChange change{changes_of(kind, existing.definition, definition), false};
    if (options.dry_run || change.changes.empty()) return change;
    if (!options.allow_unsafe) refuse_unsafe(change.changes);
    allow_time(transaction);
    store_update(transaction, kind, id, definition);
    if (kind == OdcKind::product) Projector::project_products(transaction);
    transaction.commit();
    change.updated = true;
    return change;
  });
}

std::int64_t delete_odc_type(Pool& writers, std::string_view role, OdcKind kind, const std::string& name,
                             bool force, const std::optional<std::string>& if_match) {
  return under_role(writers, role, [&](RoleTransaction& transaction) {
    const auto [existing, id] = lock_type(transaction, kind, name);
    require_match(existing, if_match);
    std::int64_t datasets = 0;
    if (kind == OdcKind::metadata_type) {
      refuse_used_type(transaction, name, id);
    } else if (force) {
      allow_time(transaction);
      datasets = first_count(transaction, "select count(*) from agdc.dataset where dataset_type_ref = ", id);
      if (datasets > 0) delete_datasets_of(transaction, name, id);
    } else {
      refuse_used_product(transaction, name, id);
    }
    Sql sql{kind == OdcKind::product ? "delete from agdc.dataset_type where id = "
                                     : "delete from agdc.metadata_type where id = "};
    transaction.run(sql.bind(id).add("::smallint"));
    transaction.commit();
    return datasets;
  });
}

}  // namespace hayden::db
