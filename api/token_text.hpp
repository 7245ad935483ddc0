#pragma once
#include "core/json.hpp"
#include "db/access.hpp"

namespace hayden::api {

/// A token as /odc/tokens and `hayden-admin token list --json` show it; null stands for never.
inline Json token_json(const db::Token& token) {
  const auto moment = [](const std::optional<std::string>& at) { return at ? Json(*at) : Json(); };
  return {{"id", token.id},
          {"name", token.name},
          {"role", token.role},
          {"note", token.note},
          {"created", token.created},
          {"created_by", token.created_by},
          {"expires", moment(token.expires)},
          {"revoked", moment(token.revoked)},
          {"last_used", moment(token.last_used)}};
}

}  // namespace hayden::api
