#pragma once
#include <string_view>

#include "core/json.hpp"

namespace hayden::db {

/// Parses a document that the database holds, nested as deep as PostgreSQL lets jsonb be: foreign clients
/// store what they like. Wide objects take linear time, unlike with Json::parse.
inline Json parse_stored_json(std::string_view text) {
  constexpr int deeper_than_any = 10'000;
  return parse_json(text, deeper_than_any);
}

}  // namespace hayden::db
