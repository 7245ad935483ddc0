#include "api/settings.hpp"

#include "api/caller.hpp"
#include "core/problem.hpp"

namespace hayden::api {

RoleMap parse_role_map(std::string_view text) {
  RoleMap map;
  Mistakes mistakes;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto entry = text.substr(0, comma);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    const auto equals = entry.rfind('=');  // a value may hold one, a role does not
    const auto value = entry.substr(0, equals);
    const auto role = equals == std::string_view::npos ? std::string_view{} : entry.substr(equals + 1);
    if (value.empty() || rank_of(role) == 0) {
      mistakes.add("--oidc-role-map", "'" + std::string{entry} +
                                          "' must be value=role, the role one of agdc_user, agdc_ingest, "
                                          "agdc_manage and agdc_admin");
    } else {
      map.emplace_back(value, role);
    }
  }
  mistakes.throw_if_any();
  return map;
}

}  // namespace hayden::api
