#pragma once
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stac/search_request.hpp"

namespace hayden::stac {

/// Something that Items can be counted by (STAC API Aggregation 0.3.0). Names and parameters are those that
/// stac-server and stac-fastapi have given them.
struct Aggregation {
  enum class Kind {
    count,       ///< how many Items
    earliest,    ///< the first time of an Item
    latest,      ///< the last
    collection,  ///< Items by collection
    time,        ///< by year, month, …
    range,       ///< by cloud_cover_steps
    term,        ///< by a text
    geohash,     ///< by the cell that holds the middle of the footprint
    geotile      ///< the same, cells of the Web Mercator pyramid, `zoom/x/y`
  };
  std::string_view name;
  Kind kind = Kind::count;
  std::string_view property = {};  ///< of range and term

  /// Whether it is a distribution over buckets, and not one value.
  bool is_frequency() const { return kind >= Kind::collection; }
  /// Whether `<name>_precision` says how fine the grid is.
  bool is_grid() const { return kind >= Kind::geohash; }
};

/// All that can be asked for.
std::span<const Aggregation> known_aggregations();

/// Where one range of cloud cover ends, which excludes it, and the next begins; percent.
inline constexpr std::array cloud_cover_steps{5, 15, 40};

/// What is wanted of the Items that a search finds.
struct AggregateRequest {
  struct Wanted {
    const Aggregation* aggregation = nullptr;
    int precision = 0;  ///< of a grid: 1 to 12 for geohash, 0 to 29 for geotile; coarsest unless given
  };

  SearchRequest search;            ///< its limit, sort, fields and page mean nothing here
  std::vector<Wanted> wanted;      ///< each once, in the order asked
  std::string interval = "month";  ///< year, quarter, month, week (from Monday), day, hour, minute or second

  /// Reads `aggregations`, `datetime_frequency_interval`, `<name>_precision` and all that a search takes.
  /// Throws Problem(400) that names every mistake at once. See SearchRequest.
  static AggregateRequest from_query(const Pairs& query, const std::string* path_collection = nullptr,
                                     const PropertyLookup& lookup = known_property);
  static AggregateRequest from_body(const Json& body, const std::string* path_collection = nullptr,
                                    const PropertyLookup& lookup = known_property);
};

}  // namespace hayden::stac
