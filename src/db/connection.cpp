#include "db/connection.hpp"

#include <spdlog/spdlog.h>

#include "core/problem.hpp"

namespace hayden::db {
namespace {

/// libpqxx drops what the server has to say unless someone listens.
class NoticeLogger final : public pqxx::errorhandler {
 public:
  using errorhandler::errorhandler;
  bool operator()(const char notice[]) noexcept override {
    try {
      spdlog::debug("database: {}", notice);
    } catch (...) {  // NOLINT(bugprone-empty-catch): there is no one left to tell
    }
    return false;
  }
};

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

}  // namespace

Connection::Connection(const PoolOptions& options)
    : connection_(options.url), notices_(std::make_unique<NoticeLogger>(connection_)) {
  pqxx::nontransaction work(connection_);
  // Neither a compiler run nor parallel workers pay for statements of a few milliseconds: starting a worker
  // for a box of 600 items made its page take 366 ms instead of 2.
  work.exec_params(
      "select set_config('application_name', $1, false), set_config('statement_timeout', $2, false), "
      "set_config('default_transaction_read_only', $3, false), set_config('timezone', 'UTC', false), "
      "set_config('jit', 'off', false), set_config('max_parallel_workers_per_gather', '0', false)",
      options.application, std::to_string(options.statement_timeout.count()),
      options.read_only ? "on" : "off");
}

pqxx::result Connection::run(const Sql& sql) {
  pqxx::nontransaction work(connection_);
  return work.exec_params(sql.text(), pqxx::prepare::make_dynamic_params(sql.values()));
}

void log_failure(std::string_view what) { spdlog::warn("database: {}", what); }

void rethrow_as_problem() {
  try {
    throw;
  } catch (const pqxx::insufficient_privilege& error) {  // before sql_error: it has no sqlstate in libpqxx 6
    log_failure(error.what());
    throw Problem(403, "Forbidden", "this role may not do that");
  } catch (const pqxx::broken_connection& error) {
    log_failure(error.what());
    throw Problem(503, "DatabaseUnavailable", "the database is not available at the moment");
  } catch (const pqxx::in_doubt_error& error) {
    log_failure(error.what());
    throw Problem(503, "DatabaseUnavailable",
                  "the database was lost while it committed; look whether it took effect");
  } catch (const pqxx::sql_error& error) {
    log_failure(error.what());
    const std::string_view state = error.sqlstate();
    if (state == "57014") throw Problem(503, "QueryTimeout", "the query took too long; ask for less");
    if (state == "23505") throw Problem(409, "Conflict", "it exists already");
    if (state == "25006") throw Problem(403, "Forbidden", "this connection may only read");
    if (starts_with(state, "22"))
      throw Problem(400, "InvalidParameterValue", "a value in the request cannot be used");
    if (starts_with(state, "57P") || starts_with(state, "53")) {
      throw Problem(503, "DatabaseUnavailable", "the database is not available at the moment");
    }
    throw;
  }
}

}  // namespace hayden::db
