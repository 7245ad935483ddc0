#pragma once
// Only src/db includes this file: it is where libpqxx is known.
#include <pqxx/pqxx>
#include <string>

#include "db/migrate.hpp"

namespace hayden::db {

/// Held by whoever changes the schema; the others wait their turn.
class MigrationLock {
 public:
  /// Calls listener.waiting once when it has to wait. The lock lives as long as the connection.
  MigrationLock(pqxx::connection& connection, const MigrateListener& listener);

 private:
  bool take();
  pqxx::connection& connection_;
};

/// Makes hayden.migration where it is missing.
void make_history_table(pqxx::connection& connection);

/// Records that the database is as this migration would have made it.
void record_as_applied(pqxx::transaction_base& work, const Migration& migration);

/// Drops the index that an interrupted `create index concurrently` of this statement has left, which
/// `if not exists` would keep.
void drop_invalid_index(pqxx::nontransaction& work, const std::string& statement);

/// Whether the database has a schema agdc that Hayden did not make.
bool holds_foreign_index(pqxx::transaction_base& work);

}  // namespace hayden::db
