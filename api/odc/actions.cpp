#include <array>

#include "api/odc/handlers.hpp"
#include "api/odc/input.hpp"
#include "api/odc/output.hpp"
#include "db/odc_actions.hpp"
#include "db/odc_datasets.hpp"
#include "db/odc_locations.hpp"
#include "odc/documents.hpp"

namespace hayden::api::handlers {
namespace {

using db::DatasetAction;
using db::LocationAction;

void read_ids(const Json& list, db::Selection& selection, Mistakes& mistakes) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto id = list[i].is_string() ? odc::canonical_uuid(list[i].get<std::string>()) : std::nullopt;
    if (!id) mistakes.add("ids[" + std::to_string(i) + "]", "is no UUID");
    if (id) selection.ids.push_back(*id);
  }
  if (list.size() > static_cast<std::size_t>(db::most_changed)) {
    mistakes.add("ids", "must be " + std::to_string(db::most_changed) + " at most");
  }
}

void read_query(const std::string& text, db::Selection& selection, Mistakes& mistakes) {
  selection.query.emplace();
  selection.query->conditions = odc::parse_expressions(text, mistakes);
  if (mistakes.empty() && selection.query->conditions.empty()) {
    mistakes.add("query", R"(is empty; send {"all": true} if all are meant)");
  }
}

/// What a body of a bulk action names: `{"ids": […]}`, `{"query": "…"}` or `{"all": true}`. A query reaches
/// the archived datasets or the active ones.
void read_selection(const Json& body, bool archived, db::Selection& selection) {
  Mistakes mistakes;
  const bool is_one = body.is_object() && body.size() == 1;
  const auto name = is_one ? body.begin().key() : std::string{};
  const auto value = is_one ? body.begin().value() : Json{};
  if (name == "ids" && value.is_array()) {
    read_ids(value, selection, mistakes);
  } else if (name == "query" && value.is_string()) {
    read_query(value.get<std::string>(), selection, mistakes);
  } else if (name == "all" && value == true) {
    selection.query.emplace();
  } else {
    mistakes.add("body", R"(must be an object with one of "ids", "query" and "all")");
  }
  mistakes.throw_if_any();
  if (selection.query) selection.query->archived = archived;
}

db::Selection read_flags(Parameters& parameters) {
  db::Selection selection;
  selection.derived = parameters.flag("derived");
  selection.dry_run = parameters.flag("dry-run");
  selection.force = parameters.flag("force");
  parameters.done();
  return selection;
}

http::Response act(Call& call, const Services& services, DatasetAction action, const db::Selection& selection,
                   Form form) {
  static constexpr std::array<std::string_view, 3> done{"archived", "restored", "purged"};
  const auto report = db::act_on_datasets(writers_of(services), call.caller.role, action, selection);
  call.rows = static_cast<std::int64_t>(report.changed.size());
  return answer(form, 200,
                {{"action", done.at(static_cast<std::size_t>(action))},
                 {"changed", report.changed},
                 {"unchanged", report.unchanged},
                 {"more", report.more},
                 {"dry_run", selection.dry_run}});
}

Parameters parameters_of(const Call& call, DatasetAction action) {
  if (action == DatasetAction::purge) return {call, {"derived", "dry-run", "force"}};
  return {call, {"derived", "dry-run"}};
}

http::Response act_on_many(Call& call, const Services& services, DatasetAction action) {
  auto parameters = parameters_of(call, action);
  auto selection = read_flags(parameters);
  const auto form = form_of(call);
  read_selection(read_document(call.request), action != DatasetAction::archive, selection);
  return act(call, services, action, selection, form);
}

http::Response act_on_one(Call& call, const Services& services, DatasetAction action) {
  auto parameters = parameters_of(call, action);
  auto selection = read_flags(parameters);
  const auto form = form_of(call);
  selection.ids = {dataset_id(call)};
  selection.if_match = if_match(call);
  return act(call, services, action, selection, form);
}

http::Response act_on_location(Call& call, const Services& services, LocationAction action) {
  static constexpr std::array<std::string_view, 3> done{"archived", "restored", "removed"};
  Parameters parameters(call, {"location"});
  const auto location = parameters.text("location");
  if (!location) parameters.mistakes().add("location", "is needed: the number or the URI of a location");
  parameters.done();
  const auto form = form_of(call);
  const auto id = dataset_id(call);
  const bool changed = db::act_on_location(writers_of(services), call.caller.role, action, id, *location);
  return answer(form, 200,
                {{"id", id},
                 {"location", *location},
                 {"action", done.at(static_cast<std::size_t>(action))},
                 {"changed", changed}});
}

/// `{"location": "…"}` or `{"locations": ["…", …]}`.
std::vector<std::string> uris_of(const Json& body) {
  Mistakes mistakes;
  std::vector<std::string> uris;
  const auto take = [&](const Json& one, const std::string& where) {
    if (!one.is_string()) {
      mistakes.add(where, "must be a URI");
    } else {
      uris.push_back(one.get<std::string>());
      db::check_location(uris.back(), where, mistakes);
    }
  };
  if (body.is_object() && body.size() == 1 && body.contains("location")) {
    take(body["location"], "location");
  } else if (body.is_object() && body.size() == 1 && body.contains("locations") &&
             body["locations"].is_array()) {
    for (std::size_t i = 0; i < body["locations"].size(); ++i) {
      take(body["locations"][i], "locations[" + std::to_string(i) + "]");
    }
  } else {
    mistakes.add("body", R"(must be {"location": "…"} or {"locations": ["…"]})");
  }
  mistakes.throw_if_any();
  return uris;
}

}  // namespace

http::Response archive_datasets(Call& call, const Services& services) {
  return act_on_many(call, services, DatasetAction::archive);
}
http::Response restore_datasets(Call& call, const Services& services) {
  return act_on_many(call, services, DatasetAction::restore);
}
http::Response purge_datasets(Call& call, const Services& services) {
  return act_on_many(call, services, DatasetAction::purge);
}
http::Response archive_dataset(Call& call, const Services& services) {
  return act_on_one(call, services, DatasetAction::archive);
}
http::Response restore_dataset(Call& call, const Services& services) {
  return act_on_one(call, services, DatasetAction::restore);
}
http::Response purge_dataset(Call& call, const Services& services) {
  return act_on_one(call, services, DatasetAction::purge);
}

http::Response locations(Call& call, const Services& services) {
  Parameters parameters(call, {"archived"});
  const auto which = call.parameter("archived") ? (parameters.flag("archived") ? 2 : 1) : 0;
  parameters.done();
  const auto form = form_of(call);
  const auto id = dataset_id(call);
  const auto found = db::get_datasets(services.pool, {id});
  if (found.empty()) throw Problem(404, "NotFound", "there is no dataset '" + id + "'");
  Json list = Json::array();
  const auto record = dataset_record(found.front(), call.links);
  for (const auto& location : record.at("locations")) {
    const bool is_archived = !location["archived"].is_null();
    if (which == 0 || is_archived == (which == 2)) list.push_back(location);
  }
  call.rows = static_cast<std::int64_t>(list.size());
  return answer(form, 200, {{"id", id}, {"locations", std::move(list)}});
}

http::Response add_locations(Call& call, const Services& services) {
  Parameters parameters(call, {});
  parameters.done();
  const auto form = form_of(call);
  const auto id = dataset_id(call);
  const auto uris = uris_of(read_document(call.request));
  const auto added = db::add_locations(writers_of(services), call.caller.role, id, uris);
  return answer(form, added > 0 ? 201 : 200, {{"id", id}, {"added", added}});
}

http::Response archive_location(Call& call, const Services& services) {
  return act_on_location(call, services, LocationAction::archive);
}
http::Response restore_location(Call& call, const Services& services) {
  return act_on_location(call, services, LocationAction::restore);
}
http::Response remove_location(Call& call, const Services& services) {
  return act_on_location(call, services, LocationAction::remove);
}

}  // namespace hayden::api::handlers
