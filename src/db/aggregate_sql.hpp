#pragma once
#include "db/search_sql.hpp"
#include "stac/aggregate_request.hpp"

namespace hayden::db {

/// Counts the matches in one pass over them. Rows are (number, key, frequency, first time, last time): for
/// all of them number 0, no key and RFC 3339 times; for each frequency of `request.wanted`, numbered from 1,
/// its buckets, the most frequent `most_buckets` of them. A collection's key is its number in the database,
/// that of a range the number of the range.
Sql aggregate_sql(const stac::AggregateRequest& request, const SearchContext& context, int most_buckets);

}  // namespace hayden::db
