#include "crawl/progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hayden::crawl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Progress, knows_no_end_while_the_source_is_being_listed) {
  Counters counters;
  counters.queued = 100;
  const auto start = Meter::Clock::now();
  Meter meter(counters, start);
  counters.fetched = 50;
  auto progress = meter.look(start + std::chrono::seconds{10});
  EXPECT_EQ(progress.eta(), std::nullopt);
  EXPECT_THAT(progress_bar(progress, 200), Not(HasSubstr("left")));
  counters.listing_done = true;
  progress = meter.look(start + std::chrono::seconds{10});
  EXPECT_DOUBLE_EQ(progress.rate, 5);
  EXPECT_DOUBLE_EQ(progress.eta().value(), 10);
  EXPECT_THAT(progress_bar(progress, 200), StartsWith("[##########----------]  50 %"));
  EXPECT_THAT(progress_bar(progress, 200), HasSubstr("0:10 left"));
}

TEST(Progress, never_writes_more_than_the_terminal_is_wide) { EXPECT_EQ(progress_bar({}, 20).size(), 20U); }

TEST(Progress, each_stage_has_its_rate) {
  Counters counters;
  const auto start = Meter::Clock::now();
  Meter meter(counters, start);
  counters.listed = 1000, counters.fetched = 40, counters.parsed = 30, counters.added = 15;
  counters.unchanged = 5;
  const auto json = progress_json(meter.look(start + std::chrono::seconds{10}));
  const Json expected{{"listed", 100.0}, {"fetched", 4.0}, {"parsed", 3.0}, {"written", 2.0}};
  EXPECT_EQ(json.at("rates"), expected);
  EXPECT_THAT(progress_bar(meter.look(start + std::chrono::seconds{20}), 200), HasSubstr("listed 1,000 ("));
}

TEST(Progress, json_has_null_for_an_unknown_end) {
  const auto json = progress_json({});
  EXPECT_TRUE(json.at("eta_seconds").is_null());
  EXPECT_EQ(json.at("written"), 0);
}

TEST(Progress, the_summary_names_failures_only_when_there_are_some) {
  Progress progress;
  progress.found = 1'234'567;
  EXPECT_THAT(summary_text(progress, false), HasSubstr("scenes   1,234,567"));
  EXPECT_THAT(summary_text(progress, false), Not(HasSubstr("failed")));
  progress.failed = 2;
  EXPECT_THAT(summary_text(progress, false), HasSubstr("failed   2"));
  EXPECT_THAT(summary_text(progress, true), HasSubstr("nothing was written"));
}

}  // namespace
}  // namespace hayden::crawl
