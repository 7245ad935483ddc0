#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/problem.hpp"
#include "core/time.hpp"

namespace hayden::auth {

/// What every token of Hayden starts with, so that people and secret scanners know one when they see it.
inline constexpr std::string_view token_prefix = "hayden_";

/// `hayden_`, 43 characters for 256 random bits, 4 for a checksum.
std::string new_token();

/// True when prefix, length and checksum are right: a mistyped or cut token is known without a database.
bool is_token(std::string_view text);

/// What is kept of a token, 32 bytes: SHA-256. A slow hash with a salt protects what people can guess; nobody
/// guesses 256 random bits, and every request has to compute this one.
std::string token_hash(std::string_view token);

/// How long tokens are good for when nobody says.
inline constexpr std::string_view usual_expiry = "90d";

/// When something ends; nothing: never.
using Expiry = std::optional<Instant>;

/// Reads `never`, a number of hours, days or weeks from now (`12h`, `90d`, `8w`), a date (its first moment in
/// UTC) or an RFC 3339 date-time; at most 100 years ahead. A time that is past or no time at all becomes a
/// mistake at `where`.
Expiry parse_expiry(std::string_view text, Instant now, std::string_view where, Mistakes& mistakes);

}  // namespace hayden::auth
