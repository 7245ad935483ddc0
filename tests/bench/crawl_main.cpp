#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <limits>
#include <memory>
#include <set>

#include "bare_store.hpp"
#include "core/json.hpp"
#include "crawl/bucket_listing.hpp"
#include "mtl/document.hpp"
#include "mtl/scene.hpp"
#include "samples/generator.hpp"

/// The parts of tests/bench/crawl that are no program of ours: fills a bucket, lists it in two ways in turn,
/// and times the parsers. Prints one JSON object.
namespace hayden::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_of(const std::function<void()>& work) {
  const auto begun = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

double cpu_seconds(clockid_t of) {
  timespec time{};
  clock_gettime(of, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// Keys as usgs-landsat has them: some twenty files a scene, in folders of year, path, row and scene.
std::vector<std::string> landsat_keys(std::size_t count) {
  samples::SampleOptions options;
  options.around.reset();
  options.levels = samples::Levels::l2;
  options.forms = samples::Forms::json;
  options.first_year = 2013;
  samples::SceneGenerator generator(options);
  std::vector<std::string> keys;
  while (keys.size() < count) {
    const auto product = generator.next().value();
    const auto& metadata = product.files.front().key;
    const auto stem = metadata.substr(0, metadata.size() - std::string_view{"MTL.json"}.size());
    for (const auto* file :
         {"ANG.txt",          "MTL.json",        "MTL.txt",      "MTL.xml",           "QA_PIXEL.TIF",
          "QA_RADSAT.TIF",    "SR_B1.TIF",       "SR_B2.TIF",    "SR_B3.TIF",         "SR_B4.TIF",
          "SR_B5.TIF",        "SR_B6.TIF",       "SR_B7.TIF",    "SR_QA_AEROSOL.TIF", "SR_stac.json",
          "ST_ATRAN.TIF",     "ST_B10.TIF",      "ST_CDIST.TIF", "ST_DRAD.TIF",       "ST_EMIS.TIF",
          "ST_EMSD.TIF",      "ST_QA.TIF",       "ST_TRAD.TIF",  "ST_URAD.TIF",       "ST_stac.json",
          "thumb_large.jpeg", "thumb_small.jpeg"})
      keys.push_back(stem + file);
  }
  keys.resize(count);
  std::ranges::sort(keys);
  return keys;
}

/// The folders of each level that has at least one for each thread and, on average, at least a page in each:
/// what one who knows the bucket could list side by side.
std::vector<std::vector<std::string>> levels_of(const std::vector<std::string>& keys, std::size_t threads) {
  constexpr std::size_t keys_of_a_page = 1000;
  std::vector<std::vector<std::string>> levels;
  for (std::size_t level = 1;; ++level) {
    std::set<std::string> folders;
    for (const auto& key : keys) {
      std::size_t end = 0;
      for (std::size_t i = 0; i < level; ++i) end = std::min(key.find('/', end), key.size() - 1) + 1;
      folders.insert(key.substr(0, end));
    }
    const bool is_too_deep = folders.size() * keys_of_a_page > keys.size();
    if (is_too_deep && !levels.empty()) return levels;
    if (folders.size() >= threads) levels.emplace_back(folders.begin(), folders.end());
    if (is_too_deep && !levels.empty()) return levels;
  }
}

struct ListOptions {
  std::string endpoint, bucket, folder;
  std::size_t threads = 8, keys = 100'000;
  int rounds = 5;
};

void fill(const ListOptions& options) {
  std::vector<BareObject> objects;
  if (options.folder.empty()) {
    for (auto& key : landsat_keys(options.keys)) objects.push_back({std::move(key), {}});
  } else {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(options.folder)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      objects.push_back({entry.path().lexically_relative(options.folder).string(),
                         {std::istreambuf_iterator<char>(file), {}}});
    }
  }
  put({options.endpoint + "/" + options.bucket, 2 * options.threads}, objects);
}

struct Listed {
  std::uint64_t keys = 0, requests = 0;
  double seconds = 0, cpu = 0;  // the latter of this process, not of the store

  Json to_json() const { return {{"requests", requests}, {"seconds", seconds}, {"cpu", cpu}}; }
};

Listed measured(const std::function<Listed()>& list) {
  Listed one;
  const auto cpu = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
  const auto seconds = seconds_of([&] { one = list(); });
  one.seconds = seconds;
  one.cpu = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  return one;
}

Listed list_ours(const ListOptions& options) {
  crawl::S3Options s3;
  s3.endpoint_url = options.endpoint;
  s3.bucket = options.bucket;
  s3.concurrency = options.threads;
  const auto store = std::make_shared<crawl::S3Store>(s3);
  crawl::BucketListing listing(
      store, std::make_unique<crawl::PrivateRanges>(""), options.threads,
      [](std::string_view /*key*/) -> std::optional<std::string_view> { return {}; });
  std::atomic<std::uint64_t> keys = 0, scenes = 0;
  listing.list(
      [&](crawl::Page page, crawl::MtlFilter& filter) {
        keys += page.objects.size();
        scenes += filter.choose(page).size();
        return true;
      },
      {});
  return {keys, s3.counters->lists};
}

/// In turns, so that the noise of the machine meets both; the bare one by the level that suits it best.
Json list_both(const ListOptions& options) {
  const auto keys = landsat_keys(options.keys);
  const BareStore bare{options.endpoint + "/" + options.bucket, options.threads};
  std::vector<std::string> prefixes;
  double fastest = std::numeric_limits<double>::max();
  for (auto& level : levels_of(keys, options.threads)) {
    const auto seconds = seconds_of([&] { count_keys(bare, level); });
    if (seconds >= fastest) continue;
    fastest = seconds;
    prefixes = std::move(level);
  }
  Json rounds = Json::array();
  for (int i = 0; i < options.rounds; ++i) {
    const auto others = measured([&] {
      const auto count = count_keys(bare, prefixes);
      return Listed{count.keys, count.requests};
    });
    const auto ours = measured([&] { return list_ours(options); });
    if (others.keys != keys.size() || ours.keys != keys.size()) {
      throw std::runtime_error("of " + std::to_string(keys.size()) + " keys the bare lister saw " +
                               std::to_string(others.keys) + " and ours " + std::to_string(ours.keys));
    }
    rounds.push_back({{"bare", others.to_json()}, {"ours", ours.to_json()}});
  }
  return {{"keys", keys.size()},
          {"prefixes", prefixes.size()},
          {"threads", options.threads},
          {"rounds", std::move(rounds)}};
}

std::string xml_of(const mtl::Document& document) {
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<" + document.root + ">\n";
  for (const auto& section : document.sections) {
    text += "  <" + section.name + ">\n";
    for (const auto& [key, value] : section.values) text += "    <" + key + ">" + value + "</" + key + ">\n";
    text += "  </" + section.name + ">\n";
  }
  return text + "</" + document.root + ">\n";
}

/// By the CPU time of one thread: files parsed, and files read into scenes, a second.
Json parse_rates(int scenes) {
  samples::SampleOptions options;
  options.around.reset();
  options.first_year = 2013;
  samples::SceneGenerator generator(options);
  std::vector<std::string> text, json, xml;
  for (int i = 0; i < scenes; ++i) {
    const auto product = generator.next().value();
    text.push_back(product.files.at(0).text);
    json.push_back(product.files.at(1).text);
    xml.push_back(xml_of(mtl::parse_mtl(text.back())));
  }
  const auto rate = [](const std::vector<std::string>& files, const auto& read) {
    constexpr double long_enough = 2;
    double count = 0, seconds = 0;
    for (const auto begun = cpu_seconds(CLOCK_THREAD_CPUTIME_ID); seconds < long_enough;
         seconds = cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - begun) {
      for (const auto& file : files) read(file);
      count += static_cast<double>(files.size());
    }
    return count / seconds;
  };
  Json rates;
  const auto measure = [&](const char* form, const std::vector<std::string>& files) {
    std::size_t bytes = 0;
    for (const auto& file : files) bytes += file.size();
    rates[form] = {{"bytes", bytes / files.size()},
                   {"parsed", rate(files, [](const auto& file) { mtl::parse_mtl(file); })},
                   {"scenes", rate(files, [](const auto& file) { mtl::read_scene(mtl::parse_mtl(file)); })}};
  };
  measure("text", text);
  measure("JSON", json);
  measure("XML", xml);
  return rates;
}

int run(int count, char** arguments) {
  CLI::App app("Fills a bucket, lists it in two ways, times the parsers.", "hayden-crawl-bench");
  app.require_subcommand(1);
  ListOptions options;
  int scenes = 500;
  auto* const filling = app.add_subcommand("fill", "puts keys as usgs-landsat has them, without content");
  auto* const listing = app.add_subcommand("list", "the crawler's lister and a bare one, in turns");
  auto* const parsing = app.add_subcommand("parse", "metadata files a second and core");
  for (auto* const command : {filling, listing}) {
    command->add_option("--endpoint-url", options.endpoint)->required();
    command->add_option("--bucket", options.bucket)->required();
    command->add_option("--keys", options.keys)->capture_default_str();
    command->add_option("--threads", options.threads)->capture_default_str();
  }
  filling->add_option("--folder", options.folder, "put the files of a folder instead");
  listing->add_option("--rounds", options.rounds)->capture_default_str();
  parsing->add_option("--scenes", scenes)->capture_default_str();
  CLI11_PARSE(app, count, arguments);
  if (*filling) fill(options);
  if (*listing) std::cout << list_both(options).dump(2) << '\n';
  if (*parsing) std::cout << parse_rates(scenes).dump(2) << '\n';
  return 0;
}

}  // namespace
}  // namespace hayden::bench

int main(int count, char** arguments) {
  try {
    return hayden::bench::run(count, arguments);
  } catch (const std::exception& error) {
    std::cerr << "hayden-crawl-bench: " << error.what() << '\n';
    return 1;
  }
}
