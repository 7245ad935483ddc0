#pragma once
// Only src/db includes this file: it is where libpqxx is known.
#include <pqxx/pqxx>
#include <string>
#include <string_view>

#include "db/connection.hpp"
#include "db/sql.hpp"

namespace hayden::db {

/// A transaction under an agdc role; the database, not this program, refuses what the role may not do.
class RoleTransaction {
 public:
  RoleTransaction(Connection& connection, std::string_view role) : work_(connection.raw()) { become(role); }

  /// Goes on under another role: the caller's for `agdc.*`, then agdc_admin for what Hayden itself derives
  /// from it.
  void become(std::string_view role) {
    work_.exec_params("select set_config('role', $1, true)", std::string{role});
  }
  pqxx::result run(const Sql& sql) {
    return work_.exec_params(sql.text(), pqxx::prepare::make_dynamic_params(sql.values()));
  }
  pqxx::work& raw() { return work_; }
  void commit() { work_.commit(); }

 private:
  pqxx::work work_;
};

}  // namespace hayden::db
