#include "db/migrate.hpp"

#include <cstdlib>
#include <iostream>
#include <memory>

#include "commands.hpp"
#include "db/doctor.hpp"

namespace hayden::admin {
namespace {

using db::Migration;

void print(const Migration& migration, std::string_view remark) {
  std::cout << migration.file_name() << "  " << remark << '\n' << std::flush;
}

std::string_view manner(const Migration& migration) {
  return migration.in_transaction() ? "pending" : "pending, statement by statement outside a transaction";
}

int run_dry(const std::string& url) {
  const auto pending = db::migration_state(url).pending;
  for (const Migration& migration : pending) print(migration, manner(migration));
  std::cout << (pending.empty() ? "nothing to do\n" : "nothing was changed: this was a dry run\n");
  return EXIT_SUCCESS;
}

int run_migrate(const std::string& url) {
  int applied = 0;
  db::migrate(url, {.waiting = [] { std::cerr << "waiting: another process is migrating this database\n"; },
                    .applied =
                        [&applied](const Migration& migration, std::chrono::milliseconds took) {
                          ++applied;
                          print(migration, "applied in " + std::to_string(took.count()) + " ms");
                        }});
  if (applied == 0) std::cout << "nothing to do\n";
  return EXIT_SUCCESS;
}

int run_status(const std::string& url) {
  const auto state = db::migration_state(url);
  for (const auto& applied : state.applied) {
    if (applied.applied_at.empty()) continue;
    print({.number = applied.number, .name = applied.name, .sql = {}},
          "applied " + applied.applied_at + " in " + std::to_string(applied.ms) + " ms");
  }
  for (const Migration& migration : state.pending) print(migration, manner(migration));
  return EXIT_SUCCESS;
}

int run_doctor(const std::string& url) {
  bool all_ok = true;
  for (const auto& check : db::examine(url)) {
    all_ok = all_ok && check.ok;
    std::cout << (check.ok ? "ok    " : "FAIL  ") << check.name << ": " << check.finding;
    if (!check.remedy.empty()) std::cout << "; " << check.remedy;
    std::cout << '\n';
  }
  return all_ok ? EXIT_SUCCESS : exit_failed;
}

}  // namespace

void add_migrate_commands(CLI::App& app, Command& command) {
  const auto dry = std::make_shared<bool>(false);
  auto* const migrate = app.add_subcommand(
      "migrate", "Bring the database up to date. Safe to repeat, and to start twice at once.");
  migrate->add_flag("--dry-run", *dry, "Only tell what would be applied");
  migrate->callback([&command, dry] {
    command.run = [&command, dry] {
      return *dry ? run_dry(command.database_url) : run_migrate(command.database_url);
    };
  });
  app.add_subcommand("status", "List the migrations that are applied and those that are pending.")
      ->callback([&command] { command.run = [&command] { return run_status(command.database_url); }; });
  app.add_subcommand("doctor",
                     "Check the database, its version, extensions, migrations and roles, the rights of the "
                     "login and the clock; one line each, with a remedy where one is needed.")
      ->callback([&command] { command.run = [&command] { return run_doctor(command.database_url); }; });
}

}  // namespace hayden::admin
