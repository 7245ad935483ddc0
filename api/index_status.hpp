#pragma once
#include <chrono>
#include <mutex>
#include <optional>

#include "db/catalog.hpp"

namespace hayden::api {

/// The index's own numbers, asked for at most every few seconds however often /metrics is read.
class IndexStatusCache {
 public:
  explicit IndexStatusCache(db::Catalog& catalog) : catalog_(catalog) {}
  /// Nothing when the database does not answer.
  std::optional<db::IndexStatus> status();

 private:
  static constexpr std::chrono::seconds keep{5};
  db::Catalog& catalog_;
  std::mutex mutex_;
  std::optional<db::IndexStatus> kept_;
  std::chrono::steady_clock::time_point asked_{};
};

}  // namespace hayden::api
