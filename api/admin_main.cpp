// hayden-admin: what an operator does to the database.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

#include "core/problem.hpp"
#include "db/doctor.hpp"
#include "db/migrate.hpp"

namespace {

using hayden::db::Migration;

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

constexpr auto footer = R"(Exit codes: 0 all is well, 1 failed (one sentence says why), 2 wrong usage.

The login of --database-url owns the database and is a superuser or has CREATEROLE, so that it can make the roles
agdc_user, agdc_ingest, agdc_manage and agdc_admin of the Open Data Cube where they are missing.)";

void print(const Migration& migration, std::string_view remark) {
  std::cout << migration.file_name() << "  " << remark << '\n' << std::flush;
}

std::string_view manner(const Migration& migration) {
  return migration.in_transaction() ? "pending" : "pending, statement by statement outside a transaction";
}

int run_migrate(const std::string& url, bool dry_run) {
  if (dry_run) {
    const auto pending = hayden::db::migration_state(url).pending;
    for (const Migration& migration : pending) print(migration, manner(migration));
    std::cout << (pending.empty() ? "nothing to do\n" : "nothing was changed: this was a dry run\n");
    return EXIT_SUCCESS;
  }
  int applied = 0;
  hayden::db::migrate(
      url, {.waiting = [] { std::cerr << "waiting: another process is migrating this database\n"; },
            .applied =
                [&applied](const Migration& migration, std::chrono::milliseconds took) {
                  ++applied;
                  print(migration, "applied in " + std::to_string(took.count()) + " ms");
                }});
  if (applied == 0) std::cout << "nothing to do\n";
  return EXIT_SUCCESS;
}

int run_status(const std::string& url) {
  const auto state = hayden::db::migration_state(url);
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
  for (const auto& check : hayden::db::examine(url)) {
    all_ok = all_ok && check.ok;
    std::cout << (check.ok ? "ok    " : "FAIL  ") << check.name << ": " << check.finding;
    if (!check.remedy.empty()) std::cout << "; " << check.remedy;
    std::cout << '\n';
  }
  return all_ok ? EXIT_SUCCESS : exit_failed;
}

/// Defaults for libpq, which what the URL or the environment says overrides.
void set_connection_defaults() {
  constexpr int keep = 0;
  setenv("PGCONNECT_TIMEOUT", "10", keep);
  setenv("PGAPPNAME", "hayden-admin", keep);
}

}  // namespace

int main(int argc, char** argv) {
  std::string url;
  bool dry_run = false;
  CLI::App app{"Looks after the database of Hayden.", "hayden-admin"};
  app.footer(footer);
  app.fallthrough();
  app.require_subcommand(1);
  app.add_option("--database-url", url, "The database: postgresql://login:password@host:port/name")
      ->envname("HAYDEN_DATABASE_URL")
      ->required();
  auto* migrate = app.add_subcommand(
      "migrate", "Bring the database up to date. Safe to repeat, and to start twice at once.");
  migrate->add_flag("--dry-run", dry_run, "Only tell what would be applied");
  auto* status =
      app.add_subcommand("status", "List the migrations that are applied and those that are pending.");
  app.add_subcommand("doctor",
                     "Check the database, its version, extensions, migrations and roles, the rights of the "
                     "login and the clock; one line each, with a remedy where one is needed.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == EXIT_SUCCESS ? EXIT_SUCCESS : exit_usage;
  }

  set_connection_defaults();
  try {
    if (*migrate) return run_migrate(url, dry_run);
    if (*status) return run_status(url);
    return run_doctor(url);
  } catch (const hayden::Problem& problem) {
    std::cerr << "hayden-admin: " << problem.what() << '\n';
  } catch (const std::exception&) {
    std::cerr << "hayden-admin: stopped by an internal error; please report it with the command you ran\n";
  }
  return exit_failed;
}
