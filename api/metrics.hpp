#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "db/catalog.hpp"
#include "db/pool.hpp"
#include "http/server.hpp"

namespace hayden::api {

/// Counts what was answered, and writes it in the Prometheus text format (version 0.0.4).
class Metrics {
 public:
  void count(std::string_view method, std::string_view route, int status, std::chrono::microseconds took,
             std::uint64_t bytes);
  void write(std::string& out) const;

 private:
  static constexpr std::array bucket_bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                            0.25,  0.5,    1.0,   2.5,  5.0,   10.0, 30.0};  ///< seconds
  struct Latency {
    std::array<std::uint64_t, bucket_bounds.size() + 1> buckets{};
    double seconds = 0;
    std::uint64_t count = 0, bytes = 0;
  };

  mutable std::mutex mutex_;
  std::map<std::tuple<std::string, std::string, int>, std::uint64_t> answers_;  ///< by method, route, status
  std::map<std::string, Latency, std::less<>> latencies_;                       ///< by route
};

void write_server_metrics(std::string& out, const http::ServerStatus& status);
void write_pool_metrics(std::string& out, const db::PoolStatus& status);
/// `status` is absent when the database did not answer.
void write_index_metrics(std::string& out, const std::optional<db::IndexStatus>& status);
/// Resident memory and open descriptors of this process, from /proc/self.
void write_process_metrics(std::string& out);

}  // namespace hayden::api
