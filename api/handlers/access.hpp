#pragma once
#include "api/call.hpp"
#include "http/message.hpp"

/// Tokens of this service and logins of its database (docs/access.md); see api/handlers/handlers.hpp.
namespace hayden::api::handlers {

http::Response tokens(Call& call, const Services& services);
http::Response create_token(Call& call, const Services& services);
http::Response revoke_token(Call& call, const Services& services);

http::Response users(Call& call, const Services& services);
http::Response create_user(Call& call, const Services& services);
http::Response grant_role(Call& call, const Services& services);
http::Response delete_user(Call& call, const Services& services);

}  // namespace hayden::api::handlers
