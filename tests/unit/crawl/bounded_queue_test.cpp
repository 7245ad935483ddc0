#include "crawl/bounded_queue.hpp"

#include <gtest/gtest.h>

#include <future>

namespace hayden::crawl {
namespace {

TEST(BoundedQueue, gives_items_in_order_and_ends_when_closed) {
  BoundedQueue<int> queue(3);
  queue.push(1);
  queue.push(2);
  queue.close();
  EXPECT_FALSE(queue.push(3));
  EXPECT_FALSE(queue.finished());
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), 2);
  EXPECT_EQ(queue.pop(), std::nullopt);
  EXPECT_TRUE(queue.finished());
}

TEST(BoundedQueue, holds_a_fast_producer_back) {
  BoundedQueue<int> queue(2);
  int produced = 0;
  auto producer = std::async(std::launch::async, [&] {
    for (; produced < 100; ++produced) queue.push(produced);
    queue.close();
  });
  int expected = 0;
  while (const auto item = queue.pop()) EXPECT_EQ(*item, expected++);
  producer.get();
  EXPECT_EQ(expected, 100);
}

TEST(BoundedQueue, wakes_a_waiting_producer_when_cancelled) {
  BoundedQueue<int> queue(1);
  queue.push(1);
  auto refused = std::async(std::launch::async, [&] { return queue.push(2); });
  queue.cancel();
  EXPECT_FALSE(refused.get());
  EXPECT_TRUE(queue.finished());
}

TEST(BoundedQueue, stops_waiting_at_the_deadline) {
  BoundedQueue<int> queue(1);
  EXPECT_EQ(queue.pop(std::chrono::steady_clock::now()), std::nullopt);
  EXPECT_FALSE(queue.finished());
}

}  // namespace
}  // namespace hayden::crawl
