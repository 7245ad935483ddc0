#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crawl/harvest.hpp"
#include "crawl/object_store.hpp"
#include "crawl/s3_store.hpp"

namespace hayden::crawl {

enum class ProgressStyle { automatic, bar, json, none };

/// The command line of hayden-crawler; docs/crawler.md says what each option means.
struct Options {
  std::vector<std::string> sources;
  std::string database_url;
  std::string endpoint_url, region, profile;
  bool no_sign_request = false, request_payer = false;
  Addressing addressing = Addressing::automatic;
  HarvestOptions harvest;
  ProgressStyle progress = ProgressStyle::automatic;
  std::string log_level = "info";
  std::string report_file;
};

/// Reads the command line and the environment. Nothing when the program has only to end with `exit_code`
/// (help, version, mistakes: their text is printed).
std::optional<Options> read_options(int count, const char* const* arguments, int& exit_code);

/// Where a source argument points to.
struct SourceAddress {
  std::string bucket, prefix;    ///< of `s3://bucket/prefix`
  std::filesystem::path folder;  ///< else
};
/// Understands `s3://bucket[/prefix]`, `file://` URLs and paths. Throws SourceError.
SourceAddress parse_source(const std::string& source);

/// Throws SourceError, and CredentialsError for a source in S3.
std::unique_ptr<ObjectStore> open_store(const SourceAddress& address, const Options& options);

}  // namespace hayden::crawl
