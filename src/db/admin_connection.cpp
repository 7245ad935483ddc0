#include "db/admin_connection.hpp"

#include <algorithm>

namespace hayden::db {

std::unique_ptr<pqxx::connection> connect_for_administration(const std::string& url) {
  try {
    auto connection = std::make_unique<pqxx::connection>(url);
    pqxx::nontransaction{*connection}.exec("set client_min_messages = warning");
    return connection;
  } catch (const pqxx::failure& failure) {
    throw Problem(503, "DatabaseUnavailable",
                  "cannot connect to the database (" + first_line(failure.what()) +
                      "); check --database-url or HAYDEN_DATABASE_URL, and that PostgreSQL is running");
  }
}

std::string first_line(std::string_view message) {
  std::string_view line = message.substr(0, message.find('\n'));
  for (const std::string_view severity : {"ERROR:", "FATAL:"}) {
    if (line.starts_with(severity)) line.remove_prefix(severity.size());
  }
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  while (!line.empty() && (line.back() == '.' || line.back() == ' ')) line.remove_suffix(1);
  return std::string(line);
}

Problem administration_problem(const std::string& what) {
  try {
    throw;
  } catch (const Problem& problem) {
    return problem;
  } catch (const pqxx::broken_connection&) {
    return {503, "DatabaseUnavailable", what + ": the connection to the database was lost"};
  } catch (const pqxx::sql_error& error) {
    const bool lock_timeout = error.sqlstate() == "55P03";
    return {500, "DatabaseFailed",
            what + ": " +
                (lock_timeout ? "another session holds a lock it needs; end that session or try again later"
                              : first_line(error.what()))};
  } catch (const pqxx::failure& failure) {
    return {500, "DatabaseFailed", what + ": " + first_line(failure.what())};
  }
}

}  // namespace hayden::db
