#pragma once
#include <memory>

#include "api/auth.hpp"
#include "api/call.hpp"
#include "api/collection_text.hpp"
#include "api/index_status.hpp"
#include "api/metrics.hpp"
#include "api/settings.hpp"
#include "db/catalog.hpp"
#include "db/item_writer.hpp"
#include "db/pool.hpp"
#include "db/properties.hpp"
#include "http/router.hpp"
#include "http/server.hpp"

namespace hayden::api {

/// The service: takes each request through request id, route, handler, error boundary, CORS and access log.
class App final : public http::Application {
 public:
  /// Without `writers` the service only reads; without `issuer` it knows its own tokens alone; without
  /// `signing` it signs no URLs.
  App(Settings settings, db::Pool& readers, db::Pool* writers = nullptr, auth::Oidc* issuer = nullptr,
      Signing* signing = nullptr);
  http::Response handle(const http::Request& request) override;
  http::Response refuse(int status, const std::string& description) override;
  /// Lets /metrics show the counters of `server`, which must outlive the requests it brings here. Call before
  /// start().
  void watch(const http::Server& server) { services_.server = &server; }

 private:
  class Exchange;
  http::Response answer(const http::Request& request, Exchange& exchange);

  Settings settings_;
  db::Catalog catalog_;
  db::Properties properties_;
  Metrics metrics_;
  CollectionTexts collection_texts_;
  IndexStatusCache index_status_;
  Authenticator authenticator_;
  std::unique_ptr<db::ItemWriter> item_writer_;
  Services services_;
  http::Router router_;
};

}  // namespace hayden::api
