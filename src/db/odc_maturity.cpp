#include "db/odc_maturity.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/problem.hpp"
#include "db/odc_query.hpp"
#include "db/odc_transaction.hpp"

namespace hayden::db {
namespace {

/// 1 is the most mature; 0 stands for what is none of them.
int rank_of(std::string_view maturity) {
  constexpr std::array<std::string_view, 3> known{"final", "interim", "nrt"};
  const auto* const found = std::ranges::find(known, maturity);
  return found == known.end() ? 0 : static_cast<int>(found - known.begin()) + 1;
}

std::string named(const std::string& id, const std::string& maturity) {
  return id + (maturity.empty() ? " (without maturity)" : " (" + maturity + ")");
}

}  // namespace

std::vector<std::string> archive_less_mature(RoleTransaction& transaction, const std::string& product,
                                             const std::string& dataset_id, int tolerance) {
  odc::DatasetQuery query;
  query.products = {product};
  const QueryScope scope([&](const Sql& sql) { return transaction.run(sql); }, query,
                         {"region_code", "time", "dataset_maturity"});
  const auto& searched = scope.products().front();
  const auto field = [&](const char* name) { return scope.field(searched, name).expression; };
  const auto& time = scope.field(searched, "time");
  const auto period = time.bound.empty() ? "tstzrange(" + time.expression + ", " + time.expression + ", '[]')"
                                         : time.expression;
  Sql sql{"select dataset.id, " + field("dataset_maturity") + ", own.maturity from (select " +
          field("region_code") + " as region, " + field("dataset_maturity") +
          " as maturity, tstzrange(lower(" + period + ") - stretch.by, upper(" + period +
          ") + stretch.by, '[]') as period from agdc.dataset, (select "};
  sql.bind(std::to_string(tolerance))
      .add("::int * interval '1 millisecond' as by) stretch where dataset.id = ");
  sql.bind(dataset_id).add("::uuid) own, agdc.dataset where dataset.archived is null and ");
  sql.add("dataset.dataset_type_ref = " + std::to_string(searched.id) + " and dataset.id <> ");
  sql.bind(dataset_id).add("::uuid and " + field("region_code") + " = own.region and " + period);
  sql.add(" && own.period order by dataset.id for update of dataset");
  std::vector<std::string> less;
  std::string others;
  for (const auto& row : transaction.run(sql)) {
    const std::string id = row[0].c_str(), maturity = text_or_empty(row[1]), own = text_or_empty(row[2]);
    if (rank_of(own) != 0 && rank_of(maturity) > rank_of(own)) {
      less.push_back(id);
    } else {
      others += (others.empty() ? "" : ", ") + named(id, maturity);
    }
  }
  if (!others.empty()) {
    throw Problem(
        409, "NotLessMature",
        "datasets of the same region and time are not less mature than " + dataset_id + ": " + others);
  }
  if (less.empty()) return less;
  Sql archive{
      "update agdc.dataset set archived = now() where id in (select v::uuid from jsonb_array_elements_text("};
  transaction.run(archive.bind(sql_json_array(less)).add("::jsonb) v)"));
  return less;
}

}  // namespace hayden::db
