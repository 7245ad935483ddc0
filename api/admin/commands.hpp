#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace hayden::admin {

inline constexpr int exit_failed = 1;

/// What the command line says. Each command declares itself and its options on the CLI::App and, when it is
/// the one given, sets `run`, which tells the exit code.
struct Command {
  std::string database_url;
  std::function<int()> run;
};

void add_adopt_command(CLI::App& app, Command& command);
void add_migrate_commands(CLI::App& app, Command& command);
void add_projection_commands(CLI::App& app, Command& command);
void add_queryable_commands(CLI::App& app, Command& command);
void add_token_commands(CLI::App& app, Command& command);

}  // namespace hayden::admin
