#include "crawl/throttle.hpp"

#include <algorithm>

namespace hayden::crawl {
namespace {

constexpr double first_limit = 4;
constexpr auto between_cuts = std::chrono::seconds{1};

}  // namespace

Throttle::Throttle(std::size_t most)
    : most_(static_cast<double>(most)), limit_(std::min(first_limit, most_)) {}

bool Throttle::enter(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!room_.wait(lock, stop, [this] { return static_cast<double>(inside_) < limit_; })) return false;
  ++inside_;
  return true;
}

void Throttle::leave() {
  {
    const std::lock_guard lock(mutex_);
    --inside_;
  }
  room_.notify_one();
}

void Throttle::succeeded() {
  {
    const std::lock_guard lock(mutex_);
    limit_ = std::min(most_, limit_ + (starting_ ? 1 : 1 / limit_));
  }
  room_.notify_one();
}

void Throttle::overloaded(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  starting_ = false;
  if (now - last_cut_ < between_cuts) return;
  last_cut_ = now;
  limit_ = std::max(1.0, limit_ / 2);
}

double Throttle::limit() const {
  const std::lock_guard lock(mutex_);
  return limit_;
}

}  // namespace hayden::crawl
