#include "api/handlers/handlers.hpp"
#include "api/signing/signing.hpp"
#include "core/json.hpp"
#include "core/problem.hpp"

namespace hayden::api::handlers {
namespace {

http::Response fresh(std::string_view type, std::string body) {
  auto response = ok(type, std::move(body));
  response.set("Cache-Control", "no-store");
  return response;
}

}  // namespace

http::Response live(Call&, const Services&) { return fresh(media::json, R"({"status":"live"})"); }

http::Response ready(Call&, const Services& services) {
  services.catalog.check_ready();
  Json body{{"status", "ready"}};
  if (services.signing != nullptr) body["signing"] = services.signing->health();
  return fresh(media::json, dump_json(body));
}

http::Response health(Call&, const Services& services) {
  services.catalog.check_ready();
  const auto status = services.index_status.status();
  if (!status) throw Problem(503, "DatabaseUnavailable", "the database does not answer");
  Json body{{"status", "ready"},
            {"collections", status->collections},
            {"outbox", {{"waiting", status->outbox}, {"oldest_seconds", status->outbox_oldest}}},
            {"projection_errors", status->projection_errors},
            {"harvested_scenes", status->harvested},
            {"harvest_failures", status->harvest_failures}};
  if (services.signing != nullptr) body["signing"] = services.signing->health();
  return fresh(media::json, dump_json(body));
}

http::Response metrics(Call&, const Services& services) {
  std::string body;
  services.metrics.write(body);
  if (services.server != nullptr) write_server_metrics(body, services.server->status());
  write_pool_metrics(body, services.pool.status());
  write_index_metrics(body, services.index_status.status());
  if (services.signing != nullptr) services.signing->write_metrics(body);
  write_process_metrics(body);
  return fresh("text/plain; version=0.0.4", std::move(body));
}

}  // namespace hayden::api::handlers
