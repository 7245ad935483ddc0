#pragma once
// Only src/db includes this file: it is where libpqxx is known.
#include <optional>
#include <string>
#include <string_view>

#include "core/problem.hpp"
#include "db/connection.hpp"
#include "db/role_transaction.hpp"

namespace hayden::db {

/// What a client is told of a row that the database refuses because of what is in it; nothing when the
/// failure is not of that kind.
std::optional<std::string> refusal_of(const pqxx::sql_error& error);

/// Runs `work(RoleTransaction&)` in one transaction under the caller's role; `work` commits. What the
/// database refuses because of the client's data is a Problem(400), what other requests did meanwhile a
/// Problem(409).
template <typename Work>
auto under_role(Pool& writers, std::string_view role, const Work& work)
    -> decltype(work(std::declval<RoleTransaction&>())) {
  return with_connection(writers, false, [&](Connection& connection) {
    try {
      RoleTransaction transaction(connection, role);
      return work(transaction);
    } catch (const pqxx::insufficient_privilege&) {
      throw;
    } catch (const pqxx::transaction_rollback& error) {
      log_failure(error.what());
      throw Problem(409, "Conflict", "another request changed the same at this moment; try again");
    } catch (const pqxx::foreign_key_violation& error) {
      log_failure(error.what());
      throw Problem(409, "Conflict",
                    "another request added or removed what this one refers to; look and try again");
    } catch (const pqxx::sql_error& error) {
      const auto refusal = refusal_of(error);
      if (!refusal) throw;
      log_failure(error.what());
      throw Problem(400, "InvalidParameterValue", *refusal);
    }
  });
}

/// A point of time as the REST API writes it: an expression that gives RFC 3339 text, or null.
inline std::string sql_rfc3339(std::string_view expression) {
  return "to_char(" + std::string{expression} + R"( at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))";
}

inline std::string text_or_empty(const pqxx::field& field) { return field.is_null() ? "" : field.c_str(); }

}  // namespace hayden::db
