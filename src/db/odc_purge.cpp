#include "db/odc_purge.hpp"

#include "core/problem.hpp"

namespace hayden::db {
namespace {

constexpr std::size_t most_named = 20;

void refuse_sources(RoleTransaction& transaction, const std::vector<std::string>& ids) {
  Sql sql{"with gone (id) as (select v::uuid from jsonb_array_elements_text("};
  sql.bind(sql_json_array(ids))
      .add(
          "::jsonb) v) select s.source_dataset_ref || ' (of ' || s.dataset_ref || ')' from "
          "agdc.dataset_source s "
          "join gone on gone.id = s.source_dataset_ref where s.dataset_ref not in (select id from gone) "
          "order by 1 "
          "limit 1000");
  std::vector<std::string> sources;
  for (const auto& row : transaction.run(sql)) sources.emplace_back(row[0].c_str());
  if (sources.empty()) return;
  throw Problem(409, "InUse",
                "datasets that stay are derived from these: " + names_of(sources) +
                    "; purge those too with derived=true, or remove the lineage first");
}

}  // namespace

std::string names_of(const std::vector<std::string>& ids) {
  std::string names;
  for (std::size_t i = 0; i < ids.size() && i < most_named; ++i) names += (i > 0 ? ", " : "") + ids[i];
  if (ids.size() > most_named) names += " and " + std::to_string(ids.size() - most_named) + " more";
  return names;
}

void run_on(RoleTransaction& transaction, std::string_view statement, const std::vector<std::string>& ids) {
  Sql sql{std::string{statement}};
  sql.add(" in (select v::uuid from jsonb_array_elements_text(").bind(sql_json_array(ids));
  transaction.run(sql.add("::jsonb) v)"));
}

void purge_datasets(RoleTransaction& transaction, const std::vector<std::string>& ids) {
  refuse_sources(transaction, ids);
  run_on(transaction, "delete from agdc.dataset_location where dataset_ref", ids);
  run_on(transaction, "delete from agdc.dataset_source where dataset_ref", ids);
  run_on(transaction, "delete from agdc.dataset where id", ids);
}

}  // namespace hayden::db
