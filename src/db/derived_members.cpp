#include "db/derived_members.hpp"

#include "db/role_transaction.hpp"

namespace hayden::db {

namespace {

template <typename Result>
Result call(Pool& writers, const char* function) {
  return with_connection(writers, false, [&](Connection& connection) {
    RoleTransaction transaction(connection, "agdc_admin");
    auto result = transaction.run(Sql{function}).at(0)[0].as<Result>();
    transaction.commit();
    return result;
  });
}

}  // namespace

int settle_extents(Pool& writers) { return call<int>(writers, "select stac.settle_extents()"); }

bool settle_summaries(Pool& writers) { return call<bool>(writers, "select stac.settle_summaries()"); }

}  // namespace hayden::db
