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
    if (role == role_) return;
    work_.exec_params("select set_config('role', $1, true)", std::string{role});
    role_ = role;
  }
  /// A point to go back to when what follows fails; the newest counts. It goes with the transaction.
  void savepoint() {
    work_.exec("savepoint here");
    role_at_savepoint_ = role_;
  }
  void release_savepoint() { work_.exec("release savepoint here"); }
  void rollback_to_savepoint() {
    work_.exec("rollback to savepoint here");
    role_ = role_at_savepoint_;
  }
  pqxx::result run(const Sql& sql) {
    return work_.exec_params(sql.text(), pqxx::prepare::make_dynamic_params(sql.values()));
  }
  pqxx::work& raw() { return work_; }
  void commit() { work_.commit(); }

 private:
  pqxx::work work_;
  std::string role_, role_at_savepoint_;
};

}  // namespace hayden::db
