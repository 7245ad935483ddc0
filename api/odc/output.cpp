#include "api/odc/output.hpp"

#include <array>
#include <span>

#include "api/etag.hpp"
#include "api/odc/csv.hpp"
#include "core/problem.hpp"
#include "odc/yaml.hpp"

namespace hayden::api {
namespace {

std::optional<std::string> nothing_if_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional{text};
}

Json or_null(const std::string& text) {
  const auto value = nothing_if_empty(text);
  return value ? Json(*value) : Json{};
}

}  // namespace

Form form_of(const Call& call, bool with_csv) {
  static constexpr std::array all{Form::json, Form::yaml, Form::csv};
  const std::span offered(all.data(), with_csv ? all.size() : all.size() - 1);
  const auto form = preferred_form(call.parameter("f"), call.request.header("Accept").value_or(""), offered);
  if (form) return *form;
  throw Problem(406, "NotAcceptable",
                with_csv ? "answers are application/json, application/yaml or text/csv"
                         : "answers are application/json or application/yaml");
}

http::Response answer(Form form, int status, const Json& body) {
  auto response =
      form == Form::yaml ? ok(media::yaml, odc::dump_yaml(body)) : ok(media::json, dump_json(body));
  response.status = status;
  return std::move(response.set("Vary", "Accept"));
}

http::Response unshared(Form form, int status, const Json& body) {
  auto response = answer(form, status, body);
  return std::move(response.set("Cache-Control", "no-store"));
}

http::Response unshared_list(Form form, const std::string& name, const std::vector<std::string>& columns,
                             const Json& records) {
  if (form != Form::csv) return unshared(form, 200, {{name, records}});
  auto response = ok(media::csv, records_csv(columns, records));
  return std::move(response.set("Vary", "Accept").set("Cache-Control", "no-store"));
}

http::Response yaml_stream(const std::vector<Json>& documents) {
  auto response = ok(media::yaml, odc::dump_yaml(documents));
  return std::move(response.set("Vary", "Accept"));
}

http::Response tagged(const Call& call, http::Response response, const std::string& tag) {
  auto etag = ETag{}.add(response.header("Content-Type").value_or("")).add(response.body).text();
  etag.insert(etag.size() - 1, "." + tag);
  if (auto unchanged = not_modified(call, etag)) return std::move(unchanged->set("Vary", "Accept"));
  return std::move(response.set("ETag", std::move(etag)));
}

Json type_record(const db::OdcType& type, const std::string& self) {
  Json record{{"name", type.name}};
  if (!type.metadata_type.empty()) record["metadata_type"] = type.metadata_type;
  record["added"] = type.added;
  record["added_by"] = type.added_by;
  record["updated"] = or_null(type.updated);
  record["definition"] = type.definition;
  record["links"] = Json::array({{{"rel", "self"}, {"type", media::json}, {"href", self}}});
  return record;
}

Json dataset_record(const db::OdcDataset& dataset, const Links& links) {
  Json locations = Json::array();
  for (const auto& location : dataset.locations) {
    locations.push_back({{"id", location.id},
                         {"uri", location.uri},
                         {"added", location.added},
                         {"added_by", location.added_by},
                         {"archived", or_null(location.archived)}});
  }
  return {
      {"id", dataset.id},
      {"product", dataset.product},
      {"metadata_type", dataset.metadata_type},
      {"added", dataset.added},
      {"added_by", dataset.added_by},
      {"updated", or_null(dataset.updated)},
      {"archived", or_null(dataset.archived)},
      {"locations", std::move(locations)},
      {"links",
       Json::array(
           {{{"rel", "self"}, {"type", media::json}, {"href", links.to("/odc/datasets/" + dataset.id)}}})}};
}

void append_dataset(std::string& out, const Json& record, std::string_view document) {
  const auto text = dump_json(record);
  out.append(text, 0, text.size() - 1).append(R"(,"document":)").append(document).append("}");
}

Json changes_list(const std::vector<odc::Change>& changes) {
  Json list = Json::array();
  for (const auto& change : changes) {
    list.push_back(
        {{"path", change.path}, {"before", change.before}, {"after", change.after}, {"safe", change.safe}});
  }
  return list;
}

Json page_links(const Call& call, std::string_view path, const std::optional<std::string>& next) {
  const auto url = call.links.to(path);
  Json links = Json::array(
      {{{"rel", "self"}, {"type", media::json}, {"href", url + query_as_sent(call.request.query)}}});
  if (next) {
    links.push_back(
        {{"rel", "next"}, {"type", media::json}, {"href", url + query_with_token(call.query, *next)}});
  }
  return links;
}

}  // namespace hayden::api
