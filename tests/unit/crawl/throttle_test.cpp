#include "crawl/throttle.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace hayden::crawl {
namespace {

using namespace std::chrono_literals;

TEST(Throttle, begins_with_a_few_requests_and_grows_with_those_that_succeed) {
  Throttle throttle(16);
  EXPECT_EQ(throttle.limit(), 4);
  for (int i = 0; i < 100; ++i) throttle.succeeded();
  EXPECT_EQ(throttle.limit(), 16);
  EXPECT_EQ(Throttle(2).limit(), 2);
}

TEST(Throttle, halves_once_for_requests_that_fail_together_and_then_grows_slowly) {
  Throttle throttle(16);
  for (int i = 0; i < 100; ++i) throttle.succeeded();
  const auto now = Throttle::Clock::now();
  throttle.overloaded(now);
  throttle.overloaded(now + 10ms);
  EXPECT_EQ(throttle.limit(), 8);
  throttle.overloaded(now + 2s);
  EXPECT_EQ(throttle.limit(), 4);
  for (int i = 0; i < 4; ++i) throttle.succeeded();
  EXPECT_NEAR(throttle.limit(), 5, 0.2);
  for (int i = 0; i < 60; i += 2) throttle.overloaded(now + 10s + std::chrono::seconds{i});
  EXPECT_EQ(throttle.limit(), 1) << "one request is always allowed";
}

TEST(Throttle, holds_back_the_next_request_until_one_has_left) {
  Throttle throttle(1);
  ASSERT_TRUE(throttle.enter({}));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(throttle.enter(stop.get_token()));
  std::jthread other([&] { throttle.leave(); });
  EXPECT_TRUE(throttle.enter({}));
}

}  // namespace
}  // namespace hayden::crawl
