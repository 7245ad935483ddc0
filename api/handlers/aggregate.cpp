#include <algorithm>

#include "api/body.hpp"
#include "api/etag.hpp"
#include "api/handlers/handlers.hpp"
#include "core/problem.hpp"
#include "stac/aggregate_request.hpp"

/// STAC API Aggregation 0.3.0. What its README leaves open is as in stac-server and stac-fastapi.
namespace hayden::api::handlers {
namespace {

using stac::AggregateRequest;
using stac::Aggregation;
using Kind = Aggregation::Kind;

std::string_view key_type(const Aggregation& aggregation) {
  if (aggregation.kind == Kind::time) return "datetime";
  return aggregation.kind == Kind::range ? "numeric" : "string";
}

Json description(const Aggregation& aggregation) {
  auto json = Json::object();
  json["name"] = aggregation.name;
  if (aggregation.is_frequency()) {
    json["data_type"] = "frequency_distribution";
    json["frequency_distribution_data_type"] = key_type(aggregation);
  } else {
    json["data_type"] = aggregation.kind == Kind::count ? "integer" : "datetime";
  }
  return json;
}

Json bucket(std::string key, std::string_view type, std::int64_t frequency) {
  return {{"key", std::move(key)}, {"data_type", type}, {"frequency", frequency}};
}

/// All ranges of cloud cover, `*-5.0`, `5.0-15.0`, …, empty ones too.
Json ranges(const std::vector<db::Bucket>& found, std::string_view type) {
  constexpr auto& steps = stac::cloud_cover_steps;
  const auto name = [](int step) { return std::to_string(step) + ".0"; };
  Json all = Json::array();
  for (std::size_t i = 0; i <= steps.size(); ++i) {
    const auto counted = std::ranges::find(found, std::to_string(i), &db::Bucket::key);
    std::string range = i == 0 ? "*" : name(steps.at(i - 1));
    range.append("-").append(i == steps.size() ? "*" : name(steps.at(i)));
    auto& one =
        all.emplace_back(bucket(std::move(range), type, counted == found.end() ? 0 : counted->frequency));
    if (i > 0) one["from"] = steps.at(i - 1);
    if (i < steps.size()) one["to"] = steps.at(i);
  }
  return all;
}

Json frequency(const Aggregation& aggregation, std::vector<db::Bucket> found, std::int64_t matched) {
  auto json = description(aggregation);
  const auto type = key_type(aggregation);
  for (const auto& one : found) matched -= one.frequency;
  json["overflow"] = matched;
  if (aggregation.kind == Kind::range) {
    json["buckets"] = ranges(found, type);
    return json;
  }
  if (aggregation.kind == Kind::time) std::ranges::sort(found, {}, &db::Bucket::key);
  auto& buckets = json["buckets"] = Json::array();
  for (auto& one : found) buckets.push_back(bucket(std::move(one.key), type, one.frequency));
  return json;
}

Json time(const std::optional<std::string>& value) { return value ? Json(*value) : Json(nullptr); }

Json value(const Aggregation& aggregation, const db::Aggregates& found) {
  auto json = description(aggregation);
  if (aggregation.kind == Kind::count) json["value"] = found.matched;
  if (aggregation.kind == Kind::earliest) json["value"] = time(found.earliest);
  if (aggregation.kind == Kind::latest) json["value"] = time(found.latest);
  return json;
}

/// Null when the request is for all collections.
const std::string* collection_asked_for(const Call& call) { return call.path.find("collection"); }

/// `path` is that of the operation, behind the collection's if one was asked for.
std::string url(const Call& call, std::string_view path) {
  const auto* const id = collection_asked_for(call);
  return id == nullptr ? call.links.to(path) : call.links.collection(*id) + std::string{path};
}

http::Response aggregation_collection(const Call& call, const Json& aggregations, std::string_view self) {
  LinkList links;
  links.add("self", media::json, self).add("root", media::json, call.links.root());
  if (const auto* const id = collection_asked_for(call)) {
    links.add("collection", media::json, call.links.collection(*id));
  }
  auto body = R"({"type":"AggregationCollection","aggregations":)" + dump_json(aggregations);
  body.append(R"(,"links":[)").append(links.text()).append("]}");
  const auto etag = ETag{}.add(body).text();
  return ok(call, media::json, etag, std::move(body));
}

void require_collection(const Call& call, const Services& services) {
  const auto* const id = collection_asked_for(call);
  if (id == nullptr || services.catalog.has_collection(*id)) return;
  throw Problem(404, "NotFound", "there is no collection '" + *id + "'");
}

http::Response aggregate(Call& call, const Services& services, const AggregateRequest& request) {
  require_collection(call, services);
  Json aggregations = Json::array();
  // Only what is asked for is given, be that nothing.
  if (!request.wanted.empty()) {
    auto found = services.catalog.aggregate(request);
    auto next = found.frequencies.begin();
    for (const auto& wanted : request.wanted) {
      const auto& aggregation = *wanted.aggregation;
      aggregations.push_back(aggregation.is_frequency()
                                 ? frequency(aggregation, std::move(*next++), found.matched)
                                 : value(aggregation, found));
    }
  }
  call.rows = static_cast<std::int64_t>(aggregations.size());
  return aggregation_collection(call, aggregations,
                                url(call, "/aggregate") + query_as_sent(call.request.query));
}

}  // namespace

http::Response aggregations(Call& call, const Services& services) {
  require_collection(call, services);
  Json all = Json::array();
  for (const auto& aggregation : stac::known_aggregations()) all.push_back(description(aggregation));
  return aggregation_collection(call, all, url(call, "/aggregations"));
}

http::Response aggregate_by_query(Call& call, const Services& services) {
  return aggregate(
      call, services,
      AggregateRequest::from_query(call.query, collection_asked_for(call), property_lookup(services)));
}

http::Response aggregate_by_body(Call& call, const Services& services) {
  require_json_body(call.request);
  return aggregate(call, services,
                   AggregateRequest::from_body(parse_json(call.request.body), collection_asked_for(call),
                                               property_lookup(services)));
}

}  // namespace hayden::api::handlers
