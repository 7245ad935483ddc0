#include "crawl/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hayden::crawl {
namespace {

constexpr double smoothing_seconds = 10;

std::string thousands(std::uint64_t number) {
  auto text = std::to_string(number);
  for (auto at = static_cast<int>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string duration(double seconds) {
  const auto whole = static_cast<long>(std::lround(seconds));
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

double tenths(double value) { return std::round(value * 10) / 10; }

}  // namespace

std::optional<double> Progress::eta() const {
  if (!listing_done || rate <= 0) return {};
  return static_cast<double>(queued - std::min(queued, fetched)) / rate;
}

Progress Meter::look(Clock::time_point now) {
  Progress out;
  out.added = counters_.added, out.changed = counters_.changed, out.unchanged = counters_.unchanged;
  out.failed = counters_.failed, out.fetched = counters_.fetched, out.bytes = counters_.bytes;
  out.queued = counters_.queued, out.skipped = counters_.skipped, out.found = counters_.found;
  out.filtered = counters_.filtered, out.gone = counters_.gone, out.archived = counters_.archived;
  out.listed = counters_.listed, out.listing_done = counters_.listing_done;
  out.reads = counters_.reads, out.parsed = counters_.parsed, out.incomplete = counters_.incomplete;
  out.seconds = std::chrono::duration<double>(now - start_).count();

  const double passed = std::chrono::duration<double>(now - last_).count();
  const auto rate = [&](double before, std::uint64_t count, std::uint64_t count_before) {
    if (passed <= 0) return before;
    const double current = static_cast<double>(count - count_before) / passed;
    const double weight = has_rates_ ? 1 - std::exp(-passed / smoothing_seconds) : 1;
    return before + weight * (current - before);
  };
  out.list_rate = rate(before_.list_rate, out.listed, before_.listed);
  out.rate = rate(before_.rate, out.fetched, before_.fetched);
  out.parse_rate = rate(before_.parse_rate, out.parsed, before_.parsed);
  out.write_rate = rate(before_.write_rate, out.settled(), before_.settled());
  if (passed > 0) {
    last_ = now;
    before_ = out;
    has_rates_ = true;
  }
  return out;
}

std::string progress_bar(const Progress& progress, std::size_t width) {
  std::string line;
  if (progress.listing_done && progress.queued > 0) {
    const double share = static_cast<double>(progress.fetched) / static_cast<double>(progress.queued);
    const auto full = static_cast<std::size_t>(std::min(share, 1.0) * 20);
    line =
        fmt::format("[{}{}] {:3.0f} %  ", std::string(full, '#'), std::string(20 - full, '-'), share * 100);
  }
  line += "listed " + thousands(progress.listed);
  if (!progress.listing_done) line += fmt::format(" ({:.0f}/s)", progress.list_rate);
  line += fmt::format(", scenes {}, known {}, read {} ({:.0f}/s), written {} ({:.0f}/s)",
                      thousands(progress.found), thousands(progress.skipped), thousands(progress.fetched),
                      progress.rate, thousands(progress.written()), progress.write_rate);
  if (progress.failed > 0) line += ", failed " + thousands(progress.failed);
  if (const auto eta = progress.eta()) line += ", " + duration(*eta) + " left";
  return line.substr(0, width);
}

Json progress_json(const Progress& progress) {
  const auto eta = progress.eta();
  return {{"listed", progress.listed},
          {"found", progress.found},
          {"skipped", progress.skipped},
          {"queued", progress.queued},
          {"fetched", progress.fetched},
          {"parsed", progress.parsed},
          {"bytes", progress.bytes},
          {"written", progress.written()},
          {"added", progress.added},
          {"changed", progress.changed},
          {"unchanged", progress.unchanged},
          {"incomplete", progress.incomplete},
          {"failed", progress.failed},
          {"filtered", progress.filtered},
          {"gone", progress.gone},
          {"archived", progress.archived},
          {"seconds", tenths(progress.seconds)},
          {"rate", tenths(progress.rate)},
          {"rates",
           {{"listed", tenths(progress.list_rate)},
            {"fetched", tenths(progress.rate)},
            {"parsed", tenths(progress.parse_rate)},
            {"written", tenths(progress.write_rate)}}},
          {"eta_seconds", eta ? Json(tenths(*eta)) : Json()}};
}

std::string summary_text(const Progress& progress, bool dry_run) {
  auto text = fmt::format("  listed   {} objects in {}\n  scenes   {}, of which {} are known already\n",
                          thousands(progress.listed), duration(progress.seconds), thousands(progress.found),
                          thousands(progress.skipped));
  if (dry_run) {
    text += fmt::format("  to read  {} (dry run: nothing was written)\n", thousands(progress.queued));
  } else {
    text += fmt::format("  read     {} ({:.1f} MB)\n  written  {}: {} added, {} changed; {} were equal\n",
                        thousands(progress.fetched), static_cast<double>(progress.bytes) / 1e6,
                        thousands(progress.written()), thousands(progress.added), thousands(progress.changed),
                        thousands(progress.unchanged));
  }
  if (progress.incomplete > 0) {
    text +=
        fmt::format("  partly   {}: what lies beside them could not be read; the next run reads them again\n",
                    thousands(progress.incomplete));
  }
  if (progress.filtered > 0)
    text += fmt::format("  filtered {}: passed over as asked\n", thousands(progress.filtered));
  if (progress.gone > 0) {
    text += fmt::format("  gone     {}: indexed, but no longer in the source{}\n", thousands(progress.gone),
                        progress.archived > 0 ? "; archived " + thousands(progress.archived) : "");
  }
  if (progress.failed > 0) text += fmt::format("  failed   {}\n", thousands(progress.failed));
  return text;
}

}  // namespace hayden::crawl
