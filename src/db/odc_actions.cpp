#include "db/odc_actions.hpp"

#include "core/problem.hpp"
#include "db/odc_dataset_sql.hpp"
#include "db/odc_query.hpp"
#include "db/odc_transaction.hpp"
#include "db/projector.hpp"

namespace hayden::db {
namespace {

constexpr std::size_t most_named = 20;

struct Found {
  std::vector<std::string> active, archived;
};

std::string names_of(const std::vector<std::string>& ids) {
  std::string names;
  for (std::size_t i = 0; i < ids.size() && i < most_named; ++i) names += (i > 0 ? ", " : "") + ids[i];
  if (ids.size() > most_named) names += " and " + std::to_string(ids.size() - most_named) + " more";
  return names;
}

std::vector<std::string> ids_of(const pqxx::result& rows) {
  std::vector<std::string> ids;
  for (const auto& row : rows) ids.emplace_back(row[0].c_str());
  return ids;
}

/// An id more than may be changed tells that there are more.
constexpr auto limit = most_changed + 1;

std::vector<std::string> query_ids(RoleTransaction& transaction, const odc::DatasetQuery& query) {
  const QueryScope scope([&](const Sql& sql) { return transaction.run(sql); }, query);
  std::vector<std::string> ids;
  const auto take = [&](const SearchedProduct* product) {
    Sql sql{"select dataset.id from agdc.dataset where "};
    scope.add_where(sql, product);
    sql.add(" limit " + std::to_string(limit - static_cast<int>(ids.size())));
    for (auto& id : ids_of(transaction.run(sql))) ids.push_back(std::move(id));
  };
  if (scope.products().empty()) return ids;
  if (scope.is_plain()) {
    take(nullptr);
    return ids;
  }
  for (const auto& product : scope.products()) {
    if (ids.size() < static_cast<std::size_t>(limit)) take(&product);
  }
  return ids;
}

std::vector<std::string> with_derived(RoleTransaction& transaction, const std::vector<std::string>& ids) {
  Sql sql{"with recursive reached (id) as (select v::uuid from jsonb_array_elements_text("};
  sql.bind(sql_json_array(ids))
      .add(
          "::jsonb) v union select s.dataset_ref from agdc.dataset_source s join "
          "reached on reached.id = s.source_dataset_ref) select id from reached "
          "limit " +
          std::to_string(limit));
  auto all = ids_of(transaction.run(sql));
  if (all.size() < static_cast<std::size_t>(limit)) return all;
  throw Problem(400, "TooMany",
                "with all that is derived from them these are more than " + std::to_string(most_changed) +
                    " datasets; name fewer");
}

/// Locks them, in one order for all, so that two requests do not wait for each other.
Found lock_datasets(RoleTransaction& transaction, const std::vector<std::string>& ids) {
  Sql sql{
      "select id, archived is not null from agdc.dataset where id in (select v::uuid from "
      "jsonb_array_elements_text("};
  sql.bind(sql_json_array(ids)).add("::jsonb) v) order by id for update");
  Found found;
  for (const auto& row : transaction.run(sql)) {
    (row[1].as<bool>() ? found.archived : found.active).emplace_back(row[0].c_str());
  }
  return found;
}

void run_on(RoleTransaction& transaction, std::string_view statement, const std::vector<std::string>& ids) {
  Sql sql{std::string{statement}};
  sql.add(" in (select v::uuid from jsonb_array_elements_text(").bind(sql_json_array(ids));
  transaction.run(sql.add("::jsonb) v)"));
}

void refuse_sources(RoleTransaction& transaction, const std::vector<std::string>& ids) {
  Sql sql{"with gone (id) as (select v::uuid from jsonb_array_elements_text("};
  sql.bind(sql_json_array(ids))
      .add(
          "::jsonb) v) select s.source_dataset_ref || ' (of ' || s.dataset_ref || ')' from "
          "agdc.dataset_source s "
          "join gone on gone.id = s.source_dataset_ref where s.dataset_ref not in (select id from gone) "
          "order by 1 "
          "limit 1000");
  const auto sources = ids_of(transaction.run(sql));
  if (sources.empty()) return;
  throw Problem(409, "InUse",
                "datasets that stay are derived from these: " + names_of(sources) +
                    "; purge those too with derived=true, or remove the lineage first");
}

void purge(RoleTransaction& transaction, const std::vector<std::string>& ids) {
  refuse_sources(transaction, ids);
  run_on(transaction, "delete from agdc.dataset_location where dataset_ref", ids);
  run_on(transaction, "delete from agdc.dataset_source where dataset_ref", ids);
  run_on(transaction, "delete from agdc.dataset where id", ids);
}

void require_etag(RoleTransaction& transaction, const Selection& selection) {
  if (selection.if_match && selection.ids.size() == 1) {
    require_match(transaction, selection.ids.front(), *selection.if_match);
  }
}

ActionReport decide(DatasetAction action, Found found, bool force) {
  ActionReport report;
  switch (action) {
    case DatasetAction::archive:
      report.changed = std::move(found.active);
      report.unchanged = std::move(found.archived);
      break;
    case DatasetAction::restore:
      report.changed = std::move(found.archived);
      report.unchanged = std::move(found.active);
      break;
    case DatasetAction::purge:
      report.changed = std::move(found.archived);
      if (!found.active.empty() && !force) {
        throw Problem(409, "NotArchived",
                      "only archived datasets are purged, and these are active: " + names_of(found.active) +
                          "; archive them first or repeat with force=true");
      }
      report.changed.insert(report.changed.end(), found.active.begin(), found.active.end());
      break;
  }
  return report;
}

}  // namespace

ActionReport act_on_datasets(Pool& writers, std::string_view role, DatasetAction action,
                             const Selection& selection) {
  return under_role(writers, role, [&](RoleTransaction& transaction) {
    auto ids = selection.ids;
    if (selection.query) {
      ids = query_ids(transaction, *selection.query);
    } else {
      require_datasets(transaction, ids);
    }
    const bool more = ids.size() > static_cast<std::size_t>(most_changed);
    if (more) ids.pop_back();
    if (selection.derived) ids = with_derived(transaction, ids);
    auto found = lock_datasets(transaction, ids);
    require_etag(transaction, selection);
    auto report = decide(action, std::move(found), selection.force);
    report.more = more;
    if (report.changed.empty()) return report;
    switch (action) {
      case DatasetAction::archive:
        run_on(transaction, "update agdc.dataset set archived = now() where id", report.changed);
        break;
      case DatasetAction::restore:
        run_on(transaction, "update agdc.dataset set archived = null where id", report.changed);
        break;
      case DatasetAction::purge:
        purge(transaction, report.changed);
        break;
    }
    if (selection.dry_run) return report;
    Projector::project(transaction, report.changed);
    transaction.commit();
    return report;
  });
}

}  // namespace hayden::db
