#include "crawl/failures.hpp"

#include <iostream>

#include "core/json.hpp"

namespace hayden::crawl {
namespace {

/// Keys that are known beforehand.
class KnownKeys final : public Listing {
 public:
  void add(const std::string& key) { page_.objects.push_back({key, {}, 0, {}}); }
  void list(const Take& take, const std::stop_token& /*stop*/) override {
    MtlFilter filter;
    page_.last = true;
    take(std::move(page_), filter);
  }

 private:
  Page page_;
};

std::vector<db::FailureEntry> matching(const Options& options, db::Pool& pool) {
  return db::HarvestFailures(pool).list(options.failure_source, options.failure_key, options.most_failures);
}

}  // namespace

int list_failures(const Options& options, db::Pool& pool) {
  for (const auto& failure : matching(options, pool)) {
    const Json line{{"source", failure.source}, {"key", failure.key},    {"stage", failure.stage},
                    {"failed", failure.failed}, {"bytes", failure.size}, {"reason", failure.reason}};
    std::cout << dump_json(line) + "\n";
  }
  return 0;
}

int show_failure(const Options& options, db::Pool& pool) {
  const auto bytes = db::HarvestFailures(pool).bytes(options.failure_source, options.failure_key);
  if (!bytes) {
    std::cerr << "hayden-crawler: there is no failure of '" + options.failure_key + "' in " +
                     options.failure_source + ".\n";
    return 1;
  }
  std::cout.write(bytes->data(), static_cast<std::streamsize>(bytes->size()));
  return 0;
}

std::map<std::string, std::shared_ptr<Listing>> find_failures(const Options& options, db::Pool& pool) {
  std::map<std::string, std::shared_ptr<KnownKeys>> found;
  for (const auto& failure : matching(options, pool)) {
    auto& keys = found[failure.source];
    if (!keys) keys = std::make_shared<KnownKeys>();
    keys->add(failure.key);
  }
  return {found.begin(), found.end()};
}

}  // namespace hayden::crawl
