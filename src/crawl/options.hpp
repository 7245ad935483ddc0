#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crawl/harvest.hpp"
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
  std::string objects_at;        ///< where the objects of a list are, if not where it says
  std::size_t list_threads = 8;  ///< threads that list a bucket
  std::optional<std::uint64_t> most_requests;
  Prices prices;
  std::optional<double> most_cost;        ///< US dollars
  bool estimate = false;                  ///< tell what a crawl would take, and crawl nothing
  std::uint64_t estimate_requests = 200;  ///< to be made for that, at most
  HarvestOptions harvest;
  ProgressStyle progress = ProgressStyle::automatic;
  std::string log_level = "info";
  std::string report_file;
  std::optional<int> watch_seconds;  ///< begin anew so long after the end

  enum class Command { harvest, list_failures, show_failure, retry_failures };
  Command command = Command::harvest;
  std::string failure_source, failure_key;  ///< of the failures to list, show or retry; empty: any
  int most_failures = 1000;
};

/// Reads the command line and the environment. Nothing when the program has only to end with `exit_code`
/// (help, version, mistakes: their text is printed).
std::optional<Options> read_options(int count, const char* const* arguments, int& exit_code);

}  // namespace hayden::crawl
