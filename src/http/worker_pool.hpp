#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace hayden::http {

/// So many jobs at once, and a bounded queue before them. A job that waits for its client steps aside:
/// another thread takes its place meanwhile, up to a bound, so that slow clients do not use up the workers.
class WorkerPool {
 public:
  WorkerPool(std::size_t workers, std::size_t queue) : workers_(workers), queue_(queue) {}
  ~WorkerPool() { stop(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void start();
  /// False when every worker is busy and the queue is full. A job must not throw.
  bool offer(std::function<void()> job);
  /// Drops what is queued, waits for what is running.
  void stop();

  /// Called by a job before it waits. False when `most_aside` wait already: then it keeps its place.
  bool step_aside();
  /// Called by a job that stepped aside when it goes on.
  void step_back();

  static constexpr std::size_t most_aside = 40;

  std::size_t queued() const;
  std::size_t busy() const;
  std::size_t size() const { return workers_; }

 private:
  void work();

  const std::size_t workers_;
  const std::size_t queue_;
  mutable std::mutex mutex_;
  std::condition_variable offered_;
  std::deque<std::function<void()>> jobs_;
  std::size_t busy_ =
      0;  ///< without those that stepped aside; above workers_ for a moment when one steps back
  std::size_t aside_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace hayden::http
