#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>

#include "load.hpp"
#include "report.hpp"
#include "run.hpp"

namespace {

using hayden::samples::Levels;

int load_and_tell(const hayden::bench::LoadOptions& options) {
  const auto report = hayden::bench::load(options);
  std::printf("%ju scenes in %.1f s, %.0f scenes/s\n", static_cast<std::uintmax_t>(report.scenes),
              report.seconds, static_cast<double>(report.scenes) / report.seconds);
  return 0;
}

int run_and_tell(const hayden::bench::RunOptions& options, const std::string& json_file) {
  const auto report = hayden::bench::run(options);
  std::cout << hayden::bench::markdown(report);
  if (!json_file.empty()) {
    std::ofstream out(json_file);
    out << hayden::bench::json(report) << '\n';
    if (!out.flush()) throw std::runtime_error("cannot write " + json_file);
  }
  for (const auto& pages : report.signed_pages) {
    if (pages.with_signatures.errors + pages.without.errors > 0)
      throw std::runtime_error("some answers were no 200");
  }
  for (const auto& result : report.results) {
    if (result.http.errors > 0) throw std::runtime_error("some answers were no 200: " + result.name);
    if (result.http.requests == 0 || result.sql.requests == 0)
      throw std::runtime_error("nothing was measured");
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Loads generated scenes, and measures the API against the SQL behind it"};
  app.require_subcommand(1);

  hayden::bench::LoadOptions load_options;
  load_options.samples.around.reset();
  load_options.samples.levels = Levels::l2;
  auto* loading = app.add_subcommand("load", "Write generated scenes of the whole world to the database");
  loading->add_option("--database-url", load_options.database_url)
      ->envname("HAYDEN_DATABASE_URL")
      ->required();
  loading->add_option("--scenes", load_options.scenes)->capture_default_str();
  loading->add_option("--threads", load_options.threads)->capture_default_str()->check(CLI::Range(1, 64));
  loading->add_option("--seed", load_options.samples.seed)->capture_default_str();
  loading->add_option("--level", load_options.samples.levels, "l1, l2 or both")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Levels>{{"l1", Levels::l1}, {"l2", Levels::l2}, {"both", Levels::both}}));

  hayden::bench::RunOptions run_options;
  std::string json_file;
  int pid = 0;
  auto* running = app.add_subcommand("run", "Measure a running API");
  running->add_option("--api", run_options.api_url, "http://host:port")->required();
  running->add_option("--database-url", run_options.database_url)->envname("HAYDEN_DATABASE_URL")->required();
  running->add_option("--collection", run_options.collection)->capture_default_str();
  running
      ->add_option("--connections", run_options.connections, "one or several numbers of clients, e.g. 1,64")
      ->delimiter(',')
      ->capture_default_str();
  running->add_option("--sql-threads", run_options.sql_threads, "the API's workers")->capture_default_str();
  running->add_option("--seconds", run_options.seconds, "for each side of each case")->capture_default_str();
  running->add_option("--rounds", run_options.rounds, "in which the sides take turns")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  running->add_flag("--signing", run_options.signing, "only what signed URLs in pages cost");
  auto* pid_option = running->add_option("--api-pid", pid, "tell the memory of this process");
  running->add_option("--json", json_file, "write the figures to this file too");
  CLI11_PARSE(app, argc, argv)

  try {
    if (pid_option->count() > 0) run_options.api_pid = pid;
    return loading->parsed() ? load_and_tell(load_options) : run_and_tell(run_options, json_file);
  } catch (const std::exception& error) {
    std::cerr << "hayden-bench: " << error.what() << '\n';
    return 1;
  }
}
