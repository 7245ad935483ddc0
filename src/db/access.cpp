#include "db/access.hpp"

#include <algorithm>

#include "core/json.hpp"
#include "core/percent.hpp"
#include "core/problem.hpp"
#include "db/connection.hpp"
#include "db/role_transaction.hpp"

namespace hayden::db {
namespace {

constexpr std::string_view token_columns =
    "select id, name, role, note, created_by, to_json(created), to_json(expires), to_json(revoked), "
    "to_json(last_used) from hayden.list_tokens()";

/// PostgreSQL's JSON form of a moment in UTC, `"2026-01-01T00:00:00.5+00:00"`, the way we write it.
std::optional<std::string> moment(const pqxx::field& field) {
  if (field.is_null()) return {};
  const std::string_view quoted{field.c_str(), field.size()};
  const auto instant = parse_rfc3339(quoted.substr(1, quoted.size() - 2));
  return instant ? format_rfc3339(*instant) : std::string{quoted};
}

Token token_of(const pqxx::row& row) {
  return {.id = row[0].as<int>(),
          .name = row[1].as<std::string>(),
          .role = row[2].as<std::string>(),
          .note = row[3].as<std::string>(),
          .created = moment(row[5]).value_or(""),
          .created_by = row[4].as<std::string>(),
          .expires = moment(row[6]),
          .revoked = moment(row[7]),
          .last_used = moment(row[8])};
}

FoundToken::State state_of(std::string_view text) {
  if (text == "expired") return FoundToken::State::expired;
  return text == "valid" ? FoundToken::State::valid : FoundToken::State::revoked;
}

/// Runs statements under a role in one transaction.
template <typename Work>
auto under_role(Pool& pool, std::string_view role, bool again, const Work& work) {
  return with_connection(pool, again, [&](Connection& connection) {
    RoleTransaction transaction{connection, role};
    auto result = work(transaction);
    transaction.commit();
    return result;
  });
}

/// Calls a function that tells how it ended (db/migrations/0006_access.sql); `user` is whom it is about.
void change_user(Pool& pool, std::string_view role, const Sql& call, const std::string& user) {
  const auto outcome = under_role(pool, role, false, [&](RoleTransaction& transaction) {
    return transaction.run(call).at(0)[0].as<std::string>();
  });
  if (outcome == "absent") throw Problem(404, "NotFound", "there is no user '" + user + "'");
  if (outcome == "taken") throw Problem(409, "Conflict", "there is a role '" + user + "' already");
  if (outcome == "protected") {
    throw Problem(
        409, "Protected",
        "'" + user + "' is Hayden's own login or has rights beyond its role; it is not changed here");
  }
  if (outcome == "owner") {
    throw Problem(409, "InUse",
                  "tables, views or rights in a database belong to '" + user +
                      "'; hand them over first, as a superuser: reassign owned by …, then drop owned by …");
  }
}

}  // namespace

std::optional<FoundToken> find_token(Pool& pool, std::string_view hash) {
  Sql sql{"select id, name, role, state from hayden.find_token("};
  sql.bind(to_hex(hash)).add("::bytea)");
  const auto rows = with_connection(pool, true, [&](Connection& connection) { return connection.run(sql); });
  if (rows.empty()) return {};
  const auto row = rows[0];
  return FoundToken{.id = row[0].as<int>(),
                    .name = row[1].as<std::string>(),
                    .role = row[2].as<std::string>(),
                    .state = state_of(row[3].as<std::string>())};
}

Token create_token(Pool& pool, std::string_view role, const NewToken& token) {
  Sql create{"select id from hayden.create_token("};
  create.bind(to_hex(token.hash)).add("::bytea, ").bind(token.name).add(", ").bind(token.role);
  create.add(", ").bind(token.note).add(", nullif(");
  create.bind(token.expires ? sql_time(*token.expires) : "").add("::text, '')::timestamptz, ");
  create.bind(token.creator).add(")");
  return under_role(pool, role, false, [&](RoleTransaction& transaction) {
    const auto id = transaction.run(create).at(0)[0].as<std::string>();
    Sql show{std::string{token_columns}};
    return token_of(transaction.run(show.add(" where id = ").bind(id)).at(0));
  });
}

std::vector<Token> list_tokens(Pool& pool, std::string_view role) {
  const auto rows = under_role(pool, role, true, [](RoleTransaction& transaction) {
    return transaction.run(Sql{std::string{token_columns}});
  });
  std::vector<Token> tokens;
  std::transform(rows.begin(), rows.end(), std::back_inserter(tokens), token_of);
  return tokens;
}

bool revoke_token(Pool& pool, std::string_view role, int id) {
  Sql sql{"select hayden.revoke_token("};
  sql.bind(std::to_string(id)).add(")");
  return under_role(pool, role, false,
                    [&](RoleTransaction& transaction) { return transaction.run(sql).at(0)[0].as<bool>(); });
}

void note_token_use(Pool& pool, const std::vector<int>& ids) {
  Sql sql{"select hayden.note_token_use("};
  sql.bind(dump_json(Json(ids))).add("::jsonb)");
  with_connection(pool, false, [&](Connection& connection) { return connection.run(sql); });
}

std::string mistake_of_user_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '@' || c == '-';
  };
  if (name.empty() || name.size() > 63 || !std::all_of(name.begin(), name.end(), fits) ||
      !((name.front() >= 'a' && name.front() <= 'z') || name.front() == '_')) {
    return "must be 1 to 63 of the characters a-z 0-9 _ . @ -, the first a letter or _";
  }
  for (const std::string_view prefix : {"pg_", "agdc_", "hayden_"}) {
    if (name.starts_with(prefix)) return "must not start with pg_, agdc_ or hayden_";
  }
  return {};
}

std::vector<User> list_users(Pool& pool, std::string_view role) {
  const auto rows = under_role(pool, role, true, [](RoleTransaction& transaction) {
    return transaction.run(
        Sql{"select name, role, coalesce(description, ''), protected from hayden.list_users()"});
  });
  std::vector<User> users;
  for (const auto& row : rows) {
    users.push_back({.name = row[0].as<std::string>(),
                     .role = row[1].as<std::string>(),
                     .description = row[2].as<std::string>(),
                     .is_protected = row[3].as<bool>()});
  }
  return users;
}

void create_user(Pool& pool, std::string_view role, const User& user, const std::string& verifier) {
  Sql sql{"select hayden.create_user("};
  sql.bind(user.name)
      .add(", ")
      .bind(user.role)
      .add(", ")
      .bind(verifier)
      .add(", ")
      .bind(user.description)
      .add(")");
  change_user(pool, role, sql, user.name);
}

void grant_role(Pool& pool, std::string_view role, const std::string& user, const std::string& granted) {
  Sql sql{"select hayden.grant_role("};
  change_user(pool, role, sql.bind(user).add(", ").bind(granted).add(")"), user);
}

void drop_user(Pool& pool, std::string_view role, const std::string& user) {
  Sql sql{"select hayden.drop_user("};
  change_user(pool, role, sql.bind(user).add(")"), user);
}

std::string url_for(Pool& pool, std::string_view user, std::string_view password) {
  return with_connection(pool, true, [&](Connection& connection) {
    const auto text = [](const char* value) { return std::string{value == nullptr ? "" : value}; };
    auto& raw = connection.raw();
    auto host = text(raw.hostname());
    if (host.find(':') != std::string::npos) host = '[' + host + ']';
    return "postgresql://" + percent_encode(user) + ':' + percent_encode(password) + '@' +
           percent_encode(host, "[]:") + ':' + text(raw.port()) + '/' + percent_encode(text(raw.dbname()));
  });
}

}  // namespace hayden::db
