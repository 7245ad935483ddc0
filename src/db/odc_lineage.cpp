#include "db/odc_lineage.hpp"

#include "db/odc_dataset_sql.hpp"
#include "db/odc_transaction.hpp"
#include "db/projector.hpp"

namespace hayden::db {
namespace {

/// The ends of an edge by the direction in which it is walked.
struct Walk {
  std::string here, there;
};

Walk walk_of(Direction direction) {
  if (direction == Direction::sources) return {"dataset_ref", "source_dataset_ref"};
  return {"source_dataset_ref", "dataset_ref"};
}

/// A classifier has one source, and a source one classifier.
void refuse_other_edge(RoleTransaction& transaction, const std::string& id, const Edge& edge) {
  Sql sql{"select classifier, source_dataset_ref from agdc.dataset_source where dataset_ref = "};
  sql.bind(id).add("::uuid and (classifier = ").bind(edge.classifier);
  sql.add(") <> (source_dataset_ref = ").bind(edge.source).add("::uuid)");
  for (const auto& row : transaction.run(sql)) {
    throw Problem(409, "Conflict",
                  "the dataset has the source " + std::string{row[1].c_str()} + " as '" + row[0].c_str() +
                      "' already; remove that edge first");
  }
}

void refuse_circle(RoleTransaction& transaction, const std::string& id, const Edge& edge) {
  Sql sql{"with recursive above (id) as (select "};
  sql.bind(edge.source)
      .add(
          "::uuid union select s.source_dataset_ref from agdc.dataset_source s join above on above.id = "
          "s.dataset_ref) select exists (select from above where id = ");
  if (!transaction.run(sql.bind(id).add("::uuid)")).at(0)[0].as<bool>()) return;
  throw Problem(409, "Conflict", edge.source + " is derived from " + id + ": it cannot be its source");
}

}  // namespace

std::int64_t insert_sources(RoleTransaction& transaction, const std::string& id,
                            const std::map<std::string, std::string>& sources) {
  std::int64_t added = 0;
  for (const auto& [classifier, source] : sources) {
    Sql sql{"insert into agdc.dataset_source (dataset_ref, classifier, source_dataset_ref) select "};
    sql.bind(id).add("::uuid, ").bind(classifier).add(", id from agdc.dataset where id = ").bind(source);
    sql.add("::uuid on conflict do nothing");
    added += static_cast<std::int64_t>(transaction.run(sql).affected_rows());
  }
  return added;
}

Lineage lineage_of(Pool& readers, const std::string& id, Direction direction, int depth) {
  const auto walk = walk_of(direction);
  return with_connection(readers, true, [&](Connection& connection) {
    Sql sql{"with recursive walk (depth, dataset, classifier, source, there) as ("};
    sql.add("select 1, dataset_ref, classifier, source_dataset_ref, " + walk.there);
    sql.add(" from agdc.dataset_source where " + walk.here + " = ").bind(id).add("::uuid union ");
    sql.add("select walk.depth + 1, s.dataset_ref, s.classifier, s.source_dataset_ref, s." + walk.there);
    sql.add(" from walk join agdc.dataset_source s on s." + walk.here + " = walk.there where walk.depth < ");
    sql.bind(std::to_string(depth)).add("::int) select depth, dataset, classifier, source from walk limit ");
    sql.add(std::to_string(most_edges + 1));
    Lineage lineage;
    for (const auto& row : connection.run(sql)) {
      lineage.edges.push_back({row[0].as<int>(), row[1].c_str(), row[2].c_str(), row[3].c_str()});
    }
    lineage.more = lineage.edges.size() > static_cast<std::size_t>(most_edges);
    if (lineage.more) lineage.edges.pop_back();
    return lineage;
  });
}

std::int64_t add_edges(Pool& writers, std::string_view role, const std::string& id,
                       const std::vector<Edge>& edges) {
  return under_role(writers, role, [&](RoleTransaction& transaction) {
    std::vector<std::string> concerned{id};
    std::map<std::string, std::string> sources;
    for (const auto& edge : edges) {
      concerned.push_back(edge.source);
      sources.emplace(edge.classifier, edge.source);
    }
    require_datasets(transaction, concerned);
    // Two that add edges at once could close a circle that neither sees.
    transaction.run(Sql{"select pg_advisory_xact_lock(hashtext('hayden.lineage'))"});
    for (const auto& edge : edges) {
      refuse_other_edge(transaction, id, edge);
      refuse_circle(transaction, id, edge);
    }
    const auto added = insert_sources(transaction, id, sources);
    const std::vector<std::string> ids{id};
    if (added > 0) Projector::project(transaction, ids);
    transaction.commit();
    return added;
  });
}

void remove_edge(Pool& writers, std::string_view role, const std::string& id, const std::string& classifier) {
  under_role(writers, role, [&](RoleTransaction& transaction) {
    Sql sql{"delete from agdc.dataset_source where dataset_ref = "};
    sql.bind(id).add("::uuid and classifier = ").bind(classifier);
    if (transaction.run(sql).affected_rows() == 0) {
      throw Problem(404, "NotFound", "the dataset has no source '" + classifier + "'");
    }
    const std::vector<std::string> ids{id};
    Projector::project(transaction, ids);
    transaction.commit();
  });
}

}  // namespace hayden::db
