#include "stac/aggregate_request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hayden::stac {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> wanted(const AggregateRequest& request) {
  std::vector<std::string> names;
  for (const auto& one : request.wanted) {
    names.push_back(std::string{one.aggregation->name} + ' ' + std::to_string(one.precision));
  }
  return names;
}

AggregateRequest from_query(const std::string& raw, const std::string* collection = nullptr) {
  return AggregateRequest::from_query(parse_query(raw).value(), collection);
}

template <typename Read>
std::string complaint(const Read& read) {
  try {
    read();
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status(), 400);
    return problem.what();
  }
  return {};
}

TEST(aggregate_request, wants_each_once_in_the_order_asked) {
  const auto request = from_query(
      "aggregations=grid_geotile_frequency,total_count,centroid_geohash_grid_frequency,,total_count&limit=3&"
      "centroid_geohash_grid_frequency_precision=5&grid_geohash_frequency_precision=7&"
      "datetime_frequency_interval=day&collections=a,b");
  EXPECT_THAT(wanted(request),
              ElementsAre("grid_geotile_frequency 0", "total_count 0", "centroid_geohash_grid_frequency 5"));
  EXPECT_EQ(request.interval, "day");
  EXPECT_THAT(request.search.collections, ElementsAre("a", "b"));
  EXPECT_TRUE(from_query("").wanted.empty());
}

TEST(aggregate_request, reads_the_same_from_a_body) {
  const auto request = AggregateRequest::from_body(parse_json(R"({
      "aggregations": ["datetime_frequency", "grid_geotile_frequency"], "grid_geotile_frequency_precision": 29,
      "datetime_frequency_interval": null, "ids": ["x"]})"));
  EXPECT_THAT(wanted(request), ElementsAre("datetime_frequency 0", "grid_geotile_frequency 29"));
  EXPECT_EQ(request.interval, "month");
  EXPECT_THAT(request.search.ids, ElementsAre("x"));
  EXPECT_THAT(wanted(AggregateRequest::from_body(parse_json(R"({"aggregations": "total_count"})"))),
              ElementsAre("total_count 0"));
}

TEST(aggregate_request, is_kept_to_the_collection_of_its_path) {
  const std::string collection = "mine";
  EXPECT_THAT(from_query("collections=other", &collection).search.collections, ElementsAre("mine"));
  EXPECT_THAT(
      AggregateRequest::from_body(parse_json(R"({"collections": "other"})"), &collection).search.collections,
      ElementsAre("mine"));
}

TEST(aggregate_request, names_every_mistake_at_once) {
  EXPECT_THAT(
      complaint([] {
        from_query(
            "aggregations=total,total_count,mean&grid_geohash_frequency_precision=0&"
            "centroid_geotile_grid_frequency_precision=30&datetime_frequency_interval=decade&bbox=1");
      }),
      AllOf(HasSubstr("aggregations: 'total' is not one of total_count, "), HasSubstr("aggregations: 'mean'"),
            HasSubstr("grid_geohash_frequency_precision: expected a whole number from 1 to 12"),
            HasSubstr("centroid_geotile_grid_frequency_precision: expected a whole number from 0 to 29"),
            HasSubstr("datetime_frequency_interval: expected one of year, "), HasSubstr("bbox: ")));
  EXPECT_THAT(
      complaint([] {
        AggregateRequest::from_body(parse_json(R"({"aggregations": [1], "ids": 7,
                    "datetime_frequency_interval": 5, "grid_geohash_frequency_precision": 1.5})"));
      }),
      AllOf(HasSubstr("aggregations: expected an array of strings"), HasSubstr("ids: "),
            HasSubstr("datetime_frequency_interval: "), HasSubstr("grid_geohash_frequency_precision: ")));
  EXPECT_THAT(complaint([] { AggregateRequest::from_body(parse_json("[]")); }),
              HasSubstr("must be a JSON object"));
}

}  // namespace
}  // namespace hayden::stac
