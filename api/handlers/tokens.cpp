#include <charconv>

#include "api/handlers/access.hpp"
#include "api/members.hpp"
#include "api/odc/input.hpp"
#include "api/odc/output.hpp"
#include "api/token_text.hpp"
#include "auth/token.hpp"
#include "core/problem.hpp"
#include "db/access.hpp"

namespace hayden::api::handlers {

http::Response tokens(Call& call, const Services& services) {
  const auto form = form_of(call, true);
  Parameters(call, {}).done();
  auto list = Json::array();
  for (const auto& token : db::list_tokens(writers_of(services), call.caller.role)) {
    list.push_back(token_json(token));
  }
  call.rows = static_cast<std::int64_t>(list.size());
  return unshared_list(
      form, "tokens",
      {"id", "name", "role", "note", "created", "created_by", "expires", "revoked", "last_used"}, list);
}

http::Response create_token(Call& call, const Services& services) {
  const auto form = form_of(call);
  Parameters(call, {}).done();
  Members members{read_document(call.request)};
  const Instant now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto token = auth::new_token();
  db::NewToken fresh{.hash = auth::token_hash(token),
                     .name = members.optional_name("name"),
                     .role = members.role("role"),
                     .note = members.note("note"),
                     .expires = auth::parse_expiry(members.text("expires", auth::usual_expiry), now,
                                                   "expires", members.mistakes()),
                     .creator = call.caller.name};
  members.done();
  auto body = token_json(db::create_token(writers_of(services), call.caller.role, fresh));
  body["token"] = token;
  return unshared(form, 201, body);
}

http::Response revoke_token(Call& call, const Services& services) {
  Parameters(call, {}).done();
  const auto& text = call.path.at("token");
  int id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size() ||
      !db::revoke_token(writers_of(services), call.caller.role, id)) {
    throw Problem(404, "NotFound", "there is no token '" + text + "'");
  }
  http::Response response;
  response.status = 204;
  return response;
}

}  // namespace hayden::api::handlers
