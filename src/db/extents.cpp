#include "db/extents.hpp"

#include "db/role_transaction.hpp"

namespace hayden::db {

int settle_extents(Pool& writers) {
  return with_connection(writers, false, [](Connection& connection) {
    RoleTransaction transaction(connection, "agdc_admin");
    const auto replaced = transaction.run(Sql{"select stac.settle_extents()"}).at(0)[0].as<int>();
    transaction.commit();
    return replaced;
  });
}

}  // namespace hayden::db
