#include "crawl/crawl_cursors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/percent.hpp"
#include "crawl/range_pool.hpp"

namespace hayden::crawl {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(CrawlCursors, move_over_pages_in_their_order_only) {
  CrawlCursors cursors;
  const auto first = cursors.open(1);
  const auto second = cursors.open(1);
  first->set_cursor("k1");
  second->set_cursor("k2");
  second->release();
  EXPECT_THAT(cursors.take_moves(), IsEmpty()) << "the first page is not written";
  first->release();
  const auto moves = cursors.take_moves();
  ASSERT_THAT(moves, SizeIs(1));
  EXPECT_EQ(moves[0].cursor, "k2");
  EXPECT_THAT(cursors.take_moves(), IsEmpty());
}

TEST(CrawlCursors, wait_for_every_scene_of_a_page) {
  CrawlCursors cursors;
  const auto page = cursors.open(1);
  page->hold();
  page->release();
  EXPECT_THAT(cursors.take_moves(), IsEmpty());
  page->release();
  const auto moves = cursors.take_moves();
  ASSERT_THAT(moves, SizeIs(1));
  EXPECT_EQ(moves[0].range, 1);
  EXPECT_EQ(moves[0].cursor, std::nullopt) << "the whole range is done";
}

TEST(CrawlCursors, of_different_ranges_do_not_wait_for_each_other) {
  CrawlCursors cursors;
  const auto slow = cursors.open(1);
  cursors.open(2)->release();
  const auto moves = cursors.take_moves();
  ASSERT_THAT(moves, SizeIs(1));
  EXPECT_EQ(moves[0].range, 2);
}

TEST(PrivateRanges, tile_the_keys_of_a_prefix_however_they_are_cut) {
  PrivateRanges ranges("p/");
  const auto whole = ranges.lease().value();
  EXPECT_LT(whole.span.after, "p/");
  EXPECT_GT(whole.span.until, "p/\xF4");
  EXPECT_FALSE(ranges.lease());
  EXPECT_TRUE(ranges.split(whole.id, {"p/b", "p/c"}));
  EXPECT_EQ(ranges.count().free, 2U);
  auto second = ranges.lease().value();
  auto third = ranges.lease().value();
  if (second.span.after > third.span.after) std::swap(second, third);
  EXPECT_EQ(second.span.after, "p/b");
  EXPECT_EQ(second.span.until, "p/c");
  EXPECT_EQ(third.span.after, "p/c");
  EXPECT_EQ(third.span.until, whole.span.until);
  EXPECT_FALSE(ranges.finish());
  ranges.statements({{whole.id, std::nullopt}, {second.id, std::nullopt}, {third.id, "p/d"}});
  EXPECT_FALSE(ranges.finish());
  ranges.statements({{third.id, std::nullopt}});
  EXPECT_TRUE(ranges.finish());
}

TEST(PrivateRanges, give_the_next_one_to_whom_is_before_it_unless_it_is_taken) {
  PrivateRanges ranges("p/");
  const auto whole = ranges.lease().value();
  EXPECT_FALSE(ranges.absorb(whole.id));
  ranges.split(whole.id, {"p/b", "p/c", "p/d"});
  const auto middle = ranges.lease().value();
  EXPECT_EQ(middle.span.after, "p/c");
  EXPECT_EQ(ranges.absorb(whole.id), "p/c");
  EXPECT_FALSE(ranges.absorb(whole.id));
  EXPECT_EQ(ranges.absorb(middle.id), whole.span.until);
  EXPECT_FALSE(ranges.absorb(middle.id));
  EXPECT_FALSE(ranges.lease());
  ranges.statements({{whole.id, std::nullopt}, {middle.id, std::nullopt}});
  EXPECT_TRUE(ranges.finish());
}

TEST(Prefix, its_keys_lie_between_two_others) {
  for (const std::string prefix : {"a", "a/", "é", "a/\x01", "\xEE\x80\x80", "ab\xC4\x80"}) {
    EXPECT_LT(before_prefix(prefix), prefix) << prefix;
    EXPECT_LT(prefix + "\xF4\x8F\xBF\xBE", end_of_prefix(prefix)) << prefix;
  }
  EXPECT_EQ(before_prefix(""), "");
  EXPECT_GT(before_prefix("a/"), "a.zzz");
  EXPECT_GT(before_prefix("é"), "èzzz");
  EXPECT_TRUE(is_utf8(before_prefix("\xEE\x80\x80"))) << "there are no surrogates";
}

}  // namespace
}  // namespace hayden::crawl
