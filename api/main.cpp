#include <pthread.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

#include "api/app.hpp"
#include "api/log.hpp"
#include "api/projection_worker.hpp"
#include "api/settings.hpp"
#include "api/signing/signing.hpp"
#include "auth/oidc.hpp"
#include "client/http_client.hpp"
#include "core/problem.hpp"
#include "db/catalog.hpp"
#include "db/pool.hpp"
#include "http/server.hpp"

/// Read by jemalloc: an arena for each worker would keep far more memory than is in use.
extern "C" {
extern const char* const malloc_conf;
const char* const malloc_conf = "narenas:4,background_thread:true,dirty_decay_ms:2000,muzzy_decay_ms:0";
}

namespace {

using namespace hayden;
using std::chrono::milliseconds;

struct Configuration {
  api::Settings settings;
  http::ServerOptions server;
  db::PoolOptions readers;
  std::size_t writer_connections = 4;
  auth::OidcOptions oidc;
  std::string role_map;
  bool no_projection = false;
  std::string database_url, reader_url, log_level = "info", port_file, signing;
  bool check_signing = false;
};

void add_seconds(CLI::App& app, const std::string& name, const std::string& variable, milliseconds& value,
                 const std::string& text) {
  const auto read = [&value](double seconds) { value = milliseconds{static_cast<long>(seconds * 1000)}; };
  app.add_option_function<double>(name, read, text)
      ->envname(variable)
      ->check(CLI::Range(0.01, 86'400.0))
      ->type_name("SECONDS")
      ->default_str(std::to_string(value.count() / 1000));
}

void declare(CLI::App& app, Configuration& c) {
  const auto option = [&app](const std::string& name, const std::string& variable, auto& value,
                             const std::string& text) {
    return app.add_option(name, value, text)->envname(variable)->capture_default_str();
  };
  option("--database-url", "HAYDEN_DATABASE_URL", c.database_url, "PostgreSQL URL of the index");
  option("--reader-url", "HAYDEN_READER_URL", c.reader_url, "where reads go: a replica or a read-only login");
  app.add_flag("--no-projection", c.no_projection,
               "leave it to other services to show in STAC what Open Data Cube clients write")
      ->envname("HAYDEN_NO_PROJECTION");
  option("--address", "HAYDEN_ADDRESS", c.server.address, "address to listen on; :: is IPv4 and IPv6");
  option("--port", "HAYDEN_PORT", c.server.port, "port to listen on; 0 takes a free one");
  option("--port-file", "HAYDEN_PORT_FILE", c.port_file, "file that gets the port once the service listens");
  option("--base-url", "HAYDEN_BASE_URL", c.settings.base_url, "public URL, for links");
  app.add_flag("--trust-proxy", c.settings.trust_proxy, "believe Forwarded and X-Forwarded-* headers")
      ->envname("HAYDEN_TRUST_PROXY");
  option("--id", "HAYDEN_ID", c.settings.id, "id of the landing page");
  option("--title", "HAYDEN_TITLE", c.settings.title, "title of the landing page");
  option("--description", "HAYDEN_DESCRIPTION", c.settings.description, "description of the landing page");
  option("--log-level", "HAYDEN_LOG_LEVEL", c.log_level, "access lines are at info")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "critical", "off"}));

  const auto count = [&](const std::string& name, const std::string& variable, auto& value,
                         const std::string& text) {
    option(name, variable, value, text)->check(CLI::Range(std::size_t{1}, std::size_t{1} << 32U));
  };
  count("--workers", "HAYDEN_WORKERS", c.server.workers, "requests answered at once");
  count("--queue", "HAYDEN_QUEUE", c.server.queue, "requests that may wait for a worker");
  count("--connections", "HAYDEN_CONNECTIONS", c.server.connections, "client connections");
  count("--pool", "HAYDEN_POOL", c.readers.size, "database connections that read");
  count("--writer-pool", "HAYDEN_WRITER_POOL", c.writer_connections,
        "database connections that write; opened when they are needed");
  count("--head-limit", "HAYDEN_HEAD_LIMIT", c.server.head_limit, "bytes of request line and headers");
  count("--url-limit", "HAYDEN_URL_LIMIT", c.server.url_limit, "bytes of the request target");
  count("--header-count-limit", "HAYDEN_HEADER_COUNT_LIMIT", c.server.header_count_limit,
        "headers of a request");
  count("--body-limit", "HAYDEN_BODY_LIMIT", c.server.body_limit, "bytes of a request body");

  add_seconds(app, "--read-timeout", "HAYDEN_READ_TIMEOUT", c.server.read_timeout, "for a request to arrive");
  add_seconds(app, "--handler-timeout", "HAYDEN_HANDLER_TIMEOUT", c.server.handler_timeout,
              "for an answer to start");
  add_seconds(app, "--write-timeout", "HAYDEN_WRITE_TIMEOUT", c.server.write_timeout,
              "without progress of an answer");
  add_seconds(app, "--idle-timeout", "HAYDEN_IDLE_TIMEOUT", c.server.idle_timeout, "for an idle connection");
  add_seconds(app, "--drain-timeout", "HAYDEN_DRAIN_TIMEOUT", c.server.drain_timeout,
              "for answers on shutdown");
  add_seconds(app, "--lease-timeout", "HAYDEN_LEASE_TIMEOUT", c.readers.lease_timeout,
              "for a database connection");
  add_seconds(app, "--statement-timeout", "HAYDEN_STATEMENT_TIMEOUT", c.readers.statement_timeout,
              "for one database statement");
}

void declare_access(CLI::App& app, Configuration& c) {
  const auto option = [&app](const std::string& name, const std::string& variable, std::string& value,
                             const std::string& text) {
    return app.add_option(name, value, text)->envname(variable)->capture_default_str();
  };
  option("--anonymous-role", "HAYDEN_ANONYMOUS_ROLE", c.settings.anonymous_role,
         "role of those who send no token: agdc_user or none")
      ->check(CLI::IsMember({"agdc_user", "none"}));
  option("--oidc-issuer", "HAYDEN_OIDC_ISSUER", c.oidc.issuer,
         "OpenID Connect issuer whose tokens are taken too");
  option("--oidc-audience", "HAYDEN_OIDC_AUDIENCE", c.oidc.audience,
         "what its tokens for this service have in aud");
  option("--oidc-role-claim", "HAYDEN_OIDC_ROLE_CLAIM", c.oidc.role_claim,
         "claim with words or a list, such as scope or realm_access.roles");
  option("--oidc-role-map", "HAYDEN_OIDC_ROLE_MAP", c.role_map, "value=agdc_role,… of that claim");
  option("--oidc-jwks-url", "HAYDEN_OIDC_JWKS_URL", c.oidc.jwks_url,
         "where the issuer's keys are; empty: as its discovery document says");
  add_seconds(app, "--oidc-retry", "HAYDEN_OIDC_RETRY", c.oidc.retry,
              "between questions to the issuer at least");
}

void declare_signing(CLI::App& app, Configuration& c) {
  auto* const file =
      app.add_option("--signing", c.signing, "file that says which S3 URLs are signed, and for whom")
          ->envname("HAYDEN_SIGNING");
  app.add_flag("--check-signing", c.check_signing,
               "say what is wrong with that file and the keys it names, and end")
      ->needs(file);
}

std::optional<sign::ServiceReply> ask_service(const std::string& method, const std::string& url,
                                              const Pairs& headers, milliseconds patience) {
  static client::HttpClient client;
  auto answer = client.ask(method, url, headers, patience);
  if (answer.status == 0) return {};
  return sign::ServiceReply{answer.status, std::move(answer.body), std::move(answer.region)};
}

/// Nothing when no URLs are to be signed.
std::unique_ptr<api::Signing> make_signing(const Configuration& c) {
  if (c.signing.empty()) return {};
  try {
    return std::make_unique<api::Signing>(api::load_signing_policy(c.signing), sign::process_environment,
                                          ask_service);
  } catch (const Problem& problem) {
    throw std::runtime_error("the signing policy " + c.signing + ": " + problem.what());
  }
}

/// False when URLs could not be signed now.
bool check_signing(const Configuration& c) {
  const auto health = make_signing(c)->health();
  std::printf("%s\n", health.dump(2).c_str());
  return health.at("status") == "ok";
}

/// Nothing when no issuer is configured.
std::unique_ptr<auth::Oidc> make_issuer(Configuration& c) {
  if (c.oidc.issuer.empty()) {
    if (!c.oidc.audience.empty() || !c.oidc.jwks_url.empty() || !c.role_map.empty()) {
      throw std::runtime_error(
          "--oidc-issuer is missing: without it the other options of OpenID Connect mean nothing");
    }
    return {};
  }
  c.settings.role_map = api::parse_role_map(c.role_map);
  if (c.settings.role_map.empty()) {
    throw std::runtime_error("--oidc-role-map is missing: without it no token of the issuer has a role");
  }
  return std::make_unique<auth::Oidc>(c.oidc);
}

/// The file is complete from the moment it exists.
void write_port(const std::string& path, std::uint16_t port) {
  const auto unfinished = path + ".new";
  std::ofstream file(unfinished);
  file << port << '\n';
  file.close();
  if (!file) throw std::runtime_error("cannot write the port file " + path);
  std::filesystem::rename(unfinished, path);
}

void run(Configuration& c) {
  c.settings.base_url = api::checked_base_url(c.settings.base_url);
  if (c.settings.anonymous_role == "none") c.settings.anonymous_role.clear();
  c.readers.application = "hayden-api";
  c.readers.read_only = true;
  c.readers.url = c.reader_url.empty() ? c.database_url : c.reader_url;
  if (c.readers.url.empty())
    throw std::runtime_error("give the database with --database-url or HAYDEN_DATABASE_URL");
  db::Pool readers(c.readers);
  auto writer_options = c.readers;
  writer_options.url = c.database_url;
  writer_options.size = c.writer_connections;
  writer_options.read_only = false;
  std::optional<db::Pool> writers;
  if (!c.database_url.empty()) writers.emplace(writer_options);
  db::Catalog(readers).check_ready();

  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGTERM);
  sigaddset(&stops, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stops,
                  nullptr);  // before any thread, so that all of them leave these to sigwait
  std::signal(SIGPIPE, SIG_IGN);

  const auto issuer = make_issuer(c);
  const auto signing = make_signing(c);
  api::App app(c.settings, readers, writers ? &*writers : nullptr, issuer.get(), signing.get());
  http::Server server(c.server, app);
  app.watch(server);
  server.start();
  spdlog::info("listening on {} port {}", c.server.address, server.port());
  if (!c.port_file.empty()) write_port(c.port_file, server.port());
  std::optional<api::ProjectionWorker> projection;
  if (writers && !c.no_projection) projection.emplace(writer_options);

  int stop = 0;
  sigwait(&stops, &stop);
  spdlog::info("stopping: no new connections, answers in flight are finished");
  server.stop();
  spdlog::info("stopped");
}

}  // namespace

int main(int argc, char** argv) {
  setenv("PGCONNECT_TIMEOUT", "10", 0);  // a default for libpq
  CLI::App app("Hayden's REST service: a STAC API over the index.", "hayden-api");
  Configuration configuration;
  declare(app, configuration);
  declare_access(app, configuration);
  declare_signing(app, configuration);
  CLI11_PARSE(app, argc, argv)
  try {
    api::start_logging(configuration.log_level);
    if (configuration.check_signing) return check_signing(configuration) ? 0 : 1;
    run(configuration);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "hayden-api: %s\n", error.what());
    return 1;
  }
}
