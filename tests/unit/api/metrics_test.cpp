#include "api/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hayden::api {
namespace {

using std::chrono::microseconds;
using ::testing::HasSubstr;
using ::testing::Not;

std::string written(const Metrics& metrics) {
  std::string out;
  metrics.write(out);
  return out;
}

TEST(metrics, count_answers_by_method_route_and_status) {
  Metrics metrics;
  metrics.count("GET", "/search", 200, microseconds{1'000}, 10);
  metrics.count("GET", "/search", 200, microseconds{1'000}, 10);
  metrics.count("POST", "/search", 400, microseconds{1'000}, 10);
  EXPECT_THAT(written(metrics),
              HasSubstr("hayden_http_requests_total{method=\"GET\",route=\"/search\",status=\"200\"} 2\n"));
  EXPECT_THAT(written(metrics),
              HasSubstr("hayden_http_requests_total{method=\"POST\",route=\"/search\",status=\"400\"} 1\n"));
  EXPECT_THAT(written(metrics), HasSubstr("hayden_http_response_bytes_total{route=\"/search\"} 30\n"));
}

TEST(metrics, put_latencies_into_cumulative_buckets) {
  Metrics metrics;
  for (const int took : {1'000, 1'001, 60'000'000}) metrics.count("GET", "/", 200, microseconds{took}, 0);
  const auto text = written(metrics);
  EXPECT_THAT(text, HasSubstr("_bucket{route=\"/\",le=\"0.001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{route=\"/\",le=\"0.0025\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{route=\"/\",le=\"30\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{route=\"/\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("_count{route=\"/\"} 3\n"));
}

TEST(metrics, tell_a_database_that_does_not_answer_from_an_empty_one) {
  std::string away, empty;
  write_index_metrics(away, std::nullopt);
  write_index_metrics(empty, db::IndexStatus{});
  EXPECT_THAT(away, HasSubstr("\nhayden_database_up 0\n"));
  EXPECT_THAT(away, Not(HasSubstr("hayden_collections")));
  EXPECT_THAT(empty, HasSubstr("\nhayden_database_up 1\n"));
  EXPECT_THAT(empty, HasSubstr("\nhayden_collections 0\n"));
}

}  // namespace
}  // namespace hayden::api
