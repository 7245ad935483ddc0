#include "http/worker_pool.hpp"

#include <utility>

namespace hayden::http {

void WorkerPool::start() {
  for (std::size_t i = 0; i < workers_; ++i) threads_.emplace_back([this] { work(); });
}

bool WorkerPool::offer(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    const std::size_t free_workers = workers_ - busy_;
    if (stopping_ || jobs_.size() >= queue_ + free_workers) return false;
    jobs_.push_back(std::move(job));
  }
  offered_.notify_one();
  return true;
}

void WorkerPool::stop() {
  std::deque<std::function<void()>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(jobs_);
  }
  offered_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

std::size_t WorkerPool::queued() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

std::size_t WorkerPool::busy() const {
  const std::lock_guard lock(mutex_);
  return busy_;
}

void WorkerPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    offered_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    ++busy_;
    lock.unlock();
    job();
    job = nullptr;  // what it holds goes now, not with the next job
    lock.lock();
    --busy_;
  }
}

}  // namespace hayden::http
