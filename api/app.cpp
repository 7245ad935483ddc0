#include "api/app.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <random>
#include <span>

#include "api/handlers/access.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/transactions.hpp"
#include "api/log.hpp"
#include "api/odc/handlers.hpp"
#include "api/problems.hpp"
#include "core/problem.hpp"

namespace hayden::api {
namespace {

/// Open to everyone, also where anonymous callers have no role.
constexpr std::string_view open;
constexpr std::string_view user = roles[0], ingest = roles[1], manage = roles[2], admin = roles[3];

struct Operation {
  std::string_view method, pattern;
  std::string_view role;  ///< the least one that may
  http::Response (*run)(Call&, const Services&);
  std::span<const Form> forms = {};  ///< what it answers in, where there is more than one
};

constexpr std::array document_forms{Form::json, Form::html};
constexpr std::array page_forms{Form::json, Form::html, Form::ndjson};
constexpr std::array search_forms{Form::json, Form::ndjson};

constexpr std::array operations{
    Operation{"GET", "/", open, handlers::landing, document_forms},
    Operation{"GET", "/conformance", open, handlers::conformance},
    Operation{"GET", "/functions", open, handlers::functions},
    Operation{"GET", "/api", open, handlers::openapi_json},
    Operation{"GET", "/api.yaml", open, handlers::openapi_yaml},
    Operation{"GET", "/api.html", open, handlers::openapi_html},
    Operation{"GET", "/queryables", user, handlers::queryables},
    Operation{"GET", "/collections-queryables", user, handlers::collections_queryables},
    Operation{"GET", "/sortables", user, handlers::sortables},
    Operation{"GET", "/collections", user, handlers::collections, document_forms},
    Operation{"GET", "/children", user, handlers::children, document_forms},
    Operation{"GET", "/browse", user, handlers::browse_collections, document_forms},
    Operation{"POST", "/collections", manage, handlers::create_collection},
    Operation{"GET", "/collections/{collection}", user, handlers::collection, document_forms},
    Operation{"PUT", "/collections/{collection}", manage, handlers::replace_collection},
    Operation{"PATCH", "/collections/{collection}", manage, handlers::patch_collection},
    Operation{"DELETE", "/collections/{collection}", manage, handlers::delete_collection},
    Operation{"GET", "/collections/{collection}/browse", user, handlers::browse, document_forms},
    Operation{"GET", "/collections/{collection}/browse/{year}", user, handlers::browse, document_forms},
    Operation{"GET", "/collections/{collection}/browse/{year}/{month}", user, handlers::browse,
              document_forms},
    Operation{"GET", "/collections/{collection}/browse/{year}/{month}/{day}", user, handlers::browse,
              document_forms},
    Operation{"GET", "/collections/{collection}/queryables", user, handlers::collection_queryables},
    Operation{"GET", "/collections/{collection}/sortables", user, handlers::collection_sortables},
    Operation{"GET", "/collections/{collection}/aggregate", user, handlers::aggregate_by_query},
    Operation{"POST", "/collections/{collection}/aggregate", user, handlers::aggregate_by_body},
    Operation{"GET", "/collections/{collection}/aggregations", user, handlers::aggregations},
    Operation{"GET", "/collections/{collection}/items", user, handlers::collection_items, page_forms},
    Operation{"POST", "/collections/{collection}/items", ingest, handlers::create_items},
    Operation{"POST", "/collections/{collection}/bulk_items", ingest, handlers::bulk_items},
    Operation{"GET", "/collections/{collection}/items/{item}", user, handlers::item, document_forms},
    Operation{"PUT", "/collections/{collection}/items/{item}", admin, handlers::replace_item},
    Operation{"PATCH", "/collections/{collection}/items/{item}", admin, handlers::patch_item},
    Operation{"DELETE", "/collections/{collection}/items/{item}", admin, handlers::delete_item},
    Operation{"GET", "/collections/{collection}/items/{item}/assets/{asset}/{file}", user, handlers::asset},
    Operation{"GET", "/sas/v1/sign", user, handlers::sign_href},
    Operation{"POST", "/sas/v1/sign", user, handlers::sign_hrefs},
    Operation{"GET", "/search", user, handlers::search_by_query, page_forms},
    Operation{"POST", "/search", user, handlers::search_by_body, search_forms},
    Operation{"GET", "/aggregate", user, handlers::aggregate_by_query},
    Operation{"POST", "/aggregate", user, handlers::aggregate_by_body},
    Operation{"GET", "/aggregations", user, handlers::aggregations},
    Operation{"GET", "/odc/tokens", admin, handlers::tokens},
    Operation{"POST", "/odc/tokens", admin, handlers::create_token},
    Operation{"DELETE", "/odc/tokens/{token}", admin, handlers::revoke_token},
    Operation{"GET", "/odc/users", admin, handlers::users},
    Operation{"POST", "/odc/users", admin, handlers::create_user},
    Operation{"PATCH", "/odc/users/{user}", admin, handlers::grant_role},
    Operation{"DELETE", "/odc/users/{user}", admin, handlers::delete_user},
    Operation{"GET", "/odc/metadata-types", user, handlers::metadata_types},
    Operation{"POST", "/odc/metadata-types", manage, handlers::add_metadata_types},
    Operation{"GET", "/odc/metadata-types/{name}", user, handlers::metadata_type},
    Operation{"PUT", "/odc/metadata-types/{name}", manage, handlers::update_metadata_type},
    Operation{"DELETE", "/odc/metadata-types/{name}", manage, handlers::delete_metadata_type},
    Operation{"GET", "/odc/products", user, handlers::products},
    Operation{"POST", "/odc/products", manage, handlers::add_products},
    Operation{"GET", "/odc/products/{name}", user, handlers::product},
    Operation{"PUT", "/odc/products/{name}", manage, handlers::update_product},
    Operation{"DELETE", "/odc/products/{name}", manage, handlers::delete_product},
    Operation{"GET", "/odc/products/{name}/extent", user, handlers::product_extent},
    Operation{"GET", "/odc/products/{name}/counts", user, handlers::product_counts},
    Operation{"GET", "/odc/products/{name}/fields", user, handlers::product_fields},
    Operation{"GET", "/odc/fields", user, handlers::fields},
    Operation{"GET", "/odc/datasets", user, handlers::datasets},
    Operation{"POST", "/odc/datasets", ingest, handlers::add_datasets},
    Operation{"POST", "/odc/datasets/get", user, handlers::get_datasets},
    Operation{"GET", "/odc/datasets/counts", user, handlers::dataset_counts},
    Operation{"GET", "/odc/datasets/duplicates", user, handlers::duplicates},
    Operation{"POST", "/odc/datasets/archive", admin, handlers::archive_datasets},
    Operation{"POST", "/odc/datasets/restore", admin, handlers::restore_datasets},
    Operation{"POST", "/odc/datasets/purge", admin, handlers::purge_datasets},
    Operation{"GET", "/odc/datasets/{id}", user, handlers::dataset},
    Operation{"PUT", "/odc/datasets/{id}", admin, handlers::update_dataset},
    Operation{"POST", "/odc/datasets/{id}/archive", admin, handlers::archive_dataset},
    Operation{"POST", "/odc/datasets/{id}/restore", admin, handlers::restore_dataset},
    Operation{"POST", "/odc/datasets/{id}/purge", admin, handlers::purge_dataset},
    Operation{"GET", "/odc/datasets/{id}/locations", user, handlers::locations},
    Operation{"POST", "/odc/datasets/{id}/locations", ingest, handlers::add_locations},
    Operation{"DELETE", "/odc/datasets/{id}/locations", admin, handlers::remove_location},
    Operation{"POST", "/odc/datasets/{id}/locations/archive", admin, handlers::archive_location},
    Operation{"POST", "/odc/datasets/{id}/locations/restore", admin, handlers::restore_location},
    Operation{"GET", "/odc/datasets/{id}/lineage", user, handlers::lineage},
    Operation{"POST", "/odc/datasets/{id}/lineage", ingest, handlers::add_lineage},
    Operation{"DELETE", "/odc/datasets/{id}/lineage", admin, handlers::remove_lineage},
    Operation{"GET", "/harvests", user, handlers::harvests},
    Operation{"GET", "/harvests/{harvest}", user, handlers::harvest},
    Operation{"GET", "/health/live", open, handlers::live},
    Operation{"GET", "/health/ready", open, handlers::ready},
    Operation{"GET", "/health", open, handlers::health},
    Operation{"GET", "/metrics", open, handlers::metrics},
};

const Operation& operation_of(const http::Route& route) {
  return *std::ranges::find_if(operations, [&](const Operation& operation) {
    return operation.method == route.method && operation.pattern == route.pattern;
  });
}

/// The client's own id if it is fit to be logged, else a new one.
std::string request_id_of(const http::Request* request) {
  const auto given = request ? request->header("X-Request-Id").value_or("") : std::string_view{};
  const auto is_sane = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  if (!given.empty() && given.size() <= 64 && std::ranges::all_of(given, is_sane)) return std::string{given};
  thread_local std::mt19937_64 numbers{std::random_device{}()};
  return fmt::format("{:016x}", numbers());
}

/// What browsers need on every answer, errors included, to let a page of another origin read it.
void add_cors(http::Response& response) {
  response.set("Access-Control-Allow-Origin", "*");
  response.set(
      "Access-Control-Expose-Headers",
      "Link, Content-Range, Accept-Ranges, ETag, Location, Hayden-Dataset, Retry-After, WWW-Authenticate, "
      "X-Request-Id");
}

/// Keeps answers that are for one caller out of caches that serve several.
void keep_private(http::Response& response, const http::Request& request, const Settings& settings) {
  const bool named = request.header("Authorization").has_value();
  if (named || settings.anonymous_role.empty()) {
    const auto others = response.header("Vary");
    response.set("Vary", others ? std::string{*others} + ", Authorization" : "Authorization");
  }
  const auto caching = response.header("Cache-Control");
  if (named && caching && *caching != "no-store" && !caching->starts_with("private")) {
    response.set("Cache-Control", "private, " + std::string{*caching});
  }
}

/// Tells caches that the answer depends on Accept, and clients where the other forms are.
void tell_forms(http::Response& response, const Call& call) {
  if (call.forms.empty()) return;
  response.set("Vary", "Accept");
  if (response.status != 200 || call.request.method == "POST") return;
  std::string list{response.header("Link").value_or("")};
  for (const auto form : call.forms) {
    if (form == call.form) continue;
    list.append(list.empty() ? "<" : ", <").append(call.url_in(form));
    list.append(R"(>; rel="alternate"; type=")").append(media_type_of(form)).append("\"");
  }
  response.set("Link", std::move(list));
}

http::Response options_response(std::string allow) {
  http::Response response;
  response.status = 204;
  response.set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  response.set(
      "Access-Control-Allow-Headers",
      "Content-Type, Accept, Accept-Language, Authorization, Range, X-Api-Key, X-Request-Id, If-Match, "
      "If-None-Match");
  response.set("Access-Control-Max-Age", "86400");
  response.set("Allow", std::move(allow));
  return response;
}

}  // namespace

/// Follows one request until the last byte of its answer is handed over; then, whatever happened, it is
/// counted and its access line written.
class App::Exchange {
 public:
  Exchange(Metrics& metrics, const http::Request* request) : metrics_(metrics) {
    entry.request_id = request_id_of(request);
    if (request == nullptr) return;
    entry.method = request->method;
    entry.path = request->path;
    entry.remote = request->remote_address;
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange() {
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(http::Clock::now() - started_);
    entry.milliseconds = static_cast<double>(took.count()) / 1000;
    // Methods nobody has heard of are one kind, so that clients cannot make counters without end.
    const auto method = entry.route.empty() || entry.status == 501 ? std::string_view{"other"} : entry.method;
    metrics_.count(method, entry.route, entry.status, took, entry.bytes);
    write_access_line(entry);
  }

  AccessEntry entry;

 private:
  Metrics& metrics_;
  http::Clock::time_point started_ = http::Clock::now();
};

App::App(Settings settings, db::Pool& readers, db::Pool* writers, auth::Oidc* issuer, Signing* signing)
    : settings_(std::move(settings)),
      catalog_(readers),
      properties_(readers),
      collection_texts_(signing),
      index_status_(catalog_),
      authenticator_(settings_, readers, writers, issuer),
      item_writer_(writers == nullptr ? nullptr : std::make_unique<db::ItemWriter>(*writers)),
      services_{settings_, readers,           catalog_,      properties_,
                metrics_,  collection_texts_, index_status_, item_writer_.get(),
                writers,   nullptr,           signing} {
  for (const auto& operation : operations) {
    router_.add(std::string{operation.method}, std::string{operation.pattern}, {});
  }
}

http::Response App::handle(const http::Request& request) {
  const auto exchange = std::make_shared<Exchange>(metrics_, &request);
  http::Response response;
  try {
    response = answer(request, *exchange);
  } catch (...) {
    response = current_exception_response(exchange->entry.request_id);
  }
  add_cors(response);
  keep_private(response, request, settings_);
  response.set("X-Request-Id", exchange->entry.request_id);
  exchange->entry.status = response.status;
  exchange->entry.bytes = response.body.size();
  if (response.stream && request.method != "HEAD") {
    exchange->entry.cut = true;
    response.stream = [exchange, write = std::move(response.stream)](const http::Sink& sink) {
      try {
        write([&](std::string_view piece) {
          sink(piece);
          exchange->entry.bytes += piece.size();
        });
        exchange->entry.cut = false;
      } catch (const http::ClientGone&) {
        throw;
      } catch (const std::exception& error) {
        spdlog::error("request {}: the answer is cut off: {}", exchange->entry.request_id, error.what());
        throw;
      }
    };
  }
  return response;
}

http::Response App::answer(const http::Request& request, Exchange& exchange) {
  const auto routed = router_.find(request.method, request.path);
  exchange.entry.route = routed.pattern;
  if (routed.status == 204) return options_response(routed.allow);
  if (routed.status != 200) {
    auto response = problem_response(routed.status, routed.description);
    if (!routed.allow.empty()) response.set("Allow", routed.allow);
    return response;
  }
  const auto& operation = operation_of(*routed.route);
  const auto caller = authenticator_.require(request, operation.role);
  exchange.entry.caller = caller.name;
  auto query = parse_query(request.query);
  if (!query)
    throw Problem(400, "InvalidParameterValue", "the query has a broken percent-escape or is not UTF-8");
  Call call{request,
            routed.parameters,
            *std::move(query),
            Links::of(request, settings_),
            caller,
            client_address(request, settings_),
            exchange.entry.request_id};
  call.forms = operation.forms;
  if (!call.forms.empty()) {
    const auto accept = request.header("Accept").value_or("");
    call.form = preferred_form(call.parameter("f"), accept, call.forms).value_or(call.forms.front());
  }
  auto response = operation.run(call, services_);
  tell_forms(response, call);
  exchange.entry.rows = call.rows;
  return response;
}

http::Response App::refuse(int status, const std::string& description) {
  Exchange exchange(metrics_, nullptr);
  auto response = problem_response(status, description);
  add_cors(response);
  response.set("X-Request-Id", exchange.entry.request_id);
  exchange.entry.status = status;
  exchange.entry.bytes = response.body.size();
  return response;
}

}  // namespace hayden::api
