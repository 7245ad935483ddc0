#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <future>
#include <iostream>
#include <map>
#include <mutex>

#include "core/json.hpp"
#include "crawl/estimate.hpp"
#include "crawl/failures.hpp"
#include "crawl/harvest.hpp"
#include "crawl/options.hpp"
#include "crawl/progress.hpp"
#include "crawl/run_record.hpp"
#include "crawl/source.hpp"
#include "db/catalog.hpp"
#include "db/pool.hpp"

namespace hayden::crawl {
namespace {

using Clock = std::chrono::steady_clock;

enum ExitCode : int {
  all_well = 0,
  some_failed = 1,
  wrong_usage = 2,
  source_unreadable = 3,
  database_unusable = 4,
  out_of_requests = 5,
  signalled = 128  // and the number of the signal
};

constexpr auto tick = std::chrono::milliseconds{100};
constexpr auto between_json_lines = std::chrono::seconds{5};

/// The message of a log line as a JSON string.
class JsonMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
              spdlog::memory_buf_t& line) override {
    std::string text;
    append_json_string(text, {message.payload.data(), message.payload.size()});
    line.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<JsonMessage>(); }
};

void set_up_log(const Options& options) {
  auto logger = spdlog::stderr_logger_mt("hayden-crawler");
  if (options.progress == ProgressStyle::json) {
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<JsonMessage>('*').set_pattern(R"({"event":"log","level":"%l","message":%*})");
    logger->set_formatter(std::move(formatter));
  } else {
    // Wipes the progress bar first, where there is one.
    logger->set_pattern(options.progress == ProgressStyle::bar ? "\r\033[K%l: %v" : "%l: %v");
  }
  spdlog::set_default_logger(std::move(logger));
  spdlog::set_level(spdlog::level::from_str(options.log_level));
}

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

// Waits so long for SIGINT or SIGTERM; 0 when none came.
int wait_for_signal(std::chrono::nanoseconds patience) {
  const auto signals = stop_signals();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(patience);
  const timespec time{seconds.count(), (patience - seconds).count()};
  const int caught = sigtimedwait(&signals, nullptr, &time);
  return caught > 0 ? caught : 0;
}

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1U : 79U;
}

/// Shows how far the harvest is.
class Display {
 public:
  Display(ProgressStyle style, Clock::time_point start) : style_(style), last_line_(start) {}

  void show(Meter& meter, Clock::time_point now) {
    if (style_ == ProgressStyle::bar) {
      std::cerr << "\r" + progress_bar(meter.look(now), terminal_width()) + "\033[K" << std::flush;
    } else if (style_ == ProgressStyle::json && now - last_line_ >= between_json_lines) {
      last_line_ = now;
      Json line{{"event", "progress"}};
      line.update(progress_json(meter.look(now)));
      std::cerr << dump_json(line) + "\n" << std::flush;
    }
  }
  void clear() const {
    if (style_ == ProgressStyle::bar) std::cerr << "\r\033[K" << std::flush;
  }

 private:
  ProgressStyle style_;
  Clock::time_point last_line_;
};

/// One run over all sources.
class Run {
 public:
  // The pool has room for those who list, for the writer, for the crawl's session and its keeper, and for the
  // run's record.
  explicit Run(const Options& options)
      : options_(options),
        pool_({options.database_url, "hayden-crawler", options.list_threads + 5, std::chrono::seconds{30},
               std::chrono::minutes{10}, false}),
        opener_(options, pool_) {}

  int execute() {
    if (options_.estimate) return estimate_all();
    try {
      db::Catalog(pool_).check_ready();
      if (options_.command == Options::Command::list_failures) return list_failures(options_, pool_);
      if (options_.command == Options::Command::show_failure) return show_failure(options_, pool_);
      const bool is_retry = options_.command == Options::Command::retry_failures;
      if (!options_.harvest.dry_run)
        record_.emplace(pool_, is_retry ? std::vector<std::string>{"failures"} : options_.sources);
    } catch (const std::exception& error) {
      fail(database_unusable, fmt::format("The database cannot be used: {}.", error.what()));
      return finish();
    }
    if (options_.command == Options::Command::retry_failures) {
      retry_failures();
    } else {
      for (const auto& source : options_.sources) {
        guarded([&] { harvest(opener_.open(source), options_.harvest); });
        if (signal_ != 0 || exit_code_ >= database_unusable) break;
      }
    }
    return finish();
  }

 private:
  template <typename Work>
  void guarded(const Work& work) {
    try {
      work();
    } catch (const DatabaseError& error) {
      fail(database_unusable, error.what());
    } catch (const Problem& problem) {
      fail(database_unusable, fmt::format("The database cannot be used: {}.", problem.what()));
    } catch (const BudgetError& error) {
      fail(out_of_requests, error.what());
    } catch (const std::exception& error) {
      fail(source_unreadable, error.what());
    }
  }

  void harvest(const Source& source, const HarvestOptions& options) {
    counters_.listing_done = false;
    Harvest work(*source.store, *source.listing, pool_, options, counters_, events());
    auto done = std::async(std::launch::async, [this, &work] { work.run(stop_.get_token()); });
    await(done, [this] {
      display_.show(meter_, Clock::now());
      if (record_) record_->update(meter_, Clock::now());
    });
    done.get();
  }

  // Signals are taken meanwhile.
  template <typename Result, typename Work>
  void await(const std::future<Result>& done, const Work& meanwhile) {
    while (done.wait_for(std::chrono::seconds{0}) != std::future_status::ready) {
      if (const int caught = wait_for_signal(tick); caught != 0) stop(caught);
      meanwhile();
    }
  }

  int estimate_all() {
    Json estimates = Json::array();
    for (const auto& source : options_.sources) {
      guarded([&] {
        const auto address = parse_source(source);
        if (address.bucket.empty()) throw SourceError(source + " is no bucket: only those are charged for.");
        const auto store = opener_.open_bucket(address);
        auto done = std::async(std::launch::async, [this, &store] {
          return estimate(*store, options_.harvest.filter, options_.estimate_requests, stop_.get_token());
        });
        await(done, [] {});
        const auto made = done.get();
        if (signal_ != 0) return;
        estimates.push_back(Json{{"source", source}});
        estimates.back().update(estimate_json(made, options_.prices));
        if (options_.report_file.empty())
          std::cout << "A first crawl of " + source + ":\n" + estimate_text(made, options_.prices)
                    << std::flush;
      });
    }
    if (!options_.report_file.empty()) write_file(Json{{"estimates", std::move(estimates)}});
    return signal_ != 0 ? signalled + signal_ : exit_code_;
  }

  void retry_failures() {
    // What is known of a scene is of a time before it failed.
    auto harvest_options = options_.harvest;
    harvest_options.force = true;
    std::map<std::string, std::shared_ptr<Listing>> failures;
    guarded([&] { failures = find_failures(options_, pool_); });
    for (const auto& [name, listing] : failures) {
      guarded([&] { harvest({opener_.open_store(name), listing}, harvest_options); });
      if (signal_ != 0 || exit_code_ >= database_unusable) break;
    }
  }

  HarvestEvents events() {
    return {[](const std::string& reason) { spdlog::warn("{}", reason); },
            [this](const std::string& href, HarvestEvents::Change change) {
              static constexpr std::array words{"add     ", "change  ", "gone    "};
              const std::lock_guard lock(output_);
              display_.clear();
              std::cout << words[static_cast<std::size_t>(change)] + href + "\n";
            }};
  }

  // A second signal ends the program at once.
  void stop(int caught) {
    signal_ = caught;
    stop_.request_stop();
    spdlog::info("stopping when the batch in hand is written");
    const auto signals = stop_signals();
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  }

  void fail(ExitCode code, const std::string& sentence) {
    display_.clear();
    spdlog::error("{}", sentence);
    exit_code_ = std::max<int>(exit_code_, code);
    error_ = error_.empty() ? sentence : error_ + " " + sentence;
  }

  int finish() {
    display_.clear();
    std::cout << std::flush;
    auto progress = meter_.look(Clock::now());
    const auto overall = [&](std::uint64_t count) { return static_cast<double>(count) / progress.seconds; };
    progress.rate = overall(progress.fetched);
    progress.list_rate = overall(progress.listed);
    progress.parse_rate = overall(progress.parsed);
    progress.write_rate = overall(progress.settled());
    if (exit_code_ == all_well && progress.failed > 0) exit_code_ = some_failed;
    if (exit_code_ < source_unreadable && signal_ != 0) exit_code_ = signalled + signal_;
    if (record_) record_->end(progress, exit_code_, error_);
    if (options_.report_file.empty()) {
      std::cerr << std::string{signal_ != 0 ? "Stopped:\n" : "Harvest:\n"} +
                       summary_text(progress, options_.harvest.dry_run) +
                       requests_text(opener_.requests(), progress)
                << std::flush;
    } else {
      write_report(progress);
    }
    return exit_code_;
  }

  std::string requests_text(const RequestCounters& requests, const Progress& progress) const {
    if (requests.all() == 0) return {};
    auto text = fmt::format("  requests {} to list, {} to read", requests.lists.load(), requests.gets.load());
    if (options_.harvest.dry_run) text += fmt::format("; a run would make {} more to read", progress.reads);
    if (requests.repeated > 0)
      text += fmt::format("; {} of them again after a failure", requests.repeated.load());
    return text + "\n";
  }

  void write_report(const Progress& progress) {
    Json report{{"sources", options_.sources}, {"dry_run", options_.harvest.dry_run}};
    report.update(progress_json(progress));
    report.erase("eta_seconds");
    const auto& requests = opener_.requests();
    report["requests"] = {{"list", requests.lists.load()},
                          {"get", requests.gets.load()},
                          {"repeated", requests.repeated.load()},
                          {"throttled", requests.throttled.load()},
                          {"cost", requests.cost()}};
    report["interrupted"] = signal_ != 0;
    report["error"] = error_.empty() ? Json() : Json(error_);
    report["exit_code"] = exit_code_;
    write_file(report);
  }

  void write_file(const Json& report) const {
    std::ofstream file(options_.report_file);
    file << report.dump(2) << '\n';
    if (!file.flush()) spdlog::error("The report {} cannot be written.", options_.report_file);
  }

  const Options& options_;
  db::Pool pool_;
  SourceOpener opener_;
  std::optional<RunRecord> record_;
  std::mutex output_;
  Counters counters_;
  Clock::time_point start_ = Clock::now();
  Meter meter_{counters_, start_};
  Display display_{options_.progress, start_};
  std::stop_source stop_;
  int signal_ = 0;
  int exit_code_ = all_well;
  std::string error_;
};

int run(int count, const char* const* arguments) {
  int exit_code = all_well;
  auto options = read_options(count, arguments, exit_code);
  if (!options) return exit_code;
  if (options->progress == ProgressStyle::automatic) {
    options->progress = isatty(STDERR_FILENO) == 1 ? ProgressStyle::bar : ProgressStyle::json;
  }
  set_up_log(*options);
  // Blocked before any thread starts, so that only wait_for_signal() takes them.
  const auto signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  for (;;) {
    exit_code = Run(*options).execute();
    if (!options->watch_seconds || exit_code >= signalled) return exit_code;
    if (const int caught = wait_for_signal(std::chrono::seconds{*options->watch_seconds}); caught != 0)
      return signalled + caught;
  }
}

}  // namespace
}  // namespace hayden::crawl

int main(int count, char** arguments) {
  try {
    return hayden::crawl::run(count, arguments);
  } catch (const std::exception& error) {
    std::cerr << "hayden-crawler: " << error.what() << '\n';
    return hayden::crawl::wrong_usage;
  }
}
