#include <algorithm>

#include "api/handlers/access.hpp"
#include "api/members.hpp"
#include "api/odc/input.hpp"
#include "api/odc/output.hpp"
#include "auth/secret.hpp"
#include "core/problem.hpp"
#include "db/access.hpp"

namespace hayden::api::handlers {
namespace {

Json user_json(const db::User& user) {
  return {{"name", user.name},
          {"role", user.role},
          {"description", user.description},
          {"protected", user.is_protected}};
}

}  // namespace

http::Response users(Call& call, const Services& services) {
  const auto form = form_of(call, true);
  Parameters(call, {}).done();
  auto list = Json::array();
  for (const auto& user : db::list_users(writers_of(services), call.caller.role)) {
    list.push_back(user_json(user));
  }
  call.rows = static_cast<std::int64_t>(list.size());
  return unshared_list(form, "users", {"name", "role", "description", "protected"}, list);
}

http::Response create_user(Call& call, const Services& services) {
  const auto form = form_of(call);
  Parameters(call, {}).done();
  Members members{read_document(call.request)};
  const db::User user{.name = members.text("name", ""),
                      .role = members.role("role"),
                      .description = members.note("description")};
  if (const auto mistake = db::mistake_of_user_name(user.name); !mistake.empty()) {
    members.mistakes().add("name", mistake);
  }
  members.done();
  auto& writers = writers_of(services);
  const auto password = auth::new_password();
  db::create_user(writers, call.caller.role, user, auth::scram_verifier(password));
  auto body = user_json(user);
  body["password"] = password;
  body["url"] = db::url_for(writers, user.name, password);
  return unshared(form, 201, body);
}

http::Response grant_role(Call& call, const Services& services) {
  const auto form = form_of(call);
  Parameters(call, {}).done();
  Members members{read_document(call.request)};
  const auto role = members.role("role");
  members.done();
  const auto& name = call.path.at("user");
  auto& writers = writers_of(services);
  db::grant_role(writers, call.caller.role, name, role);
  const auto all = db::list_users(writers, call.caller.role);
  const auto found = std::ranges::find(all, name, &db::User::name);
  if (found == all.end()) throw Problem(404, "NotFound", "there is no user '" + name + "'");
  return unshared(form, 200, user_json(*found));
}

http::Response delete_user(Call& call, const Services& services) {
  Parameters(call, {}).done();
  db::drop_user(writers_of(services), call.caller.role, call.path.at("user"));
  http::Response response;
  response.status = 204;
  return response;
}

}  // namespace hayden::api::handlers
