#include "db/migrate.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <thread>
#include <utility>

#include "db/admin_connection.hpp"
#include "db/migration_history.hpp"

namespace hayden::db {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view no_transaction_mark = "-- hayden: no transaction";

/// Any number will do, as long as all releases use the same.
constexpr std::int64_t lock_key = 4'602'820'200'904;
constexpr std::chrono::milliseconds lock_poll{200};

struct Record {
  std::string name, sha256, applied_at;
  std::int64_t ms = 0;
  int statements = 0;  ///< of a file without transaction, how many are done

  bool complete() const { return !applied_at.empty(); }
};
using History = std::map<int, Record>;

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    hex += digits[digest.at(i) >> 4U];
    hex += digits[digest.at(i) & 15U];
  }
  return hex;
}

History read_history(pqxx::transaction_base& work) {
  History history;
  if (work.exec1("select to_regclass('hayden.migration') is null")[0].as<bool>()) return history;
  for (const auto& row :
       work.exec("select number, name, sha256, ms, statements,"
                 " coalesce(to_char(applied_at at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), '')"
                 " from hayden.migration order by number")) {
    history[row[0].as<int>()] = {.name = row[1].as<std::string>(),
                                 .sha256 = row[2].as<std::string>(),
                                 .applied_at = row[5].as<std::string>(),
                                 .ms = row[3].as<std::int64_t>(),
                                 .statements = row[4].as<int>()};
  }
  return history;
}

/// The first migration would stop half way there, having said less.
void refuse_foreign_index(pqxx::transaction_base& work) {
  if (holds_foreign_index(work)) {
    throw Problem(
        409, "ForeignIndex",
        "this database holds a schema agdc already, made by datacube; take it over with: hayden-admin "
        "adopt");
  }
}

[[noreturn]] void refuse(const std::string& sentence) { throw Problem(409, "MigrationHistory", sentence); }

std::string quoted_name(int number, const std::string& name) {
  return Migration{.number = number, .name = name, .sql = {}}.file_name();
}

std::vector<Migration> pending_after(const History& history, std::span<const Migration> migrations) {
  for (const auto& [number, record] : history) {
    const auto known = std::ranges::find(migrations, number, &Migration::number);
    if (known == migrations.end()) {
      refuse("the database has migration " + quoted_name(number, record.name) +
             ", which this program does not know; use the release that applied it, or a later one");
    }
    if (record.complete() && record.sha256 != sha256_hex(known->sql)) {
      refuse("migration " + quoted_name(number, record.name) +
             " was applied with other content than this program carries; an applied migration may not be "
             "edited: "
             "put the file back as it was and add a new one");
    }
  }
  std::vector<Migration> pending;
  for (const Migration& migration : migrations) {
    const auto record = history.find(migration.number);
    if (record == history.end() || !record->second.complete()) {
      pending.push_back(migration);
    } else if (!pending.empty()) {
      refuse("migration " + pending.front().file_name() + " is missing in the database although " +
             migration.file_name() +
             " is applied; restore the table hayden.migration or the database from a backup");
    }
  }
  return pending;
}

void make_extension(pqxx::connection& connection, const std::string& extension) {
  pqxx::work work{connection};
  if (!work.exec_params("select from pg_extension where extname = $1", extension).empty()) return;
  const auto database = work.exec1("select current_database(), current_user");
  const std::string where = " in database " + database[0].as<std::string>();
  if (work.exec_params("select from pg_available_extensions where name = $1", extension).empty()) {
    throw Problem(500, "ExtensionMissing",
                  "the PostgreSQL server does not offer the extension " + extension +
                      "; install it there (on Debian: postgresql-15-postgis-3 and postgresql-contrib)");
  }
  try {
    work.exec("create extension if not exists " + work.quote_name(extension));
    work.commit();
  } catch (const pqxx::insufficient_privilege&) {
    throw Problem(500, "ExtensionMissing",
                  "the extension " + extension + " is missing" + where + " and login " +
                      database[1].as<std::string>() + " may not create it; run as a superuser" + where +
                      ": create extension " + extension);
  }
}

std::chrono::milliseconds since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
}

void record(pqxx::transaction_base& work, const Migration& migration, int statements) {
  work.exec_params0(
      "insert into hayden.migration (number, name, sha256, statements) values ($1, $2, $3, $4)"
      " on conflict (number) do update set name = excluded.name, sha256 = excluded.sha256, statements = "
      "excluded.statements",
      migration.number, std::string(migration.name), sha256_hex(migration.sql), statements);
}

void record_complete(pqxx::transaction_base& work, const Migration& migration,
                     std::chrono::milliseconds took) {
  work.exec_params0(
      "update hayden.migration set applied_at = clock_timestamp(), ms = ms + $2 where number = $1",
      migration.number, took.count());
}

void apply_in_transaction(pqxx::connection& connection, const Migration& migration) {
  const auto start = Clock::now();
  pqxx::work work{connection};
  try {
    work.exec("set local lock_timeout = '30s'");
    work.exec(std::string(migration.sql));
    work.exec("set local role none");
    record(work, migration, 0);
    record_complete(work, migration, since(start));
    work.commit();
  } catch (const pqxx::failure&) {
    throw administration_problem("migration " + migration.file_name() + " failed and left nothing behind");
  }
}

void apply_statement_by_statement(pqxx::connection& connection, const Migration& migration,
                                  const History& history) {
  const auto statements = split_statements(migration.sql);
  const auto known = history.find(migration.number);
  const bool resumes = known != history.end() && known->second.sha256 == sha256_hex(migration.sql);
  for (std::size_t next = resumes ? static_cast<std::size_t>(known->second.statements) : 0;
       next < statements.size(); ++next) {
    try {
      pqxx::nontransaction work{connection};
      record(work, migration, static_cast<int>(next));
      drop_invalid_index(work, statements[next]);
      work.exec(statements[next]);
      record(work, migration, static_cast<int>(next) + 1);
    } catch (const pqxx::failure&) {
      throw administration_problem("migration " + migration.file_name() + " stopped at statement " +
                                   std::to_string(next + 1) + " of " + std::to_string(statements.size()) +
                                   " and will go on there when migrate runs again");
    }
  }
}

void apply_without_transaction(pqxx::connection& connection, const Migration& migration,
                               const History& history) {
  const auto start = Clock::now();
  apply_statement_by_statement(connection, migration, history);
  pqxx::work work{connection};
  record(work, migration, static_cast<int>(split_statements(migration.sql).size()));
  record_complete(work, migration, since(start));
  work.commit();
}

bool is_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '_' || byte >= 0x80;
}

/// The length of a dollar quote's opening tag at the start of `text`, 0 when there is none.
std::size_t dollar_tag(std::string_view text) {
  const auto end = text.find('$', 1);
  if (!text.starts_with('$') || end == std::string_view::npos) return 0;
  const auto name = text.substr(1, end - 1);
  return std::ranges::all_of(name, is_word) &&
                 (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) == 0)
             ? end + 1
             : 0;
}

std::size_t length_up_to(std::string_view text, std::string_view end, std::size_t from) {
  const auto found = text.find(end, from);
  return found == std::string_view::npos ? text.size() : found + end.size();
}

std::size_t block_comment(std::string_view text) {
  int depth = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with("/*")) {
      ++depth;
      at += 2;
    } else if (text.substr(at).starts_with("*/")) {
      at += 2;
      if (--depth == 0) return at;
    } else {
      ++at;
    }
  }
  return text.size();
}

std::size_t escape_string(std::string_view text) {
  for (std::size_t at = 2; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '\'') {
      return at + 1;
    }
  }
  return text.size();
}

/// The length of the token at the start of `text` that may hold a `;`; 1 for anything else.
std::size_t token_length(std::string_view text) {
  if (text.starts_with("--")) return length_up_to(text, "\n", 0);
  if (text.starts_with("/*")) return block_comment(text);
  if (text.starts_with('\'') || text.starts_with('"')) return length_up_to(text, text.substr(0, 1), 1);
  if (text.starts_with("E'") || text.starts_with("e'")) return escape_string(text);
  if (is_word(text[0]))
    return static_cast<std::size_t>(std::ranges::find_if_not(text, is_word) - text.begin());
  if (const auto tag = dollar_tag(text); tag > 0) return length_up_to(text, text.substr(0, tag), tag);
  return 1;
}

bool is_comment(std::string_view token) { return token.starts_with("--") || token.starts_with("/*"); }

}  // namespace

/// Asks again and again instead of waiting inside one statement: a waiting statement holds a snapshot, and
/// a `create index concurrently` of the process that has the lock would wait for it for ever.
MigrationLock::MigrationLock(pqxx::connection& connection, const MigrateListener& listener)
    : connection_(connection) {
  for (bool told = false; !take(); std::this_thread::sleep_for(lock_poll)) {
    if (!std::exchange(told, true)) listener.waiting();
  }
}

bool MigrationLock::take() {
  pqxx::nontransaction work{connection_};
  return work.exec_params1("select pg_try_advisory_lock($1)", lock_key)[0].as<bool>();
}

void make_history_table(pqxx::connection& connection) {
  pqxx::work work{connection};
  if (work.exec1("select to_regclass('hayden.migration') is not null")[0].as<bool>()) return;
  work.exec(R"(
    create schema if not exists hayden;
    create table hayden.migration (
      number integer primary key,
      name text not null,
      sha256 text not null,
      applied_at timestamptz,
      ms bigint not null default 0,
      statements integer not null default 0
    );
    comment on column hayden.migration.applied_at is 'null while a migration without transaction is unfinished';
    comment on column hayden.migration.statements is 'of a migration without transaction, how many statements are done';)");
  work.commit();
}

void record_as_applied(pqxx::transaction_base& work, const Migration& migration) {
  record(work, migration, 0);
  record_complete(work, migration, {});
}

void drop_invalid_index(pqxx::nontransaction& work, const std::string& statement) {
  for (const auto& row : work.exec_params(
           "select i.indexrelid::regclass::text from pg_index i join pg_class c on c.oid = i.indexrelid"
           " where not i.indisvalid and c.relkind = 'i'"
           " and $1 ~* ('^\\s*create\\s+(unique\\s+)?index\\s+concurrently\\s.*\\m' || c.relname || '\\M')",
           statement)) {
    work.exec("drop index concurrently " + row[0].as<std::string>());
  }
}

bool holds_foreign_index(pqxx::transaction_base& work) {
  return work.exec1("select to_regnamespace('agdc') is not null")[0].as<bool>() && read_history(work).empty();
}

bool Migration::in_transaction() const {
  return sql.substr(0, sql.find_first_of("\r\n")) != no_transaction_mark;
}

std::string Migration::file_name() const {
  std::string digits = std::to_string(number);
  if (digits.size() < 4) digits.insert(0, 4 - digits.size(), '0');
  return digits + "_" + std::string(name);
}

std::vector<std::string> split_statements(std::string_view script) {
  std::vector<std::string> statements;
  std::string statement;
  const auto finish = [&] {
    const auto end = statement.find_last_not_of(" \t\r\n");
    if (end != std::string::npos) statements.push_back(statement.substr(0, end + 1));
    statement.clear();
  };
  while (!script.empty()) {
    const auto token = script.substr(0, token_length(script));
    script.remove_prefix(token.size());
    if (token == ";") {
      finish();
    } else if (is_comment(token)) {
      if (!statement.empty()) statement += '\n';
    } else if (!statement.empty() || token.find_first_not_of(" \t\r\n") != std::string_view::npos) {
      statement += token;
    }
  }
  finish();
  return statements;
}

MigrationState migration_state(const std::string& url, std::span<const Migration> migrations) {
  const auto connection = connect_for_administration(url);
  try {
    pqxx::nontransaction work{*connection};
    refuse_foreign_index(work);
    const History history = read_history(work);
    MigrationState state{.applied = {}, .pending = pending_after(history, migrations)};
    for (const auto& [number, record] : history) {
      state.applied.push_back({number, record.name, record.applied_at, record.ms});
    }
    return state;
  } catch (const pqxx::failure&) {
    throw administration_problem("cannot read hayden.migration");
  }
}

void migrate(const std::string& url, const MigrateListener& listener, std::span<const Migration> migrations) {
  const auto connection = connect_for_administration(url);
  try {
    const MigrationLock lock{*connection, listener};
    const auto history = [&] {
      pqxx::nontransaction work{*connection};
      refuse_foreign_index(work);
      return read_history(work);
    }();
    const auto pending = pending_after(history, migrations);
    if (pending.empty()) return;
    for (const auto extension : required_extensions) make_extension(*connection, std::string(extension));
    make_history_table(*connection);
    for (const Migration& migration : pending) {
      const auto start = Clock::now();
      if (migration.in_transaction()) {
        apply_in_transaction(*connection, migration);
      } else {
        apply_without_transaction(*connection, migration, history);
      }
      listener.applied(migration, since(start));
    }
  } catch (const pqxx::failure&) {
    throw administration_problem("the database could not be migrated");
  }
}

}  // namespace hayden::db
