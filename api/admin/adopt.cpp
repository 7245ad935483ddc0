#include "db/adopt.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "commands.hpp"

namespace hayden::admin {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds between_lines{1'000};

std::string count_of(std::int64_t number) {
  auto digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string duration_of(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds);
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
}

/// How fast, and how long it will take if nothing changes.
std::string line_of(const db::BackfillProgress& progress) {
  const auto done = static_cast<double>(progress.written + progress.failed);
  const double rate = done / std::max(1e-3, std::chrono::duration<double>(progress.elapsed).count());
  std::string line = count_of(progress.written) + " Items derived, " + count_of(progress.waiting) +
                     " to go, " + count_of(static_cast<std::int64_t>(rate)) + "/s";
  if (progress.waiting > 0 && rate > 0)
    line += ", " + duration_of(static_cast<double>(progress.waiting) / rate) + " left";
  return line;
}

/// At most a line a second, and the last one.
class ProgressLines {
 public:
  void operator()(const db::BackfillProgress& progress) {
    if (progress.waiting > 0 && progress.elapsed < next_) return;
    next_ = progress.elapsed + between_lines;
    std::cerr << line_of(progress) << '\n';
  }

 private:
  milliseconds next_{};
};

int run_dry(const std::string& url) {
  const auto plan = db::plan_adoption(url);
  for (const auto& change : plan.changes) std::cout << change << '\n';
  for (const auto& migration : plan.pending) std::cout << "apply migration " << migration.file_name() << '\n';
  if (plan.datasets > 0) std::cout << "derive the Items of " << count_of(plan.datasets) << " datasets\n";
  std::cout << "nothing was changed: this was a dry run\n";
  return EXIT_SUCCESS;
}

int run_adopt(const std::string& url) {
  db::AdoptListener listener;
  listener.changed = [](const std::string& what) { std::cout << what << '\n' << std::flush; };
  listener.migrate.waiting = [] { std::cerr << "waiting: another process migrates this database\n"; };
  listener.migrate.applied = [](const db::Migration& migration, milliseconds took) {
    std::cout << migration.file_name() << "  applied in " << took.count() << " ms\n" << std::flush;
  };
  listener.backfilled = ProgressLines{};
  const auto progress = db::adopt(url, listener);
  std::cout << count_of(progress.written) << " Items derived\n";
  if (progress.failed > 0) {
    std::cout << count_of(progress.failed)
              << " documents have no Item; the table hayden.projection_error tells why\n";
  }
  return EXIT_SUCCESS;
}

}  // namespace

void add_adopt_command(CLI::App& app, Command& command) {
  const auto dry = std::make_shared<bool>(false);
  auto* const adopt = app.add_subcommand(
      "adopt",
      "Make an Open Data Cube index that datacube made a database of Hayden, and derive a STAC Item of each "
      "dataset. Run it with the login that Hayden is to use. What the index holds stays as it is. Can be "
      "stopped at any moment and run again.");
  adopt->add_flag("--dry-run", *dry, "Only tell what would be done");
  adopt->callback([&command, dry] {
    command.run = [&command, dry] {
      return *dry ? run_dry(command.database_url) : run_adopt(command.database_url);
    };
  });
}

}  // namespace hayden::admin
