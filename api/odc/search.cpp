#include <algorithm>

#include "api/odc/csv.hpp"
#include "api/odc/handlers.hpp"
#include "api/odc/input.hpp"
#include "api/odc/output.hpp"
#include "api/odc/query.hpp"
#include "db/odc_search.hpp"
#include "db/odc_types.hpp"
#include "db/stored_json.hpp"

namespace hayden::api::handlers {
namespace {

using Order = db::DatasetSearch::Order;

constexpr int default_limit = 100;
constexpr int largest_limit = 1'000;
constexpr std::string_view datasets_path = "/odc/datasets";

db::DatasetSearch read_search(const Call& call) {
  db::DatasetSearch search;
  Parameters parameters(call, {}, true);
  search.query = dataset_query(call, {"limit", "token", "order", "uri", "mode"}, parameters.mistakes());
  search.limit = parameters.limit(default_limit, largest_limit);
  search.token = parameters.text("token");
  search.uri = parameters.text("uri");
  search.uri_is_prefix = parameters.choice("mode", {"exact", "prefix"}) == 1;
  if (search.uri && search.uri->find(':') == std::string::npos) {
    parameters.mistakes().add("uri", "must begin with a scheme such as s3:");
  }
  const auto order = parameters.choice("order", {"id", "-id", "added", "-added", "time", "-time"});
  search.order = static_cast<Order>(order / 2);
  search.descending = order % 2 == 1;
  parameters.done();
  return search;
}

std::vector<TypeFields> fields_of(const Services& services, const std::vector<db::OdcDataset>& datasets) {
  std::vector<TypeFields> types;
  for (const auto& dataset : datasets) {
    if (std::ranges::find(types, dataset.metadata_type, &TypeFields::metadata_type) != types.end()) continue;
    const auto type = db::find_odc_type(services.pool, db::OdcKind::metadata_type, dataset.metadata_type);
    types.push_back(
        {dataset.metadata_type, type ? odc::fields_of(type->definition) : std::vector<odc::Field>{}});
  }
  return types;
}

http::Response page_answer(const Call& call, const Services& services, Form form,
                           const db::DatasetPage& page) {
  http::Response response;
  if (form == Form::csv) {
    response = ok(media::csv, datasets_csv(page.datasets, fields_of(services, page.datasets)));
  } else if (form == Form::yaml) {
    std::vector<Json> documents;
    documents.reserve(page.datasets.size());
    for (const auto& dataset : page.datasets) documents.push_back(db::parse_stored_json(dataset.document));
    response = yaml_stream(documents);
  } else {
    std::string body = R"({"datasets":[)";
    for (const auto& dataset : page.datasets) {
      if (body.back() != '[') body += ',';
      append_dataset(body, dataset_record(dataset, call.links), dataset.document);
    }
    body.append(R"(],"numberReturned":)").append(std::to_string(page.datasets.size()));
    body.append(R"(,"links":)").append(dump_json(page_links(call, datasets_path, page.next))).append("}");
    response = ok(media::json, std::move(body));
  }
  response.set("Vary", "Accept");
  if (page.next) {
    response.set("Link", '<' + call.links.to(datasets_path) + query_with_token(call.query, *page.next) +
                             ">; rel=\"next\"");
  }
  return response;
}

Json count_list(const std::vector<db::DatasetCount>& counts) {
  Json list = Json::array();
  for (const auto& count : counts) {
    Json one{{"product", count.product}};
    if (!count.begin.empty()) {
      one["begin"] = count.begin;
      one["end"] = count.end;
    }
    one["count"] = count.count;
    list.push_back(std::move(one));
  }
  return {{"counts", std::move(list)}};
}

}  // namespace

http::Response datasets(Call& call, const Services& services) {
  const auto search = read_search(call);
  const auto form = form_of(call, true);
  const auto page = db::search_datasets(services.pool, search);
  call.rows = static_cast<std::int64_t>(page.datasets.size());
  return page_answer(call, services, form, page);
}

http::Response dataset_counts(Call& call, const Services& services) {
  Mistakes mistakes;
  const auto query = dataset_query(call, {"period"}, mistakes);
  mistakes.throw_if_any();
  const auto form = form_of(call);
  const auto period = call.parameter("period");
  const auto counts =
      db::count_datasets(services.pool, query, period ? std::optional<std::string>{*period} : std::nullopt);
  call.rows = static_cast<std::int64_t>(counts.size());
  return answer(form, 200, count_list(counts));
}

http::Response product_counts(Call& call, const Services& services) {
  const auto& name = call.path.at("name");
  if (!db::find_odc_type(services.pool, db::OdcKind::product, name)) {
    throw Problem(404, "NotFound", "there is no product '" + name + "'");
  }
  Mistakes mistakes;
  auto query = dataset_query(call, {"period", "product"}, mistakes);
  mistakes.throw_if_any();
  query.products = {name};
  const auto form = form_of(call);
  const auto period = std::string{call.parameter("period").value_or("month")};
  return answer(form, 200, count_list(db::count_datasets(services.pool, query, period)));
}

http::Response duplicates(Call& call, const Services& services) {
  Parameters parameters(call, {"product", "fields", "limit"});
  const auto product = parameters.text("product");
  if (!product) parameters.mistakes().add("product", "is needed");
  std::vector<std::string> names;
  for (const auto& text : parameters.texts("fields")) {
    for (std::size_t begin = 0; begin <= text.size();) {
      const auto end = std::min(text.find(',', begin), text.size());
      const auto name = text.substr(begin, end - begin);
      if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
      begin = end + 1;
    }
  }
  if (names.empty())
    parameters.mistakes().add("fields", "is needed: names of search fields, parted by commas");
  const auto limit = parameters.limit(default_limit, largest_limit);
  parameters.done();
  const auto form = form_of(call);
  Json list = Json::array();
  for (const auto& group : db::duplicate_datasets(services.pool, *product, names, limit)) {
    list.push_back({{"values", group.values}, {"ids", group.ids}});
  }
  call.rows = static_cast<std::int64_t>(list.size());
  return answer(form, 200, {{"duplicates", std::move(list)}});
}

}  // namespace hayden::api::handlers
