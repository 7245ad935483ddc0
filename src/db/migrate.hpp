#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hayden::db {

/// One file of db/migrations, `NNNN_name.sql`. A file is applied in one transaction, together with its record
/// in hayden.migration, unless its first line is `-- hayden: no transaction`: then its statements run one by
/// one (what `create index concurrently` needs), progress is recorded after each, and a run that broke off
/// goes on where it stopped. Such a file is written with `if not exists`: should it change before it is
/// complete, it starts over.
struct Migration {
  int number = 0;
  std::string_view name;
  std::string_view sql;

  bool in_transaction() const;
  std::string file_name() const;  ///< `0001_agdc`
};

/// The files of db/migrations as they were when this binary was built, by number.
std::span<const Migration> embedded_migrations();

struct AppliedMigration {
  int number = 0;
  std::string name;
  std::string applied_at;  ///< RFC 3339, UTC; empty while a file without transaction is unfinished
  std::int64_t ms = 0;
};

struct MigrationState {
  std::vector<AppliedMigration> applied;
  std::vector<Migration> pending;  ///< in the order they would run; an unfinished one is in both
};

/// What the caller of migrate() wishes to hear of while it runs.
struct MigrateListener {
  std::function<void()> waiting = [] {};  ///< another process migrates this database
  std::function<void(const Migration&, std::chrono::milliseconds)> applied = [](const auto&, auto) {};
};

/// Reads what was applied and what would be; changes nothing. Throws Problem with one sentence for the
/// operator when the database cannot be reached, or when its history does not fit: a migration applied with
/// other content, one that this binary does not know, or one that is missing before an applied one.
MigrationState migration_state(const std::string& url,
                               std::span<const Migration> migrations = embedded_migrations());

/// Applies what is pending. The whole run holds an advisory lock; concurrent runs wait their turn. Creates
/// the extensions that are missing. Throws Problem like migration_state(), and when a migration or an
/// extension fails; what was applied before that stays.
void migrate(const std::string& url, const MigrateListener& listener = {},
             std::span<const Migration> migrations = embedded_migrations());

/// The statements of an SQL script without their `;`. Knows quotes, dollar quotes and comments.
std::vector<std::string> split_statements(std::string_view script);

}  // namespace hayden::db
