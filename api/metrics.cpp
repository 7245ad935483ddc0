#include "api/metrics.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace hayden::api {
namespace {

void describe(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  fmt::format_to(std::back_inserter(out), "# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
}

template <typename Number>
void write_one(std::string& out, std::string_view name, std::string_view type, std::string_view help,
               Number value) {
  describe(out, name, type, help);
  fmt::format_to(std::back_inserter(out), "{} {}\n", name, value);
}

void write_harvest_metrics(std::string& out, const db::HarvestStatus& status) {
  write_one(out, "hayden_harvests_running", "gauge", "Runs of crawlers at work.", status.running);
  describe(out, "hayden_harvests", "gauge", "Runs that began in the last 24 hours, by how they ended.");
  const std::array<std::pair<std::string_view, std::int64_t>, 4> ends{{{"finished", status.finished},
                                                                       {"stopped", status.stopped},
                                                                       {"failed", status.failed},
                                                                       {"crashed", status.crashed}}};
  for (const auto& [state, number] : ends)
    fmt::format_to(std::back_inserter(out), "hayden_harvests{{state=\"{}\"}} {}\n", state, number);
  write_one(out, "hayden_harvest_scenes_written", "gauge",
            "Scenes added or changed by runs that began in the last 24 hours.", status.scenes_written);
  write_one(out, "hayden_harvest_scenes_failed", "gauge", "Scenes that failed in these runs.",
            status.scenes_failed);
  if (!status.last_finished) return;
  write_one(out, "hayden_harvest_last_success_timestamp_seconds", "gauge",
            "When a run last came to its end, in seconds since 1970.", *status.last_finished);
}

}  // namespace

void Metrics::count(std::string_view method, std::string_view route, int status,
                    std::chrono::microseconds took, std::uint64_t bytes) {
  const double seconds = std::chrono::duration<double>(took).count();
  std::size_t bucket = 0;
  while (bucket < bucket_bounds.size() && seconds > bucket_bounds[bucket]) ++bucket;
  const std::lock_guard lock(mutex_);
  ++answers_[{std::string{method}, std::string{route}, status}];
  auto found = latencies_.find(route);
  if (found == latencies_.end()) found = latencies_.emplace(route, Latency{}).first;
  auto& latency = found->second;
  ++latency.buckets[bucket];
  latency.seconds += seconds;
  latency.bytes += bytes;
  ++latency.count;
}

void Metrics::write(std::string& out) const {
  const auto at_end = std::back_inserter(out);
  const std::lock_guard lock(mutex_);
  describe(out, "hayden_http_requests_total", "counter", "Requests answered, by method, route and status.");
  for (const auto& [key, number] : answers_) {
    const auto& [method, route, status] = key;
    fmt::format_to(at_end, "hayden_http_requests_total{{method=\"{}\",route=\"{}\",status=\"{}\"}} {}\n",
                   method, route, status, number);
  }
  describe(out, "hayden_http_response_bytes_total", "counter",
           "Bytes of answer bodies before content coding.");
  for (const auto& [route, latency] : latencies_) {
    fmt::format_to(at_end, "hayden_http_response_bytes_total{{route=\"{}\"}} {}\n", route, latency.bytes);
  }
  constexpr std::string_view histogram = "hayden_http_request_duration_seconds";
  describe(out, histogram, "histogram",
           "Time from the framed request to the last byte of its answer, by route.");
  for (const auto& [route, latency] : latencies_) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < bucket_bounds.size(); ++i) {
      sum += latency.buckets[i];
      fmt::format_to(at_end, "{}_bucket{{route=\"{}\",le=\"{}\"}} {}\n", histogram, route, bucket_bounds[i],
                     sum);
    }
    fmt::format_to(at_end, "{0}_bucket{{route=\"{1}\",le=\"+Inf\"}} {2}\n{0}_sum{{route=\"{1}\"}} {3}\n",
                   histogram, route, latency.count, latency.seconds);
    fmt::format_to(at_end, "{}_count{{route=\"{}\"}} {}\n", histogram, route, latency.count);
  }
}

void write_server_metrics(std::string& out, const http::ServerStatus& status) {
  write_one(out, "hayden_http_connections", "gauge", "Open client connections.", status.connections);
  write_one(out, "hayden_http_queued", "gauge", "Requests waiting for a worker.", status.queued);
  write_one(out, "hayden_http_workers", "gauge", "Worker threads.", status.workers);
  write_one(out, "hayden_http_workers_busy", "gauge", "Workers with a request in hand.", status.busy_workers);
  write_one(out, "hayden_http_refused_total", "counter", "Requests refused before they reached a route.",
            status.refused);
}

void write_pool_metrics(std::string& out, const db::PoolStatus& status) {
  write_one(out, "hayden_db_pool_size", "gauge", "Most connections that the pool opens.", status.size);
  write_one(out, "hayden_db_pool_open", "gauge", "Open connections.", status.open);
  write_one(out, "hayden_db_pool_in_use", "gauge", "Connections leased out.", status.in_use);
  write_one(out, "hayden_db_pool_waiting", "gauge", "Requests waiting for a connection.", status.waiting);
}

void write_index_metrics(std::string& out, const std::optional<db::IndexStatus>& status) {
  write_one(out, "hayden_database_up", "gauge", "1 if the database answered.", status ? 1 : 0);
  if (!status) return;
  write_one(out, "hayden_collections", "gauge", "Collections in the index.", status->collections);
  write_one(out, "hayden_outbox", "gauge", "Foreign changes that wait to be projected.", status->outbox);
  write_one(out, "hayden_outbox_oldest_seconds", "gauge", "For how long the oldest of them has waited.",
            status->outbox_oldest);
  write_one(out, "hayden_projection_errors", "gauge",
            "Documents that could not be projected to the other face.", status->projection_errors);
  write_one(out, "hayden_harvested_scenes", "gauge", "Scenes the crawler has indexed (estimate).",
            status->harvested);
  write_one(out, "hayden_harvest_failures", "gauge", "Scenes in the crawler's dead-letter table.",
            status->harvest_failures);
  write_harvest_metrics(out, status->harvests);
}

void write_process_metrics(std::string& out) {
  long pages = 0, resident = 0;
  if (std::ifstream statm{"/proc/self/statm"}; statm >> pages >> resident) {
    write_one(out, "process_resident_memory_bytes", "gauge", "Resident memory.",
              resident * ::sysconf(_SC_PAGESIZE));
  }
  std::error_code error;
  const std::filesystem::directory_iterator descriptors{"/proc/self/fd", error};
  if (!error) {
    write_one(out, "process_open_fds", "gauge", "Open file descriptors.",
              std::distance(begin(descriptors), end(descriptors)));
  }
}

}  // namespace hayden::api
