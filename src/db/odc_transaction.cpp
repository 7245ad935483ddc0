#include "db/odc_transaction.hpp"

namespace hayden::db {

std::optional<std::string> refusal_of(const pqxx::sql_error& error) {
  const std::string_view state = error.sqlstate();
  if (state.starts_with("22")) {
    return "a value cannot be stored: one of the search fields of the product is not of its type, or a range "
           "begins after its end";
  }
  if (state.starts_with("54")) return "a value of a search field is too long to be indexed";
  if (state == "23514") return "a name may hold letters, digits and underscores only";
  return {};
}

}  // namespace hayden::db
