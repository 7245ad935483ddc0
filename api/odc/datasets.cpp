#include <algorithm>

#include "api/odc/handlers.hpp"
#include "api/odc/input.hpp"
#include "api/odc/output.hpp"
#include "db/odc_datasets.hpp"
#include "db/odc_lineage.hpp"
#include "db/stored_json.hpp"
#include "odc/documents.hpp"

namespace hayden::api::handlers {
namespace {

using Status = db::AddedDataset::Status;

constexpr std::size_t most_ids = 10'000;
constexpr int usual_tolerance = 500, most_tolerance = 86'400'000;  // milliseconds; the client's own, a day

/// `{"document": …, "location": "…"}` or `{"document": …, "locations": ["…", …]}` around a document.
db::NewDataset unwrap(const Json& given, const std::string& where, Mistakes& mistakes) {
  const bool is_wrapped = given.is_object() && given.contains("document") && !given.contains("$schema");
  if (!is_wrapped) return {given, {}};
  db::NewDataset dataset{given["document"], {}};
  for (const auto& [name, value] : given.items()) {
    if (name == "document") continue;
    auto place = where;
    place.append(".").append(name);
    const auto add = [&](const Json& one) {
      if (one.is_string()) {
        dataset.locations.push_back(one.get<std::string>());
      } else {
        mistakes.add(place, "must be a URI or a list of them");
      }
    };
    if (name == "locations" && value.is_array()) {
      for (const auto& one : value) add(one);
    } else if (name == "location" || name == "locations") {
      add(value);
    } else {
      mistakes.add(place, "is not known; there are document, location and locations");
    }
  }
  return dataset;
}

/// Several documents of one file are told apart as the datacube client does it.
std::string part_of(const std::string& location, std::size_t index, std::size_t count) {
  return count == 1 ? location : location + "#part=" + std::to_string(index);
}

std::vector<db::NewDataset> new_datasets(const Call& call, const std::vector<std::string>& locations) {
  auto documents = read_documents(call.request);
  const auto is_list = [](const Json& one) {
    return one.is_object() && one.contains("documents") && !one.contains("$schema") &&
           one["documents"].is_array();
  };
  if (documents.size() == 1 && is_list(documents.front())) {
    const Json list = documents.front()["documents"];
    documents.assign(list.begin(), list.end());
  }
  if (documents.empty()) throw Problem(400, "NoDocument", "the body holds no document");
  Mistakes mistakes;
  std::vector<db::NewDataset> datasets;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    auto dataset = unwrap(documents[i], "documents[" + std::to_string(i) + "]", mistakes);
    for (const auto& location : locations)
      dataset.locations.push_back(part_of(location, i, documents.size()));
    datasets.push_back(std::move(dataset));
  }
  mistakes.throw_if_any();
  return datasets;
}

std::string_view status_of(const db::AddedDataset& dataset, bool stored) {
  switch (dataset.status) {
    case Status::added:
      return stored ? "added" : "valid";
    case Status::exists:
      return "exists";
    case Status::failed:
      break;
  }
  return "failed";
}

struct Counts {
  std::size_t added = 0, exists = 0, failed = 0;
};

Json report_of(const Call& call, const db::AddReport& report, Counts& counts) {
  Json list = Json::array();
  for (std::size_t i = 0; i < report.datasets.size(); ++i) {
    const auto& dataset = report.datasets[i];
    counts.added += dataset.status == Status::added ? 1 : 0;
    counts.exists += dataset.status == Status::exists ? 1 : 0;
    counts.failed += dataset.status == Status::failed ? 1 : 0;
    Json one{{"position", i}, {"status", status_of(dataset, report.stored)}};
    if (!dataset.id.empty()) one["id"] = dataset.id;
    if (!dataset.product.empty()) one["product"] = dataset.product;
    if (dataset.status == Status::added && report.stored) {
      one["href"] = call.links.to("/odc/datasets/" + dataset.id);
    }
    if (dataset.status == Status::exists) {
      one["differs"] = dataset.differs;
      one["archived"] = dataset.archived;
    }
    if (!dataset.replaced.empty()) one["archived_less_mature"] = dataset.replaced;
    if (!dataset.missing_sources.empty()) one["missing_sources"] = dataset.missing_sources;
    if (!dataset.faults.empty()) one["faults"] = dataset.faults;
    list.push_back(std::move(one));
  }
  return list;
}

/// All faults of all documents in the words of a Problem.
std::string faults_of(const db::AddReport& report) {
  std::string all;
  for (std::size_t i = 0; i < report.datasets.size(); ++i) {
    for (const auto& fault : report.datasets[i].faults) {
      all += (all.empty() ? "" : "; ") + std::string{"documents["} + std::to_string(i) + "]: " + fault;
    }
  }
  return all;
}

Json edge_list(const std::vector<db::Edge>& edges) {
  Json list = Json::array();
  for (const auto& edge : edges) {
    list.push_back({{"depth", edge.depth},
                    {"dataset", edge.dataset},
                    {"classifier", edge.classifier},
                    {"source", edge.source}});
  }
  return list;
}

db::OdcDataset find_or_404(const Services& services, const std::string& id) {
  auto found = db::get_datasets(services.pool, {id});
  if (found.empty()) throw Problem(404, "NotFound", "there is no dataset '" + id + "'");
  return std::move(found.front());
}

void add_lineage_to(Json& record, const Services& services, const std::string& id, int depth) {
  if (depth == 0) return;
  const auto sources = db::lineage_of(services.pool, id, db::Direction::sources, depth);
  const auto derived = db::lineage_of(services.pool, id, db::Direction::derived, depth);
  record["sources"] = edge_list(sources.edges);
  record["derived"] = edge_list(derived.edges);
}

std::vector<std::string> ids_of(const Json& body) {
  Mistakes mistakes;
  std::vector<std::string> ids;
  if (!body.is_object() || !body.contains("ids") || !body["ids"].is_array()) {
    throw Problem(400, "InvalidParameterValue", "ids: must be a list of dataset ids");
  }
  for (std::size_t i = 0; i < body["ids"].size(); ++i) {
    const auto& one = body["ids"][i];
    const auto id = one.is_string() ? odc::canonical_uuid(one.get<std::string>()) : std::nullopt;
    if (id) {
      ids.push_back(*id);
    } else {
      mistakes.add("ids[" + std::to_string(i) + "]", "is no UUID");
    }
  }
  if (ids.size() > most_ids) mistakes.add("ids", "must be " + std::to_string(most_ids) + " at most");
  mistakes.throw_if_any();
  return ids;
}

}  // namespace

http::Response add_datasets(Call& call, const Services& services) {
  Parameters parameters(call, {"location", "product", "exclude-product", "lineage", "dry-run", "atomic",
                               "archive-less-mature"});
  db::AddOptions options;
  options.products = parameters.texts("product");
  options.excluded = parameters.texts("exclude-product");
  options.lineage =
      static_cast<db::LineagePolicy>(parameters.choice("lineage", {"require", "skip-missing", "ignore"}));
  options.dry_run = parameters.flag("dry-run");
  options.atomic = parameters.flag("atomic");
  if (const auto given = call.parameter("archive-less-mature")) {
    options.less_mature_tolerance =
        given->empty() ? usual_tolerance : parameters.number("archive-less-mature", 0, 0, most_tolerance);
  }
  const auto locations = parameters.texts("location");
  parameters.done();
  if (options.less_mature_tolerance && !call.caller.may("agdc_admin")) {
    throw Problem(403, "Forbidden", "archiving less mature datasets takes the role agdc_admin");
  }
  const auto form = form_of(call);
  const auto datasets = new_datasets(call, locations);
  const auto report = db::add_datasets(writers_of(services), call.caller.role, datasets, options);
  Counts counts;
  Json body;
  auto list = report_of(call, report, counts);
  const bool refused = counts.failed > 0 && (options.atomic || counts.added + counts.exists == 0);
  if (refused) {
    body["code"] = "InvalidDocument";
    body["description"] = faults_of(report);
  }
  body["datasets"] = std::move(list);
  body["added"] = report.stored ? counts.added : 0;
  body["exists"] = counts.exists;
  body["failed"] = counts.failed;
  body["dry_run"] = options.dry_run;
  call.rows = static_cast<std::int64_t>(datasets.size());
  const int good = report.stored && counts.added > 0 ? 201 : 200;
  return answer(form, refused ? 400 : counts.failed > 0 ? 207 : good, body);
}

http::Response dataset(Call& call, const Services& services) {
  Parameters parameters(call, {"depth"});
  const auto depth = parameters.number("depth", 1, 0, 32);
  parameters.done();
  const auto form = form_of(call);
  const auto found = find_or_404(services, dataset_id(call));
  call.rows = 1;
  if (form == Form::yaml) {
    return tagged(call, answer(form, 200, db::parse_stored_json(found.document)), found.etag);
  }
  auto record = dataset_record(found, call.links);
  add_lineage_to(record, services, found.id, depth);
  std::string body;
  append_dataset(body, record, found.document);
  auto response = ok(media::json, std::move(body));
  response.set("Vary", "Accept");
  return tagged(call, std::move(response), found.etag);
}

http::Response get_datasets(Call& call, const Services& services) {
  Parameters parameters(call, {"documents"});
  const bool documents = !call.parameter("documents") || parameters.flag("documents");
  parameters.done();
  const auto form = form_of(call);
  const auto ids = ids_of(read_document(call.request));
  const auto found = db::get_datasets(services.pool, ids);
  call.rows = static_cast<std::int64_t>(found.size());
  Json list = Json::array();
  std::vector<std::string> missing;
  for (const auto& dataset : found) {
    auto record = dataset_record(dataset, call.links);
    if (documents) record["document"] = db::parse_stored_json(dataset.document);
    list.push_back(std::move(record));
  }
  for (const auto& id : ids) {
    if (std::ranges::find(found, id, &db::OdcDataset::id) == found.end()) missing.push_back(id);
  }
  return answer(form, 200, {{"datasets", std::move(list)}, {"missing", missing}});
}

http::Response update_dataset(Call& call, const Services& services) {
  Parameters parameters(call, {"allow", "location", "location-policy", "dry-run"});
  db::UpdateOptions options;
  options.allow = parameters.texts("allow");
  options.locations = parameters.texts("location");
  options.policy =
      static_cast<db::LocationPolicy>(parameters.choice("location-policy", {"keep", "archive", "forget"}));
  options.dry_run = parameters.flag("dry-run");
  options.if_match = if_match(call);
  parameters.done();
  const auto form = form_of(call);
  const auto id = dataset_id(call);
  const auto change =
      db::update_dataset(writers_of(services), call.caller.role, id, read_document(call.request), options);
  const auto* const status = change.updated ? "updated" : options.dry_run ? "dry-run" : "unchanged";
  return answer(form, 200, {{"id", id}, {"status", status}, {"changes", changes_list(change.changes)}});
}

http::Response lineage(Call& call, const Services& services) {
  Parameters parameters(call, {"direction", "depth"});
  const auto direction = parameters.choice("direction", {"both", "sources", "derived"});
  const auto depth = parameters.number("depth", 32, 1, 32);
  parameters.done();
  const auto form = form_of(call);
  const auto id = find_or_404(services, dataset_id(call)).id;
  Json body{{"id", id}};
  bool more = false;
  const auto add = [&](const char* name, db::Direction one) {
    const auto found = db::lineage_of(services.pool, id, one, depth);
    body[name] = edge_list(found.edges);
    more = more || found.more;
  };
  if (direction != 2) add("sources", db::Direction::sources);
  if (direction != 1) add("derived", db::Direction::derived);
  body["truncated"] = more;
  return answer(form, 200, body);
}

http::Response add_lineage(Call& call, const Services& services) {
  Parameters parameters(call, {});
  parameters.done();
  const auto form = form_of(call);
  const auto id = dataset_id(call);
  const auto body = read_document(call.request);
  Mistakes mistakes;
  std::vector<db::Edge> edges;
  if (!body.is_object() || body.empty()) {
    mistakes.add("", "the body must be an object of classifiers and the ids of their sources");
  } else {
    for (const auto& [classifier, source] : body.items()) {
      const auto source_id =
          source.is_string() ? odc::canonical_uuid(source.get<std::string>()) : std::nullopt;
      if (classifier.empty()) mistakes.add("", "a classifier must not be empty");
      if (!source_id) mistakes.add(classifier, "must be the id of a dataset");
      if (source_id && *source_id == id) mistakes.add(classifier, "a dataset cannot be its own source");
      if (!source_id) continue;
      const auto named = std::ranges::find(edges, *source_id, &db::Edge::source);
      if (named != edges.end()) mistakes.add(classifier, "is the source '" + named->classifier + "' already");
      edges.push_back({1, id, classifier, *source_id});
    }
  }
  mistakes.throw_if_any();
  const auto added = db::add_edges(writers_of(services), call.caller.role, id, edges);
  return answer(form, added > 0 ? 201 : 200, {{"id", id}, {"added", added}});
}

http::Response remove_lineage(Call& call, const Services& services) {
  Parameters parameters(call, {"classifier"});
  const auto classifier = parameters.text("classifier");
  if (!classifier) parameters.mistakes().add("classifier", "is needed");
  parameters.done();
  const auto form = form_of(call);
  const auto id = dataset_id(call);
  db::remove_edge(writers_of(services), call.caller.role, id, *classifier);
  return answer(form, 200, {{"id", id}, {"removed", *classifier}});
}

}  // namespace hayden::api::handlers
