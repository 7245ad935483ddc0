#include "crawl/range_pool.hpp"

#include <algorithm>

namespace hayden::crawl {

std::vector<db::Sql> SharedRanges::statements(const std::vector<CrawlCursors::Move>& moves) {
  std::vector<db::Sql> statements;
  statements.reserve(moves.size());
  for (const auto& move : moves) statements.push_back(ranges_.advance(move.range, move.cursor));
  return statements;
}

bool SharedRanges::finish() {
  ranges_.release();
  return ranges_.finish();
}

std::optional<db::CrawlRange> PrivateRanges::lease() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) return {};
  // From the middle: there whoever takes it can go on for longest before it meets another.
  const auto chosen = free_.begin() + static_cast<std::ptrdiff_t>(free_.size() / 2);
  auto range = std::move(*chosen);
  free_.erase(chosen);
  leased_[range.id] = range;
  return range;
}

std::optional<std::string> PrivateRanges::absorb(std::int64_t range) {
  const std::lock_guard lock(mutex_);
  auto& until = leased_.at(range).span.until;
  const auto next = std::ranges::find_if(free_, [&](const auto& one) { return one.span.after == until; });
  if (next == free_.end()) return {};
  until = next->span.until;
  free_.erase(next);
  return until;
}

db::CrawlRanges::Count PrivateRanges::count() {
  const std::lock_guard lock(mutex_);
  return {free_.size(), free_.size()};
}

bool PrivateRanges::split(std::int64_t range, const std::vector<std::string>& bounds) {
  const std::lock_guard lock(mutex_);
  auto& cut = leased_.at(range);
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    const auto& until = i + 1 < bounds.size() ? bounds[i + 1] : cut.span.until;
    free_.push_back({++last_id_, {bounds[i], until}});
  }
  cut.span.until = bounds.front();
  return true;
}

std::vector<db::Sql> PrivateRanges::statements(const std::vector<CrawlCursors::Move>& moves) {
  const std::lock_guard lock(mutex_);
  for (const auto& move : moves) {
    if (!move.cursor) leased_.erase(move.range);
  }
  return {};
}

bool PrivateRanges::finish() {
  const std::lock_guard lock(mutex_);
  return free_.empty() && leased_.empty();
}

}  // namespace hayden::crawl
