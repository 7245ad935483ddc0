// hayden-admin: what an operator does to the database. Its commands are in api/admin.
#include <cstdlib>
#include <iostream>

#include "admin/commands.hpp"
#include "core/problem.hpp"

namespace {

constexpr int exit_usage = 2;

constexpr auto footer = R"(Exit codes: 0 all is well, 1 failed (one sentence says why), 2 wrong usage.

The login of --database-url owns the database and is a superuser or has CREATEROLE, so that it can make the roles
agdc_user, agdc_ingest, agdc_manage and agdc_admin of the Open Data Cube where they are missing.)";

/// Defaults for libpq, which what the URL or the environment says overrides.
void set_connection_defaults() {
  constexpr int keep = 0;
  setenv("PGCONNECT_TIMEOUT", "10", keep);
  setenv("PGAPPNAME", "hayden-admin", keep);
}

}  // namespace

int main(int argc, char** argv) {
  hayden::admin::Command command;
  CLI::App app{"Looks after the database of Hayden.", "hayden-admin"};
  app.footer(footer);
  app.fallthrough();
  app.require_subcommand(1);
  app.add_option("--database-url", command.database_url,
                 "The database: postgresql://login:password@host:port/name")
      ->envname("HAYDEN_DATABASE_URL")
      ->required();
  hayden::admin::add_adopt_command(app, command);
  hayden::admin::add_migrate_commands(app, command);
  hayden::admin::add_projection_commands(app, command);
  hayden::admin::add_queryable_commands(app, command);
  hayden::admin::add_token_commands(app, command);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == EXIT_SUCCESS ? EXIT_SUCCESS : exit_usage;
  }

  set_connection_defaults();
  try {
    return command.run();
  } catch (const hayden::Problem& problem) {
    std::cerr << "hayden-admin: " << problem.what() << '\n';
  } catch (const std::exception&) {
    std::cerr << "hayden-admin: stopped by an internal error; please report it with the command you ran\n";
  }
  return hayden::admin::exit_failed;
}
