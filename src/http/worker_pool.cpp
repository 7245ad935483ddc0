#include "http/worker_pool.hpp"

#include <algorithm>
#include <utility>

namespace hayden::http {

void WorkerPool::start() {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < workers_; ++i) threads_.emplace_back([this] { work(); });
}

bool WorkerPool::offer(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    const std::size_t free_workers = workers_ - std::min(busy_, workers_);
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

bool WorkerPool::step_aside() {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || aside_ == most_aside) return false;
    ++aside_;
    --busy_;
    if (threads_.size() < workers_ + aside_) threads_.emplace_back([this] { work(); });
  }
  offered_.notify_one();
  return true;
}

void WorkerPool::step_back() {
  const std::lock_guard lock(mutex_);
  --aside_;
  ++busy_;
}

std::size_t WorkerPool::queued() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

std::size_t WorkerPool::busy() const {
  const std::lock_guard lock(mutex_);
  return busy_ + aside_;
}

void WorkerPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    offered_.wait(lock, [this] { return stopping_ || (!jobs_.empty() && busy_ < workers_); });
    if (stopping_) return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    ++busy_;
    lock.unlock();
    job();
    job = nullptr;  // what it holds goes now, not with the next job
    lock.lock();
    --busy_;
    if (!jobs_.empty()) offered_.notify_one();
  }
}

}  // namespace hayden::http
