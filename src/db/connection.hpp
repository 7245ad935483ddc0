#pragma once
// Only src/db includes this file: it is where libpqxx is known.
#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <string_view>
#include <vector>

#include "db/pool.hpp"
#include "db/sql.hpp"

namespace hayden::db {

class Connection {
 public:
  explicit Connection(const PoolOptions& options);

  /// Runs one statement in autocommit. For readers, whose session is read-only.
  pqxx::result run(const Sql& sql);
  pqxx::connection& raw() { return connection_; }
  bool broken() const { return broken_; }
  void mark_broken() { broken_ = true; }

 private:
  pqxx::connection connection_;
  std::unique_ptr<pqxx::errorhandler> notices_;  // after the connection: it signs off from it
  bool broken_ = false;
};

/// Runs `work(connection)`. A connection that turns out to be dead is thrown away; with `again`, for work
/// that writes nothing, it is tried once more on another. Failures of the database become Problems.
template <typename Work>
auto with_connection(Pool& pool, bool again, const Work& work) -> decltype(work(std::declval<Connection&>()));

/// To be called in a catch block: throws what the client may be told of the failure in hand, and keeps the
/// database's own words to the log.
[[noreturn]] void rethrow_as_problem();
void log_failure(std::string_view what);

template <typename Work>
auto with_connection(Pool& pool, bool again, const Work& work)
    -> decltype(work(std::declval<Connection&>())) {
  for (bool last = !again;; last = true) {
    auto lease = pool.lease();
    try {
      return work(*lease);
    } catch (const pqxx::broken_connection& error) {
      lease->mark_broken();
      if (last) rethrow_as_problem();
      log_failure(error.what());
    } catch (const pqxx::in_doubt_error&) {  // lost while committing: never tried again
      lease->mark_broken();
      rethrow_as_problem();
    } catch (const pqxx::failure&) {
      rethrow_as_problem();
    }
  }
}

}  // namespace hayden::db
