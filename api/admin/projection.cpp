#include <chrono>
#include <iostream>
#include <memory>

#include "commands.hpp"
#include "core/json.hpp"
#include "db/rebuild.hpp"
#include "db/verify.hpp"

namespace hayden::admin {
namespace {

db::PoolOptions pool_options(const std::string& url) {
  return {.url = url,
          .application = "hayden-admin",
          .size = 1,
          .statement_timeout = std::chrono::milliseconds{0}};
}

/// Says how far it has come, to stderr, now and then.
class Progress {
 public:
  template <typename Write>
  void tell(const Write& write) {
    const auto now = std::chrono::steady_clock::now();
    if (now - told_ < interval) return;
    told_ = now;
    write(std::cerr);
    std::cerr << '\n' << std::flush;
  }

 private:
  static constexpr std::chrono::seconds interval{2};
  std::chrono::steady_clock::time_point told_ = std::chrono::steady_clock::now();
};

void print(const db::Difference& difference) {
  std::cout << difference.kind;
  if (!difference.dataset_id.empty()) std::cout << "  dataset " << difference.dataset_id;
  if (!difference.collection.empty()) std::cout << "  " << difference.collection << '/' << difference.item_id;
  std::cout << ": " << difference.finding << "; " << difference.remedy << '\n';
}

void print_json(const Json& json) { std::cout << dump_json(json) << '\n'; }

Json json_of(const db::Difference& difference) {
  return {{"kind", difference.kind},
          {"dataset", difference.dataset_id},
          {"collection", difference.collection},
          {"item", difference.item_id},
          {"finding", difference.finding},
          {"remedy", difference.remedy},
          {"repairable", difference.repairable}};
}

int run_verify(const std::string& url, bool as_json, bool repair) {
  db::Pool pool(pool_options(url));
  Progress progress;
  db::VerifyOptions options;
  options.repair = repair;
  options.found = [as_json](const db::Difference& difference) {
    if (as_json) return print_json(json_of(difference));
    print(difference);
  };
  options.without_item = [as_json](const std::string& id, const std::string& reason) {
    if (as_json) return print_json({{"kind", "without_item"}, {"dataset", id}, {"finding", reason}});
    std::cout << "without Item  dataset " << id << ": " << reason << '\n';
  };
  options.progress = [&progress](const db::VerifyReport& so_far) {
    progress.tell(
        [&](std::ostream& out) { out << so_far.datasets << " datasets, " << so_far.items << " items"; });
  };
  const auto report = db::verify(pool, options);
  if (as_json) {
    print_json({{"kind", "summary"},
                {"datasets", report.datasets},
                {"items", report.items},
                {"waiting", report.waiting},
                {"without_item", report.without_item},
                {"differences", report.differences},
                {"repaired", report.repaired}});
  } else {
    std::cout << report.datasets << " datasets and " << report.items << " items compared, " << report.waiting
              << " wait for their projection, " << report.without_item
              << " have no Item form: " << report.differences << " differences";
    if (repair) std::cout << ", " << report.repaired << " handed to the projection of hayden-api";
    std::cout << '\n';
  }
  return report.differences == 0 ? EXIT_SUCCESS : exit_failed;
}

int run_rebuild(const std::string& url, db::RebuildOptions options) {
  db::Pool pool(pool_options(url));
  Progress progress;
  const auto write = [](std::ostream& out, const db::RebuildReport& report) {
    out << report.datasets << " of " << report.total << " datasets, " << report.items_written << " items and "
        << report.datasets_written << " dataset documents written, " << report.failed << " without Item form";
  };
  options.progress = [&](const db::RebuildReport& so_far) {
    progress.tell([&](std::ostream& out) { write(out, so_far); });
  };
  const auto report = db::rebuild(pool, options);
  if (report.continued) std::cout << "continued where the last rebuild had stopped: ";
  write(std::cout, report);
  std::cout << (options.dry_run ? "; nothing was changed: this was a dry run\n" : "\n");
  return EXIT_SUCCESS;
}

void add_verify(CLI::App& app, Command& command) {
  struct Options {
    bool json = false, repair = false;
  };
  const auto options = std::make_shared<Options>();
  auto* const verify = app.add_subcommand("verify",
                                          "Compare the STAC face of every scene with its Open Data Cube "
                                          "face. Prints each difference with its remedy; "
                                          "the exit code is 0 when there is none. Safe while others write.");
  verify->add_flag("--json", options->json, "One JSON object per line");
  verify->add_flag(
      "--repair", options->repair,
      "Hand what can be repaired to the projection of hayden-api; the remedies say what that does");
  verify->callback([&command, options] {
    command.run = [&command, options] {
      return run_verify(command.database_url, options->json, options->repair);
    };
  });
}

void add_rebuild(CLI::App& app, Command& command) {
  const auto options = std::make_shared<db::RebuildOptions>();
  auto* const rebuild = app.add_subcommand("rebuild",
                                           "Derive anew every Item that came by the Open Data Cube and every "
                                           "dataset document that came by STAC, as after "
                                           "an upgrade that derives them otherwise. Writes only what "
                                           "differs; one that was stopped goes on where it was.");
  rebuild->add_option("--product", options->products, "Only these products")->type_name("NAME");
  rebuild->add_option("--collection", options->collections, "Only these collections")->type_name("ID");
  rebuild->add_flag("--dry-run", options->dry_run, "Only count what would be written");
  rebuild->callback([&command, options] {
    command.run = [&command, options] { return run_rebuild(command.database_url, *options); };
  });
}

}  // namespace

void add_projection_commands(CLI::App& app, Command& command) {
  add_verify(app, command);
  add_rebuild(app, command);
}

}  // namespace hayden::admin
