#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"
#include "db/pool.hpp"

/// Tokens and database logins (docs/access.md). What changes or lists them runs under `role`, one of the agdc
/// roles: the database refuses, with Problem(403), what that role may not do.
namespace hayden::db {

/// A token as those who hold it are known by it.
struct FoundToken {
  int id = 0;
  std::string name, role;
  enum class State { valid, expired, revoked } state = State::valid;
};

/// By SHA-256 of the token (32 bytes); nothing when there is none. The pool may be read-only.
std::optional<FoundToken> find_token(Pool& pool, std::string_view hash);

struct NewToken {
  std::string hash;       ///< 32 bytes
  std::string name = {};  ///< empty: token-<id>
  std::string role = {}, note = {};
  std::optional<Instant> expires = {};
  std::string creator = {};
};

/// A token as administrators see it. Times are RFC 3339, UTC.
struct Token {
  int id = 0;
  std::string name, role, note, created, created_by;
  std::optional<std::string> expires, revoked;
  std::optional<std::string> last_used;  ///< to within minutes
};

Token create_token(Pool& pool, std::string_view role, const NewToken& token);
std::vector<Token> list_tokens(Pool& pool, std::string_view role);
/// False when there is no such token. One that was revoked before stays as it was.
bool revoke_token(Pool& pool, std::string_view role, int id);
void note_token_use(Pool& pool, const std::vector<int>& ids);

/// A login of the database that has an agdc role.
struct User {
  std::string name = {}, role = {}, description = {};
  bool is_protected = false;  ///< Hayden's own, or with rights beyond its role: shown, never touched
};

/// What is wrong with a name for a new login, to follow it in a sentence; empty when it is fit.
std::string mistake_of_user_name(std::string_view name);

std::vector<User> list_users(Pool& pool, std::string_view role);
/// `verifier`: a SCRAM-SHA-256 one, as PostgreSQL keeps it. Throws Problem(409) when the name is taken.
void create_user(Pool& pool, std::string_view role, const User& user, const std::string& verifier);
/// Takes the agdc roles a login has and gives it this one. Throws Problem(404) or, when it is protected,
/// (409).
void grant_role(Pool& pool, std::string_view role, const std::string& user, const std::string& granted);
/// The same, and Problem(409) when something belongs to the login.
void drop_user(Pool& pool, std::string_view role, const std::string& user);

/// Where the pool's connections lead to, as a URL for another login.
std::string url_for(Pool& pool, std::string_view user, std::string_view password);

}  // namespace hayden::db
