#include "db/odc_actions.hpp"

#include "core/problem.hpp"
#include "db/odc_dataset_sql.hpp"
#include "db/odc_purge.hpp"
#include "db/odc_query.hpp"
#include "db/odc_transaction.hpp"
#include "db/projector.hpp"

namespace hayden::db {
namespace {

struct Found {
  std::vector<std::string> active, archived;
};

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
        purge_datasets(transaction, report.changed);
        break;
    }
    if (selection.dry_run) return report;
    Projector::project(transaction, report.changed);
    transaction.commit();
    return report;
  });
}

}  // namespace hayden::db
