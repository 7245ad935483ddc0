#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace hayden::crawl {

/// Bounds how many requests are on their way to a server at once: few at first, one more for each that
/// succeeds until the server is overloaded for the first time, then half as many and one more for each round
/// (additive increase, multiplicative decrease). Safe to share between threads.
class Throttle {
 public:
  using Clock = std::chrono::steady_clock;

  /// `most` ≥ 1 requests at once.
  explicit Throttle(std::size_t most);

  /// Waits for its turn; false when a stop was asked for before it came. Each true is to be followed by
  /// leave().
  bool enter(const std::stop_token& stop);
  void leave();
  /// What became of a request: how the bound grows and shrinks. Requests that were on their way together and
  /// fail together shrink it once.
  void succeeded();
  void overloaded(Clock::time_point now);

  double limit() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any room_;
  double most_, limit_;
  bool starting_ = true;
  std::size_t inside_ = 0;
  Clock::time_point last_cut_{};
};

}  // namespace hayden::crawl
