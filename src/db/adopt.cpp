#include "db/adopt.hpp"

#include <algorithm>
#include <memory>
#include <thread>

#include "db/admin_connection.hpp"
#include "db/connection.hpp"
#include "db/migration_history.hpp"
#include "db/projector.hpp"

namespace hayden::db {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds retry{200};

// The login may not have the right to use the schema yet, so everything is looked up in the catalogues:
// to_regclass() and its like would refuse.

/// Every way in which the schema differs from what clients of datacube and the later migrations rely on
/// (db/migrations/0001_agdc.sql). Columns `updated` may be missing: datacube before 1.8.3 made none.
constexpr std::string_view deviations_sql = R"(
with wanted_column (relation, name, type, required) as (values
    ('metadata_type', 'id', 'smallint', true), ('metadata_type', 'name', 'character varying', true),
    ('metadata_type', 'definition', 'jsonb', true), ('metadata_type', 'added', 'timestamp with time zone', true),
    ('metadata_type', 'added_by', 'name', true), ('metadata_type', 'updated', 'timestamp with time zone', false),
    ('dataset_type', 'id', 'smallint', true), ('dataset_type', 'name', 'character varying', true),
    ('dataset_type', 'metadata', 'jsonb', true), ('dataset_type', 'metadata_type_ref', 'smallint', true),
    ('dataset_type', 'definition', 'jsonb', true), ('dataset_type', 'added', 'timestamp with time zone', true),
    ('dataset_type', 'added_by', 'name', true), ('dataset_type', 'updated', 'timestamp with time zone', false),
    ('dataset', 'id', 'uuid', true), ('dataset', 'metadata_type_ref', 'smallint', true),
    ('dataset', 'dataset_type_ref', 'smallint', true), ('dataset', 'metadata', 'jsonb', true),
    ('dataset', 'archived', 'timestamp with time zone', false), ('dataset', 'added', 'timestamp with time zone', true),
    ('dataset', 'added_by', 'name', true), ('dataset', 'updated', 'timestamp with time zone', false),
    ('dataset_location', 'id', 'integer', true), ('dataset_location', 'dataset_ref', 'uuid', true),
    ('dataset_location', 'uri_scheme', 'character varying', true), ('dataset_location', 'uri_body', 'character varying', true),
    ('dataset_location', 'added', 'timestamp with time zone', true), ('dataset_location', 'added_by', 'name', true),
    ('dataset_location', 'archived', 'timestamp with time zone', false),
    ('dataset_source', 'dataset_ref', 'uuid', true), ('dataset_source', 'classifier', 'character varying', true),
    ('dataset_source', 'source_dataset_ref', 'uuid', true)
), wanted_key (relation, kind, columns, target) as (values
    ('metadata_type', 'p', '{id}', null), ('metadata_type', 'u', '{name}', null),
    ('dataset_type', 'p', '{id}', null), ('dataset_type', 'u', '{name}', null),
    ('dataset_type', 'f', '{metadata_type_ref}', 'metadata_type'),
    ('dataset', 'p', '{id}', null), ('dataset', 'f', '{metadata_type_ref}', 'metadata_type'),
    ('dataset', 'f', '{dataset_type_ref}', 'dataset_type'),
    ('dataset_location', 'p', '{id}', null), ('dataset_location', 'u', '{dataset_ref,uri_body,uri_scheme}', null),
    ('dataset_location', 'f', '{dataset_ref}', 'dataset'),
    ('dataset_source', 'p', '{classifier,dataset_ref}', null),
    ('dataset_source', 'u', '{dataset_ref,source_dataset_ref}', null),
    ('dataset_source', 'f', '{dataset_ref}', 'dataset'), ('dataset_source', 'f', '{source_dataset_ref}', 'dataset')
), wanted_table (name, id) as (
    select name, (select oid from pg_class where relname = name and relnamespace = 'agdc'::regnamespace)
    from (select distinct relation from wanted_column) t (name)
), found_column as (
    select t.name as relation, a.attname as name, format_type(a.atttypid, null) as type, a.attnotnull as required,
           a.attnotnull and not a.atthasdef and a.attidentity = '' and a.attgenerated = '' as needed
    from wanted_table t join pg_attribute a on a.attrelid = t.id and a.attnum > 0 and not a.attisdropped
), found_key as (
    select t.name as relation, c.contype::text as kind, array(
               select a.attname::text from pg_attribute a
               where a.attrelid = c.conrelid and a.attnum = any (c.conkey) order by 1) as columns,
           c.confrelid, c.confdeltype
    from wanted_table t join pg_constraint c on c.conrelid = t.id
)
select 'table agdc.' || name || case when id is null then ' is missing' else ' is no plain table' end
from wanted_table where id is null or (select relkind from pg_class where oid = id) <> 'r'
union all
select format('column agdc.%s.%s is missing', w.relation, w.name)
from wanted_column w join wanted_table t on t.name = w.relation and t.id is not null
where w.name <> 'updated' and not exists (select from found_column f where (f.relation, f.name) = (w.relation, w.name))
union all
select format('column agdc.%s.%s is of type %s, not %s', w.relation, w.name, f.type, w.type)
from wanted_column w join found_column f on (f.relation, f.name) = (w.relation, w.name) where f.type <> w.type
union all
select format('column agdc.%s.%s %s', w.relation, w.name,
              case when w.required then 'may be null' else 'may not be null' end)
from wanted_column w join found_column f on (f.relation, f.name) = (w.relation, w.name) where f.required <> w.required
union all
select format('column agdc.%s.%s, which datacube does not know, has no default', f.relation, f.name)
from found_column f
where f.needed and not exists (select from wanted_column w where (f.relation, f.name) = (w.relation, w.name))
union all
select format('agdc.%s has no %s (%s)%s', w.relation,
              case w.kind when 'p' then 'primary key' when 'u' then 'unique key' else 'foreign key' end,
              array_to_string(w.columns::text[], ', '), ' to agdc.' || w.target)
from wanted_key w join wanted_table t on t.name = w.relation and t.id is not null
where not exists (select from found_key f
                  where (f.relation, f.kind, f.columns) = (w.relation, w.kind, w.columns::text[])
                    and (w.kind <> 'f' or f.confrelid = (select id from wanted_table where name = w.target) and f.confdeltype = 'a'))
union all
select 'type agdc.float8range is missing or no range of double precision'
where not exists (select from pg_range join pg_type t on t.oid = rngtypid
                  where t.typname = 'float8range' and t.typnamespace = 'agdc'::regnamespace
                    and rngsubtype = 'double precision'::regtype)
union all
select 'function agdc.common_timestamp(text) is missing or not immutable'
where not exists (select from pg_proc
                  where proname = 'common_timestamp' and pronamespace = 'agdc'::regnamespace
                    and proargtypes = array['text'::regtype]::oidvector and provolatile = 'i')
union all
select 'schema stac is there already' where to_regnamespace('stac') is not null
)";

/// A change to schema agdc that makes it what db/migrations/0001_agdc.sql would have made.
struct Change {
  std::string what;
  std::string sql;
  bool by_owner = true;  ///< as agdc_admin; else as the login itself
};

const Migration& first_migration() { return embedded_migrations().front(); }

std::vector<std::string> statements_of_first_migration(std::string_view beginning) {
  auto all = split_statements(first_migration().sql);
  std::erase_if(all, [&](const std::string& each) { return !each.starts_with(beginning); });
  return all;
}

std::string word_after(std::string_view text, std::string_view before) {
  const auto begin = text.find(before) + before.size();
  return std::string(text.substr(begin, text.find_first_of(" \n(;", begin) - begin));
}

bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::string joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const auto& part : parts) all += (all.empty() ? "" : "; ") + part;
  return all;
}

std::vector<std::string> column_of(const pqxx::result& rows) {
  std::vector<std::string> values;
  for (const auto& row : rows) values.push_back(row[0].as<std::string>());
  return values;
}

bool is_taken_over(pqxx::transaction_base& work) {
  if (work.exec1("select to_regclass('hayden.migration') is null")[0].as<bool>()) return false;
  return !work.exec("select from hayden.migration where number = 1 and applied_at is not null").empty();
}

void check_contract(pqxx::transaction_base& work) {
  if (work.exec1("select to_regnamespace('agdc') is null")[0].as<bool>()) {
    throw Problem(409, "NothingToAdopt",
                  "this database holds no schema agdc, so there is nothing to adopt; make it one of Hayden's "
                  "with: hayden-admin migrate");
  }
  const auto deviations = column_of(work.exec(std::string(deviations_sql)));
  if (!deviations.empty()) {
    throw Problem(409, "NotTheContract",
                  "schema agdc is not what datacube makes, nothing was changed: " + joined(deviations));
  }
}

/// Tables and the schema belong to agdc_admin, under which Hayden writes them and builds indexes.
std::vector<Change> ownership_changes(pqxx::transaction_base& work) {
  const auto rows = work.exec(R"(
    select format('%s agdc%s', kind, '.' || name), owner, pg_has_role(current_user, owner, 'usage')
    from (select 'schema' as kind, null as name, nspowner as owner_id from pg_namespace where nspname = 'agdc'
          union all
          select 'table', relname, relowner from pg_class
          where relnamespace = 'agdc'::regnamespace and relkind = 'r'
            and relname in ('metadata_type', 'dataset_type', 'dataset', 'dataset_location', 'dataset_source')) o
    cross join lateral (select owner_id::regrole::text as owner) r
    where owner <> 'agdc_admin'
    order by kind, name)");
  std::vector<Change> changes;
  std::vector<std::string> forbidden;
  for (const auto& row : rows) {
    const auto object = row[0].as<std::string>();
    const auto sql = "alter " + object + " owner to agdc_admin";
    if (!row[2].as<bool>()) forbidden.push_back(sql);
    changes.push_back(
        {"hand " + object + ", which belongs to " + row[1].as<std::string>() + ", to agdc_admin", sql,
         false});
  }
  if (!forbidden.empty()) {
    throw Problem(
        409, "NotTheOwner",
        "the login may not hand over what others own, nothing was changed; run as a superuser in this "
        "database: " +
            joined(forbidden));
  }
  return changes;
}

void add_columns(pqxx::transaction_base& work, std::vector<Change>& changes) {
  for (const auto& table :
       column_of(work.exec("select relname from pg_class c where relnamespace = 'agdc'::regnamespace"
                           " and relname in ('metadata_type', 'dataset_type', 'dataset') and not exists"
                           " (select from pg_attribute where attrelid = c.oid and attname = 'updated' and "
                           "not attisdropped)"))) {
    const std::string column = "agdc." + table;
    changes.push_back(
        {"add column " + column + ".updated", "alter table " + column + " add column updated timestamptz"});
  }
}

void add_triggers(pqxx::transaction_base& work, std::vector<Change>& changes) {
  if (work.exec("select from pg_proc where proname = 'set_row_update_time'"
                " and pronamespace = 'agdc'::regnamespace")
          .empty()) {
    changes.push_back({"make function agdc.set_row_update_time()",
                       statements_of_first_migration("create function agdc.set_row_update_time").at(0)});
  }
  for (const auto& statement : statements_of_first_migration("create trigger ")) {
    const auto name = word_after(statement, "create trigger ");
    if (work.exec_params("select from pg_trigger where tgname = $1", name).empty()) {
      changes.push_back({"make trigger " + name, statement});
    }
  }
}

/// The client's own grants. What is there already may be granted again.
void add_grants(std::vector<Change>& changes) {
  for (auto statement : statements_of_first_migration("grant ")) {
    if (holds(statement, "dv_")) continue;
    // Views may belong to others, who alone may grant them.
    if (holds(statement, "all tables")) {
      statement =
          "grant select on agdc.metadata_type, agdc.dataset_type, agdc.dataset, agdc.dataset_location,"
          " agdc.dataset_source to agdc_user";
    }
    changes.push_back({statement, statement});
  }
}

std::vector<Change> index_changes(pqxx::transaction_base& work) {
  std::vector<Change> changes;
  for (const auto& name : column_of(
           work.exec("select indexrelid::regclass::text from pg_index join pg_class c on c.oid = indrelid"
                     " where not indisvalid and c.relnamespace = 'agdc'::regnamespace and c.relkind = 'r' "
                     "order by 1"))) {
    changes.push_back({"rebuild index " + name + ", which an interrupted build left invalid",
                       "reindex index concurrently " + name});
  }
  for (const auto& statement : statements_of_first_migration("create index ")) {
    const auto name = word_after(statement, "create index ");
    if (work.exec_params("select from pg_class where relname = $1 and relnamespace = 'agdc'::regnamespace",
                         name)
            .empty()) {
      changes.push_back({"make index " + name + ", without blocking anyone",
                         "create index concurrently if not exists " +
                             statement.substr(std::string_view("create index ").size())});
    }
  }
  return changes;
}

std::vector<Change> schema_changes(pqxx::transaction_base& work) {
  auto changes = ownership_changes(work);
  add_columns(work, changes);
  add_triggers(work, changes);
  add_grants(changes);
  return changes;
}

/// As the first migration does: also the login becomes a member of agdc_admin.
void make_roles(pqxx::transaction_base& work) {
  const auto blocks = statements_of_first_migration("do ");
  work.exec(*std::ranges::find_if(blocks, [](const auto& each) { return holds(each, "create role"); }));
}

void apply_schema_changes(pqxx::connection& connection, const AdoptListener& listener) {
  pqxx::work work{connection};
  work.exec("set local lock_timeout = '30s'");
  const auto changes = schema_changes(work);
  make_roles(work);
  for (const auto& change : changes) {
    work.exec(change.by_owner ? "set local role agdc_admin" : "set local role none");
    work.exec(change.sql);
  }
  work.exec("set local role none");
  work.commit();
  for (const auto& change : changes) listener.changed(change.what);
}

void apply_index_changes(pqxx::connection& connection, const AdoptListener& listener) {
  pqxx::nontransaction work{connection};
  for (const auto& change : index_changes(work)) {
    work.exec("set role agdc_admin");
    work.exec(change.sql);
    work.exec("reset role");
    listener.changed(change.what);
  }
}

/// Of what datacube made to what db/migrations/0001_agdc.sql makes. Each step can be repeated; the record,
/// which ends it, is last.
void take_over(const std::string& url, const AdoptListener& listener) {
  const auto connection = connect_for_administration(url);
  const MigrationLock lock{*connection, listener.migrate};
  {
    pqxx::nontransaction work{*connection};
    if (is_taken_over(work)) return;
    check_contract(work);
  }
  apply_schema_changes(*connection, listener);
  apply_index_changes(*connection, listener);
  make_history_table(*connection);
  pqxx::work work{*connection};
  record_as_applied(work, first_migration());
  work.commit();
  listener.changed("record migration " + first_migration().file_name() + " as applied");
}

/// Views of products and metadata types that a login owns could not be dropped by other logins, nor granted.
void rebuild_views_of_logins(const std::string& url, const AdoptListener& listener) {
  const auto connection = connect_for_administration(url);
  pqxx::work work{*connection};
  const auto rows = work.exec(R"(
    with wanted (name, definition, filter) as (
      select m.name, m.definition, hayden.odc_type_filter(m.id) from agdc.metadata_type m
      union all
      select p.name, m.definition, hayden.odc_filter(p.id)
      from agdc.dataset_type p join agdc.metadata_type m on m.id = p.metadata_type_ref
    )
    select name, definition, filter, hayden.odc_view(name)
    from wanted w join pg_class c on c.oid = to_regclass(hayden.odc_view(w.name))
    where c.relkind = 'v' and c.relowner <> 'agdc_manage'::regrole)");
  work.exec("set local role agdc_admin");
  for (const auto& row : rows) {
    work.exec_params("select hayden.odc_build_view($1, $2, $3)", row[0].as<std::string>(),
                     row[1].as<std::string>(), row[2].as<std::string>());
  }
  work.exec("set local role none");
  work.commit();
  for (const auto& row : rows)
    listener.changed("make view " + row[3].as<std::string>() + " anew for agdc_manage");
}

/// An estimate where the login may not read the table yet.
std::int64_t datasets_without_item(pqxx::transaction_base& work) {
  const auto table = work.exec1(
      "select has_schema_privilege(relnamespace, 'usage') and has_table_privilege(c.oid, 'select'),"
      " greatest(reltuples, 0)::bigint, to_regclass('stac.item') is not null"
      " from pg_class c where relname = 'dataset' and relnamespace = 'agdc'::regnamespace");
  if (!table[0].as<bool>()) return table[1].as<std::int64_t>();
  const std::string without_item =
      table[2].as<bool>() ? " and not exists (select from stac.item i where i.dataset_id = d.id)" : "";
  return work.exec1("select count(*) from agdc.dataset d where archived is null" + without_item)[0]
      .as<std::int64_t>();
}

std::int64_t waiting(Pool& pool) {
  return with_connection(pool, true, [](Connection& connection) {
    pqxx::nontransaction work{connection.raw()};
    return work.exec1("select count(*) from hayden.outbox")[0].as<std::int64_t>();
  });
}

/// The migrations have queued what has no Item, and each entry leaves the queue with its Item: so a run that
/// is killed goes on where it stopped.
BackfillProgress backfill(const std::string& url, const AdoptListener& listener) {
  Pool pool{{.url = url, .application = "hayden-admin", .size = 2}};
  Projector projector{pool};
  const auto start = Clock::now();
  BackfillProgress progress{.waiting = waiting(pool)};
  while (progress.waiting > 0) {
    const auto report = projector.run();
    progress.written += report.written;
    progress.failed += report.failed;
    progress.waiting -= report.done();
    // What another transaction is changing is left to wait. Counting millions takes a while, so it is done
    // rarely.
    if (report.done() == 0) std::this_thread::sleep_for(retry);
    if (report.done() == 0 || progress.waiting <= 0) progress.waiting = waiting(pool);
    progress.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
    listener.backfilled(progress);
  }
  return progress;
}

}  // namespace

AdoptionPlan plan_adoption(const std::string& url) {
  const auto connection = connect_for_administration(url);
  try {
    pqxx::work work{*connection};  // never committed
    AdoptionPlan plan;
    if (is_taken_over(work)) {
      plan.pending = migration_state(url).pending;
    } else {
      check_contract(work);
      for (const auto& change : schema_changes(work)) plan.changes.push_back(change.what);
      for (const auto& change : index_changes(work)) plan.changes.push_back(change.what);
      plan.changes.push_back("record migration " + first_migration().file_name() + " as applied");
      const auto migrations = embedded_migrations().subspan(1);
      plan.pending.assign(migrations.begin(), migrations.end());
      make_roles(work);
    }
    plan.datasets = datasets_without_item(work);
    return plan;
  } catch (const pqxx::failure&) {
    throw administration_problem("the database cannot be read");
  }
}

BackfillProgress adopt(const std::string& url, const AdoptListener& listener) {
  try {
    take_over(url, listener);
    migrate(url, listener.migrate);
    rebuild_views_of_logins(url, listener);
    return backfill(url, listener);
  } catch (const pqxx::failure&) {
    throw administration_problem("the database could not be adopted; what was done stays, so run it again");
  }
}

}  // namespace hayden::db
