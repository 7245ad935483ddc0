#include "run.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "cases.hpp"
#include "db/catalog.hpp"
#include "db/pool.hpp"
#include "http_load.hpp"
#include "process.hpp"
#include "stac/page_token.hpp"

namespace hayden::bench {
namespace {

const std::string signed_pages = "&sign=true";

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

void add(Side& side, std::size_t rows, Clock::duration took) {
  ++side.requests;
  side.rows += rows;
  side.latencies.push_back(Milliseconds(took).count());
}

void merge(Side& into, const Side& part) {
  into.requests += part.requests;
  into.rows += part.rows;
  into.bytes += part.bytes;
  into.errors += part.errors;
  into.latencies.insert(into.latencies.end(), part.latencies.begin(), part.latencies.end());
}

void add(Side& side, const HttpAnswer& answer, std::chrono::nanoseconds took) {
  add(side, 0, took);
  side.bytes += answer.body_size;
  if (answer.status != 200) ++side.errors;
}

/// The number behind `"name":` in the last part of a page.
std::uint64_t number_in(std::string_view tail, std::string_view name) {
  const auto at = tail.rfind(name);
  return at == std::string_view::npos ? 0 : std::strtoull(tail.data() + at + name.size(), nullptr, 10);
}

/// The target of a page's next link; nothing on the last page.
std::optional<std::string> next_target(std::string_view tail) {
  const auto link = tail.rfind(R"({"rel":"next")");
  if (link == std::string_view::npos) return {};
  constexpr std::string_view href = R"("href":"http://)";
  const auto from = tail.find('/', tail.find(href, link) + href.size());
  return std::string(tail.substr(from, tail.find('"', from) - from));
}

/// Counts up from the same number on both sides, so that both are asked the same questions.
class Questions {
 public:
  explicit Questions(double seconds)
      : end_(Clock::now() +
             std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds))) {}
  std::optional<std::uint64_t> next() {
    if (Clock::now() >= end_) return {};
    return next_++;
  }

 private:
  Clock::time_point end_;
  std::atomic<std::uint64_t> next_ = 0;
};

/// Runs `work(side)` in so many threads; the first exception goes on.
template <typename Work>
void in_threads(std::size_t count, Side& total, const Work& work) {
  std::mutex mutex;
  std::exception_ptr reason;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < count; ++i) {
      threads.emplace_back([&] {
        Side side;
        std::exception_ptr failed;
        try {
          work(side);
        } catch (...) {
          failed = std::current_exception();
        }
        const std::lock_guard lock(mutex);
        merge(total, side);
        if (failed && !reason) reason = failed;
      });
    }
  }
  if (reason) std::rethrow_exception(reason);
}

class Runner {
 public:
  explicit Runner(const RunOptions& options)
      : options_(options),
        pool_(pool_options(options)),
        catalog_(pool_),
        cases_(all_cases(catalog_, options.collection)) {}

  RunReport run() {
    RunReport report;
    report.items = catalog_.search(walk_request(options_.collection)).matched.value_or(0);
    if (options_.signing) {
      for (const std::size_t connections : options_.connections) {
        HttpLoad walkers(options_.api_url, connections);
        const auto pages = take_turns(
            "pages of 250, signed and not", connections,
            [&](double seconds, Side& side) { walk_http(walkers, connections, signed_pages, seconds, side); },
            [&](double seconds, Side& side) { walk_http(walkers, connections, "", seconds, side); });
        report.signed_pages.push_back({connections, pages.http, pages.sql});
      }
      return report;
    }
    for (const std::size_t connections : options_.connections) {
      HttpLoad http(options_.api_url, connections);
      for (const auto& one : cases_) {
        report.results.push_back(take_turns(
            one->name(), connections,
            [&](double seconds, Side& side) { ask_http(http, *one, seconds, side); },
            [&](double seconds, Side& side) { ask_sql(*one, seconds, side); }));
      }
      HttpLoad walkers(options_.api_url, options_.sql_threads);
      report.results.push_back(take_turns(
          "paging, 40 pages of 250", options_.sql_threads,
          [&](double seconds, Side& side) { walk_http(walkers, options_.sql_threads, "", seconds, side); },
          [&](double seconds, Side& side) { walk_sql(seconds, side); }));
    }
    if (options_.api_pid) report.memory = memory_of(*options_.api_pid);
    return report;
  }

 private:
  static db::PoolOptions pool_options(const RunOptions& options) {
    db::PoolOptions pool;
    pool.url = options.database_url;
    pool.application = "hayden-bench";
    pool.size = options.sql_threads;
    pool.read_only = true;
    return pool;
  }

  using Part = std::function<void(double seconds, Side& side)>;

  Result take_turns(const std::string& name, std::size_t connections, const Part& http,
                    const Part& sql) const {
    std::fprintf(stderr, "%s, %zu connections\n", name.c_str(), connections);
    Result result{name, connections, {}, {}};
    constexpr double warm_up = 0.3;
    Side ignored;
    http(warm_up, ignored);
    sql(warm_up, ignored);
    for (int round = 0; round < options_.rounds; ++round) {
      timed(http, result.http);
      timed(sql, result.sql);
    }
    std::sort(result.http.latencies.begin(), result.http.latencies.end());
    std::sort(result.sql.latencies.begin(), result.sql.latencies.end());
    return result;
  }

  void timed(const Part& part, Side& side) const {
    const double api_before = api_cpu(), client_before = cpu_seconds_of(::getpid());
    const auto begun = Clock::now();
    part(options_.seconds / options_.rounds, side);
    side.api_cpu_seconds += api_cpu() - api_before;
    side.client_cpu_seconds += cpu_seconds_of(::getpid()) - client_before;
    side.seconds += std::chrono::duration<double>(Clock::now() - begun).count();
  }

  static void ask_http(HttpLoad& http, const Case& one, double seconds, Side& side) {
    Questions questions(seconds);
    http.run(
        [&](std::size_t) -> std::optional<std::string> {
          const auto i = questions.next();
          return i ? std::optional(one.target(*i)) : std::nullopt;
        },
        [&](std::size_t, const HttpAnswer& answer, std::chrono::nanoseconds took) {
          add(side, answer, took);
          side.rows += number_in(answer.tail, R"("numberReturned":)");
        });
  }

  void ask_sql(const Case& one, double seconds, Side& total) {
    Questions questions(seconds);
    in_threads(options_.sql_threads, total, [&](Side& side) {
      while (const auto i = questions.next()) {
        const auto begun = Clock::now();
        const std::size_t rows = one.rows(catalog_, *i);
        add(side, rows, Clock::now() - begun);
      }
    });
  }

  /// `more` is added to the first target; the links to further pages keep it.
  void walk_http(HttpLoad& http, std::size_t walkers, const std::string& more, double seconds,
                 Side& side) const {
    Questions pages(seconds);
    struct Walk {
      std::optional<std::string> next;
      int page = 0;
    };
    std::vector<Walk> walks(walkers);
    http.run(
        [&](std::size_t connection) -> std::optional<std::string> {
          if (!pages.next()) return {};
          Walk& walk = walks[connection];
          if (!walk.next || walk.page == walk_pages) walk = {walk_target(options_.collection) + more, 0};
          ++walk.page;
          return walk.next;
        },
        [&](std::size_t connection, const HttpAnswer& answer, std::chrono::nanoseconds took) {
          add(side, answer, took);
          side.rows += number_in(answer.tail, R"("numberReturned":)");
          walks[connection].next = next_target(answer.tail);
        });
  }

  void walk_sql(double seconds, Side& total) {
    Questions pages(seconds);
    in_threads(options_.sql_threads, total, [&](Side& side) {
      while (true) {
        auto request = walk_request(options_.collection);
        for (int page = 0; page < walk_pages; ++page) {
          if (!pages.next()) return;
          const auto begun = Clock::now();
          const auto found = catalog_.search(request);
          add(side, found.items.size(), Clock::now() - begun);
          if (!found.next) break;
          request.token = stac::PageToken::decode(*found.next);
        }
      }
    });
  }

  double api_cpu() const { return options_.api_pid ? cpu_seconds_of(*options_.api_pid) : 0; }

  const RunOptions& options_;
  db::Pool pool_;
  db::Catalog catalog_;
  std::vector<std::unique_ptr<Case>> cases_;
};

}  // namespace

double Side::per_second() const { return seconds > 0 ? static_cast<double>(requests) / seconds : 0; }

double Side::percentile(double share) const {
  if (latencies.empty()) return 0;
  const auto index = static_cast<std::size_t>(share * static_cast<double>(latencies.size() - 1));
  return latencies[index];
}

RunReport run(const RunOptions& options) { return Runner(options).run(); }

}  // namespace hayden::bench
