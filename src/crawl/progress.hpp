#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "core/json.hpp"
#include "crawl/harvest.hpp"

namespace hayden::crawl {

/// One look at the counters.
struct Progress {
  std::uint64_t listed = 0, found = 0, filtered = 0, skipped = 0, queued = 0, reads = 0, fetched = 0,
                bytes = 0;
  std::uint64_t parsed = 0, added = 0, changed = 0, unchanged = 0, incomplete = 0, failed = 0, gone = 0,
                archived = 0;
  bool listing_done = false;
  double seconds = 0;  ///< since the start
  double rate = 0;     ///< scenes read per second, lately
  /// Of the stages, a second, lately: objects listed, scenes understood, scenes written or found equal.
  double list_rate = 0, parse_rate = 0, write_rate = 0;

  std::uint64_t written() const { return added + changed; }
  std::uint64_t settled() const { return written() + unchanged; }
  /// Seconds until all queued scenes are done; nothing while the source is still being listed or nothing
  /// moves.
  std::optional<double> eta() const;
};

/// Takes looks and works out the rate.
class Meter {
 public:
  using Clock = std::chrono::steady_clock;
  Meter(const Counters& counters, Clock::time_point start)
      : counters_(counters), start_(start), last_(start) {}
  Progress look(Clock::time_point now);

 private:
  const Counters& counters_;
  Clock::time_point start_, last_;
  Progress before_;
  bool has_rates_ = false;
};

/// `[#####-----] 45 % …` in at most `width` columns.
std::string progress_bar(const Progress& progress, std::size_t width);
/// The members that progress lines and the report share.
Json progress_json(const Progress& progress);
/// Several lines for people.
std::string summary_text(const Progress& progress, bool dry_run);

}  // namespace hayden::crawl
