#include "crawl/options.hpp"

#include <CLI/CLI.hpp>
#include <map>

#include "crawl/directory_store.hpp"
#include "sign/credentials.hpp"

namespace hayden::crawl {
namespace {

void describe(CLI::App& app, Options& options) {
  app.add_option("source", options.sources, "s3://bucket/prefix, a folder or a file:// URL; one or more")
      ->required();
  app.add_option("--database-url", options.database_url, "libpq URL of the database to write to")
      ->envname("HAYDEN_DATABASE_URL")
      ->required();

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

  const auto* harvest = "Harvest";
  app.add_option(
         "--href-base", options.harvest.href_base,
         "URL that asset hrefs are made below instead of the source, e.g. s3://usgs-landsat/collection02")
      ->group(harvest);
  app.add_option("--concurrency", options.harvest.concurrency, "objects read at a time")
      ->check(CLI::Range(1, 256))
      ->capture_default_str()
      ->group(harvest);
  app.add_option("--batch", options.harvest.batch, "scenes per transaction")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str()
      ->group(harvest);
  app.add_option("--limit", options.harvest.limit, "read at most so many scenes")
      ->check(CLI::PositiveNumber)
      ->group(harvest);
  app.add_flag("--force", options.harvest.force, "read scenes again that have not changed")->group(harvest);
  app.add_flag("--dry-run", options.harvest.dry_run, "list what would be added or changed, write nothing")
      ->group(harvest);

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
  app.footer(
      "Exit codes: 0 all well; 1 finished, some scenes failed; 2 wrong usage; 3 a source cannot be read;\n"
      "4 the database cannot be used; 130, 143 stopped by SIGINT, SIGTERM.");
}

std::unique_ptr<ObjectStore> open_bucket(const SourceAddress& address, const Options& options) {
  const auto profile = options.profile.empty() ? std::optional<std::string>{} : options.profile;
  S3Options s3;
  if (options.no_sign_request) {
    s3.region = options.region;
  } else {
    auto settings = sign::load_aws_settings(sign::process_environment, profile);
    s3.credentials = std::move(settings.credentials);
    s3.region = options.region.empty() ? settings.region.value_or("") : options.region;
  }
  s3.bucket = address.bucket;
  s3.prefix = address.prefix;
  s3.endpoint_url = options.endpoint_url;
  s3.request_payer = options.request_payer;
  s3.addressing = options.addressing;
  return std::make_unique<S3Store>(std::move(s3));
}

}  // namespace

std::optional<Options> read_options(int count, const char* const* arguments, int& exit_code) {
  Options options;
  CLI::App app("Harvests Landsat scenes from S3 buckets and folders into Hayden's database.",
               "hayden-crawler");
  app.set_version_flag("--version", HAYDEN_VERSION);
  describe(app, options);
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error) == 0 ? 0 : 2;
    return {};
  }
  auto& base = options.harvest.href_base;
  if (!base.empty() && !base.ends_with('/')) base += '/';
  return options;
}

SourceAddress parse_source(const std::string& source) {
  SourceAddress address;
  if (source.starts_with("s3://")) {
    const auto slash = source.find('/', 5);
    address.bucket = source.substr(5, slash == std::string::npos ? slash : slash - 5);
    if (slash != std::string::npos) address.prefix = source.substr(slash + 1);
    if (address.bucket.empty() || address.bucket.find_first_of("?#@ ") != std::string::npos) {
      throw SourceError("'" + source + "' is not of the form s3://bucket/prefix.");
    }
    return address;
  }
  if (source.starts_with("file://")) {
    const auto path = percent_decode(source.substr(source.starts_with("file://localhost/") ? 16 : 7));
    if (!path || !path->starts_with('/'))
      throw SourceError("'" + source + "' is not of the form file:///folder.");
    address.folder = *path;
    return address;
  }
  if (source.find("://") != std::string::npos) {
    throw SourceError("'" + source +
                      "' cannot be crawled: give s3://bucket/prefix, a folder or a file:// URL.");
  }
  address.folder = source;
  return address;
}

std::unique_ptr<ObjectStore> open_store(const SourceAddress& address, const Options& options) {
  if (!address.bucket.empty()) return open_bucket(address, options);
  return std::make_unique<DirectoryStore>(address.folder);
}

}  // namespace hayden::crawl
