#include "crawl/run_record.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>

#include "core/problem.hpp"

namespace hayden::crawl {
namespace {

constexpr auto between_updates = std::chrono::seconds{5};

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

Json counters(const Progress& progress) {
  auto json = progress_json(progress);
  json.erase("eta_seconds");
  return json;
}

// Of the exit codes of hayden-crawler (docs/crawler.md).
const char* state_of(int exit_code) {
  constexpr int some_failed = 1, out_of_requests = 5, signalled = 128;
  if (exit_code <= some_failed) return "finished";
  return exit_code == out_of_requests || exit_code >= signalled ? "stopped" : "failed";
}

template <typename Write>
void quietly(const Write& write) {
  try {
    write();
  } catch (const Problem& problem) {
    spdlog::debug("the record of the run is not written: {}", problem.what());
  }
}

}  // namespace

RunRecord::RunRecord(db::Pool& pool, const std::vector<std::string>& sources)
    : record_(pool, sources, host_name()), written_(Clock::now()) {}

void RunRecord::update(Meter& meter, Clock::time_point now) {
  if (now - written_ < between_updates) return;
  written_ = now;
  quietly([&] { record_.update(counters(meter.look(now))); });
}

void RunRecord::end(const Progress& progress, int exit_code, const std::string& error) {
  quietly([&] { record_.end(state_of(exit_code), counters(progress), exit_code, error); });
}

}  // namespace hayden::crawl
