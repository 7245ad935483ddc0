#include "crawl/options.hpp"

#include <CLI/CLI.hpp>
#include <map>
#include <string_view>

namespace hayden::crawl {
namespace {

constexpr auto examples = R"(Examples:
  hayden-crawler /data/landsat
  hayden-crawler --request-payer s3://usgs-landsat/collection02/level-2/standard/oli-tirs/2020/
  hayden-crawler --estimate --request-payer s3://usgs-landsat/collection02/level-2/
  hayden-crawler --dry-run --path-row 046/028 --cloud-below 20 s3://scenes
  hayden-crawler --objects-at s3://mirror/landsat scene_list.gz
  find . -name '*_MTL.json' | hayden-crawler --objects-at . -
  hayden-crawler --objects-at s3://scenes sqs:https://sqs.us-west-2.amazonaws.com/123456789012/new-scenes
  hayden-crawler failures list
Exit codes: 0 all well; 1 finished, some scenes failed; 2 wrong usage; 3 a source cannot be read;
4 the database cannot be used; 5 stopped at --max-requests or --max-cost; 130, 143 stopped by SIGINT, SIGTERM.)";

CLI::Option* add_database(CLI::App& app, Options& options) {
  return app.add_option("--database-url", options.database_url, "libpq URL of the database to write to")
      ->envname("HAYDEN_DATABASE_URL");
}

void add_s3(CLI::App& app, Options& options) {
  const auto* s3 = "S3";
  app.add_option("--endpoint-url", options.endpoint_url, "http(s)://host[:port] of an S3-compatible server")
      ->envname("AWS_ENDPOINT_URL")
      ->group(s3);
  app.add_option("--region", options.region,
                 "the bucket's region (default: AWS_REGION, the profile's, the server's)")
      ->group(s3);
  app.add_option("--profile", options.profile, "profile of the AWS credentials and config files")->group(s3);
  app.add_flag("--no-sign-request", options.no_sign_request,
               "ask anonymously, whatever credentials there are")
      ->group(s3);
  app.add_flag("--request-payer", options.request_payer, "pay for requests to a requester-pays bucket")
      ->group(s3);
  app.add_option(
         "--path-style", options.addressing,
         "https://host/bucket/key: always, never, or auto (for custom endpoints and dotted bucket names)")
      ->transform(
          CLI::CheckedTransformer(std::map<std::string, Addressing>{{"auto", Addressing::automatic},
                                                                    {"always", Addressing::path},
                                                                    {"never", Addressing::virtual_host}}))
      ->type_name("auto|always|never")
      ->group(s3);
  app.add_option("--max-requests", options.most_requests, "stop after so many requests to S3, in good order")
      ->check(CLI::PositiveNumber)
      ->group(s3);
  app.add_option("--max-cost", options.most_cost, "stop before requests cost more than so many US dollars")
      ->check(CLI::NonNegativeNumber)
      ->type_name("USD")
      ->group(s3);
  app.add_option("--price-list", options.prices.lists, "US dollars for 1000 requests to list")
      ->check(CLI::NonNegativeNumber)
      ->type_name("USD")
      ->capture_default_str()
      ->group(s3);
  app.add_option("--price-get", options.prices.gets, "US dollars for 1000 requests to read")
      ->check(CLI::NonNegativeNumber)
      ->type_name("USD")
      ->capture_default_str()
      ->group(s3);
}

// The filter tells itself what is wrong with a text.
template <typename Set>
std::function<void(const std::string&)> filter_option(Set set) {
  return [set](const std::string& text) {
    try {
      set(text);
    } catch (const Problem& problem) {
      throw CLI::ValidationError(problem.what());
    }
  };
}

void add_filter(CLI::App& app, SceneFilter& filter) {
  const auto* group = "Which scenes";
  app.add_option_function<std::string>(
         "--since", filter_option([&](const std::string& text) { filter.set_since(text); }),
         "taken then or later: 2020-01-31 or 2020-01-31T12:00:00Z")
      ->type_name("TIME")
      ->group(group);
  app.add_option_function<std::string>(
         "--bbox", filter_option([&](const std::string& text) { filter.set_bbox(text); }),
         "that touch a box: west,south,east,north in degrees; west > east crosses the antimeridian")
      ->type_name("BOX")
      ->group(group);
  const auto each = [](const auto& add) {
    return [add](const std::vector<std::string>& texts) {
      for (const auto& text : texts) add(text);
    };
  };
  app.add_option_function<std::vector<std::string>>(
         "--path-row", each(filter_option([&](const std::string& text) { filter.add_path_row(text); })),
         "of a WRS path and row, 046/028, or of a path, 046; may be repeated")
      ->type_name("PATH/ROW")
      ->allow_extra_args(false)
      ->group(group);
  app.add_option_function<std::vector<std::string>>(
         "--sensor", each(filter_option([&](const std::string& text) { filter.add_sensor(text); })),
         "oli, tirs, etm, tm, mss, or LC08, LE07, ...; may be repeated")
      ->type_name("SENSOR")
      ->allow_extra_args(false)
      ->group(group);
  app.add_option_function<std::vector<std::string>>(
         "--tier", each(filter_option([&](const std::string& text) { filter.add_tier(text); })),
         "T1, T2 or RT; may be repeated")
      ->type_name("TIER")
      ->allow_extra_args(false)
      ->group(group);
  app.add_option_function<double>(
         "--cloud-below", [&](const double& percent) { filter.set_cloud_below(percent); },
         "with less cloud than so many percent; a scene whose cloud is not known is passed over")
      ->check(CLI::Range(0.0, 100.1))
      ->type_name("PERCENT")
      ->group(group);
}

void add_harvest(CLI::App& app, Options& options) {
  const auto* harvest = "Harvest";
  app.add_option(
         "--href-base", options.harvest.href_base,
         "URL that asset hrefs are made below instead of the source, e.g. s3://usgs-landsat/collection02")
      ->group(harvest);
  app.add_option("--footprints", options.harvest.footprints,
                 "read footprints from what lies beside the MTL: the best there is, angle coefficients, or "
                 "nothing (a request less for each scene)")
      ->transform(CLI::CheckedTransformer(std::map<std::string, Footprints>{
          {"best", Footprints::best}, {"angles", Footprints::angles}, {"mtl", Footprints::mtl}}))
      ->type_name("best|angles|mtl")
      ->group(harvest);
  app.add_option("--concurrency", options.harvest.concurrency, "objects read at a time, at most")
      ->check(CLI::Range(1, 256))
      ->capture_default_str()
      ->group(harvest);
  app.add_option("--batch", options.harvest.batch, "scenes per transaction")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str()
      ->group(harvest);
}

void add_output(CLI::App& app, Options& options) {
  const auto* output = "Output";
  app.add_option("--progress", options.progress, "a bar on a terminal, else JSON lines")
      ->transform(
          CLI::CheckedTransformer(std::map<std::string, ProgressStyle>{{"auto", ProgressStyle::automatic},
                                                                       {"bar", ProgressStyle::bar},
                                                                       {"json", ProgressStyle::json},
                                                                       {"none", ProgressStyle::none}}))
      ->type_name("auto|bar|json|none")
      ->group(output);
  app.add_option("--report", options.report_file, "write the summary to FILE as JSON instead")
      ->type_name("FILE")
      ->group(output);
  app.add_option("--log-level", options.log_level, "least important messages shown")
      ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}))
      ->capture_default_str()
      ->group(output);
}

void describe_harvest(CLI::App& app, Options& options) {
  app.add_option(
         "source", options.sources,
         "s3://bucket/prefix, a folder, a file:// URL, a list of scenes ([format:]file, - is standard "
         "input), or sqs:URL of a queue of S3 events; one or more")
      ->required();
  auto* const database = add_database(app, options);
  add_s3(app, options);
  add_filter(app, options.harvest.filter);
  add_harvest(app, options);
  const auto* harvest = "Harvest";
  app.add_option("--objects-at", options.objects_at,
                 "where the objects of a list are, if not where it says: s3://bucket/prefix or a folder; a "
                 "queue's bucket")
      ->group(harvest);
  app.add_option("--list-threads", options.list_threads, "threads that list a bucket")
      ->check(CLI::Range(1, 64))
      ->capture_default_str()
      ->group(harvest);
  app.add_option("--limit", options.harvest.limit, "read at most so many scenes")
      ->check(CLI::PositiveNumber)
      ->group(harvest);
  app.add_flag("--force", options.harvest.force, "read scenes again that have not changed")->group(harvest);
  app.add_flag("--archive-removed", options.harvest.archive_removed,
               "archive scenes that are indexed but no longer in the source")
      ->group(harvest);
  app.add_flag("--dry-run", options.harvest.dry_run,
               "list what would be added or changed, and what is gone; write nothing")
      ->group(harvest);
  auto* const estimate =
      app.add_flag(
             "--estimate", options.estimate,
             "tell how many requests a first crawl of buckets would make and what they would cost; wants "
             "no database")
          ->group(harvest);
  app.add_option("--estimate-requests", options.estimate_requests,
                 "make about so many requests for it, at most; where that is too few the rest is sampled")
      ->check(CLI::Range(10, 1'000'000))
      ->needs(estimate)
      ->capture_default_str()
      ->group(harvest);
  app.parse_complete_callback([database, estimate] {
    if (database->count() == 0 && estimate->count() == 0) throw CLI::RequiredError("--database-url");
  });
  app.add_option("--watch", options.watch_seconds,
                 "run again so many seconds after each end, until told to stop")
      ->check(CLI::Range(1, 7 * 24 * 3600))
      ->type_name("SECONDS")
      ->group(harvest);
  add_output(app, options);
  app.footer(examples);
}

// `failures list|show|retry`: a word of its own before its options, so that a folder may have any name.
void describe_failures(CLI::App& app, Options& options) {
  app.require_subcommand(1);
  app.footer(R"(Examples:
  hayden-crawler failures list --source s3://usgs-landsat
  hayden-crawler failures show s3://usgs-landsat collection02/.../LC08_..._MTL.json > broken.json
  hayden-crawler failures retry --request-payer)");
  auto* list = app.add_subcommand("list", "prints each scene that failed: source, key, stage, time, reason");
  auto* show = app.add_subcommand("show", "prints the bytes of an object as they were read");
  auto* retry = app.add_subcommand("retry", "reads the scenes that failed once more");
  for (auto* command : {list, show, retry}) add_database(*command, options)->required();
  for (auto* command : {list, retry}) {
    command->add_option("--source", options.failure_source,
                        "only of this source: s3://bucket, file:///folder");
    command->add_option("--key", options.failure_key, "only where the key holds this text");
    command->add_option("--limit", options.most_failures, "at most so many")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
  }
  show->add_option("source", options.failure_source, "s3://bucket, file:///folder")->required();
  show->add_option("key", options.failure_key, "as `list` prints it")->required();
  add_s3(*retry, options);
  add_harvest(*retry, options);
  for (auto* command : {list, show}) {
    command->add_option("--log-level", options.log_level)->group("");
  }
  add_output(*retry, options);
  list->callback([&options] { options.command = Options::Command::list_failures; });
  show->callback([&options] { options.command = Options::Command::show_failure; });
  retry->callback([&options] { options.command = Options::Command::retry_failures; });
}

}  // namespace

std::optional<Options> read_options(int count, const char* const* arguments, int& exit_code) {
  Options options;
  const bool about_failures = count > 1 && std::string_view{arguments[1]} == "failures";
  CLI::App app(about_failures
                   ? "Scenes that could not be read or understood."
                   : "Harvests Landsat scenes from S3 buckets, folders and lists into Hayden's database.",
               about_failures ? "hayden-crawler failures" : "hayden-crawler");
  app.set_version_flag("--version", HAYDEN_VERSION);
  if (about_failures) {
    describe_failures(app, options);
  } else {
    describe_harvest(app, options);
  }
  try {
    app.parse(about_failures ? count - 1 : count, about_failures ? arguments + 1 : arguments);
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error) == 0 ? 0 : 2;
    return {};
  }
  auto& base = options.harvest.href_base;
  if (!base.empty() && !base.ends_with('/')) base += '/';
  return options;
}

}  // namespace hayden::crawl
