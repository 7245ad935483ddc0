#include "report.hpp"

#include <array>
#include <cstdio>

#include "core/json.hpp"

namespace hayden::bench {
namespace {

double ratio(const Result& result) {
  const double sql = result.sql.per_second();
  return sql > 0 ? result.http.per_second() / sql : 0;
}

double megabytes_per_second(const Side& side) {
  constexpr double megabyte = 1e6;
  return side.seconds > 0 ? static_cast<double>(side.bytes) / megabyte / side.seconds : 0;
}

double cpu_ms(double seconds, const Side& side) {
  return side.requests > 0 ? 1000 * seconds / static_cast<double>(side.requests) : 0;
}

double rows_per_request(const Result& result) {
  return result.sql.requests > 0
             ? static_cast<double>(result.sql.rows) / static_cast<double>(result.sql.requests)
             : 0;
}

Json side_json(const Side& side) {
  return {{"requests", side.requests},
          {"per_second", side.per_second()},
          {"p50_ms", side.percentile(0.5)},
          {"p99_ms", side.percentile(0.99)},
          {"rows", side.rows},
          {"bytes", side.bytes},
          {"errors", side.errors}};
}

std::string markdown(const std::vector<SignedPages>& pages) {
  std::string text =
      "| pages of 250 Items | clients | pages/s | p50 ms | API CPU ms | pages/s unsigned | p50 ms | API CPU "
      "ms | cost | "
      "by API CPU |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n";
  for (const auto& one : pages) {
    const auto& with = one.with_signatures;
    const double cpu = cpu_ms(with.api_cpu_seconds, with),
                 cpu_without = cpu_ms(one.without.api_cpu_seconds, one.without);
    std::array<char, 300> line{};
    std::snprintf(line.data(), line.size(),
                  "| signed inline | %zu | %.1f | %.1f | %.2f | %.1f | %.1f | %.2f | %.2f | %.2f |\n",
                  one.connections, with.per_second(), with.percentile(0.5), cpu, one.without.per_second(),
                  one.without.percentile(0.5), cpu_without, one.cost(),
                  cpu_without > 0 ? cpu / cpu_without : 0);
    text += line.data();
  }
  return text;
}

}  // namespace

std::string markdown(const RunReport& report) {
  if (!report.signed_pages.empty()) return markdown(report.signed_pages);
  std::string text =
      "| case | clients | rows | HTTP/s | MB/s | p50 ms | p99 ms | SQL/s | p50 ms | p99 ms | HTTP/SQL | API "
      "CPU ms "
      "| client CPU ms | errors |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n";
  for (const Result& result : report.results) {
    std::array<char, 300> line{};
    std::snprintf(
        line.data(), line.size(),
        "| %s | %zu | %.0f | %.0f | %.0f | %.1f | %.1f | %.0f | %.1f | %.1f | %.0f %% | %.2f | %.2f | %ju "
        "|\n",
        result.name.c_str(), result.connections, rows_per_request(result), result.http.per_second(),
        megabytes_per_second(result.http), result.http.percentile(0.5), result.http.percentile(0.99),
        result.sql.per_second(), result.sql.percentile(0.5), result.sql.percentile(0.99), 100 * ratio(result),
        cpu_ms(result.http.api_cpu_seconds, result.http), cpu_ms(result.http.client_cpu_seconds, result.http),
        static_cast<std::uintmax_t>(result.http.errors));
    text += line.data();
  }
  if (report.memory) {
    std::array<char, 120> line{};
    std::snprintf(line.data(), line.size(),
                  "\nResident memory of hayden-api: %.0f MB at its peak, %.0f MB at the end.\n",
                  report.memory->peak_mb, report.memory->now_mb);
    text += line.data();
  }
  return text;
}

std::string json(const RunReport& report) {
  Json all{{"items", report.items}, {"results", Json::array()}};
  for (const Result& result : report.results) {
    all["results"].push_back({{"name", result.name},
                              {"connections", result.connections},
                              {"http", side_json(result.http)},
                              {"sql", side_json(result.sql)},
                              {"ratio", ratio(result)},
                              {"api_cpu_ms", cpu_ms(result.http.api_cpu_seconds, result.http)},
                              {"http_client_cpu_ms", cpu_ms(result.http.client_cpu_seconds, result.http)},
                              {"sql_client_cpu_ms", cpu_ms(result.sql.client_cpu_seconds, result.sql)}});
  }
  for (const auto& pages : report.signed_pages) {
    all["signed_pages"].push_back({{"connections", pages.connections},
                                   {"signed", side_json(pages.with_signatures)},
                                   {"unsigned", side_json(pages.without)},
                                   {"cost", pages.cost()}});
  }
  if (report.memory) all["memory"] = {{"peak_mb", report.memory->peak_mb}, {"now_mb", report.memory->now_mb}};
  return dump_json(all);
}

}  // namespace hayden::bench
