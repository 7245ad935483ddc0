#include "core/bbox.hpp"

#include <gmock/gmock.h>

#include <limits>
#include <vector>

namespace hayden {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Result {
  std::optional<Bbox> box;
  std::vector<std::string> mistakes;
};

Result read(const std::vector<double>& numbers) {
  Mistakes mistakes;
  const auto box = bbox_from_numbers(numbers, mistakes);
  return {box, mistakes.all()};
}

TEST(Bbox, takes_west_south_east_north) {
  const auto result = read({-123, 45, -122, 46});
  EXPECT_EQ(result.box, (Bbox{-123, 45, -122, 46}));
  EXPECT_FALSE(result.box->crosses_antimeridian());
  EXPECT_TRUE(result.mistakes.empty());
}

TEST(Bbox, leaves_out_the_heights_of_six_numbers) {
  EXPECT_EQ(read({-123, 45, -100, -122, 46, 9000}).box, (Bbox{-123, 45, -122, 46}));
}

TEST(Bbox, crosses_the_antimeridian_when_west_is_greater_than_east) {
  const auto result = read({170, -20, -170, -10});
  ASSERT_TRUE(result.box);
  EXPECT_TRUE(result.box->crosses_antimeridian());
}

TEST(Bbox, takes_the_whole_earth_and_a_point) {
  EXPECT_TRUE(read({-180, -90, 180, 90}).box);
  EXPECT_TRUE(read({1, 2, 1, 2}).box);
}

TEST(Bbox, refuses_any_other_count_of_numbers) {
  for (std::size_t count : {0, 1, 2, 3, 5, 7, 8}) {
    const auto result = read(std::vector<double>(count, 1.0));
    EXPECT_EQ(result.box, std::nullopt) << count;
    EXPECT_THAT(result.mistakes, ElementsAre("bbox: expected 4 or 6 numbers, got " + std::to_string(count)));
  }
}

TEST(Bbox, refuses_numbers_that_are_not_finite) {
  const double infinity = std::numeric_limits<double>::infinity();
  const double not_a_number = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(read({-infinity, 0, 1, 1}).box);
  EXPECT_FALSE(read({0, 0, 1, not_a_number}).box);
}

TEST(Bbox, names_every_mistake_at_once) {
  const auto result = read({-181, 91, 5, 0, -91, 1});
  EXPECT_FALSE(result.box);
  EXPECT_THAT(result.mistakes, ElementsAre(HasSubstr("longitudes"), HasSubstr("latitudes"),
                                           HasSubstr("southern latitude"), HasSubstr("lower height")));
}

}  // namespace
}  // namespace hayden
