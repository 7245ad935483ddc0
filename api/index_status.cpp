#include "api/index_status.hpp"

#include <spdlog/spdlog.h>

namespace hayden::api {

std::optional<db::IndexStatus> IndexStatusCache::status() {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (kept_ && now - asked_ < keep) return kept_;
  asked_ = now;
  try {
    kept_ = catalog_.status();
  } catch (const std::exception& error) {
    spdlog::warn("the index's numbers are not available: {}", error.what());
    kept_.reset();
  }
  return kept_;
}

}  // namespace hayden::api
