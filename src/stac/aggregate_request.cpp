#include "stac/aggregate_request.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <ranges>

#include "stac/parameters.hpp"

namespace hayden::stac {
namespace {

using Kind = Aggregation::Kind;

/// The names that begin with `grid_` are what the two centroids were called before; clients still ask by
/// them.
constexpr std::array<Aggregation, 12> aggregations{{{"total_count", Kind::count},
                                                    {"datetime_min", Kind::earliest},
                                                    {"datetime_max", Kind::latest},
                                                    {"collection_frequency", Kind::collection},
                                                    {"datetime_frequency", Kind::time},
                                                    {"cloud_cover_frequency", Kind::range, "eo:cloud_cover"},
                                                    {"platform_frequency", Kind::term, "platform"},
                                                    {"grid_code_frequency", Kind::term, "grid:code"},
                                                    {"centroid_geohash_grid_frequency", Kind::geohash},
                                                    {"centroid_geotile_grid_frequency", Kind::geotile},
                                                    {"grid_geohash_frequency", Kind::geohash},
                                                    {"grid_geotile_frequency", Kind::geotile}}};

constexpr std::array<std::string_view, 8> intervals{"year", "quarter", "month",  "week",
                                                    "day",  "hour",    "minute", "second"};

struct Precision {
  int least, most;
};

Precision precision_of(const Aggregation& grid) {
  return grid.kind == Kind::geohash ? Precision{1, 12} : Precision{0, 29};
}

template <typename Names>
std::string joined(const Names& names) {
  std::string text;
  for (const auto name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

void read_names(const Json& value, AggregateRequest& request, Mistakes& mistakes) {
  std::vector<std::string> names;
  if (value.is_string()) {
    for (const auto name : split_at_commas(value.get_ref<const std::string&>())) names.emplace_back(name);
  } else if (value.is_array() &&
             std::ranges::all_of(value, [](const Json& one) { return one.is_string(); })) {
    names = value.get<std::vector<std::string>>();
  } else {
    return mistakes.add("aggregations", "expected an array of strings");
  }
  std::erase(names, "");
  for (const auto& name : names) {
    const auto* const found = std::ranges::find(aggregations, name, &Aggregation::name);
    if (found == aggregations.end()) {
      mistakes.add("aggregations", "'" + name.substr(0, 80) + "' is not one of " +
                                       joined(aggregations | std::views::transform(&Aggregation::name)));
      continue;
    }
    const auto same = [found](const auto& wanted) { return wanted.aggregation == found; };
    if (std::ranges::none_of(request.wanted, same)) request.wanted.push_back({found, 0});
  }
}

std::optional<int> read_precision(const Json& value, Precision allowed) {
  std::string text;
  if (value.is_string()) text = value.get<std::string>();
  if (value.is_number_unsigned()) text = std::to_string(value.get<std::uint64_t>());
  int number = 0;
  const auto* const end = text.data() + text.size();
  const auto [read_to, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc{} || read_to != end) return {};
  if (number < allowed.least || number > allowed.most) return {};
  return number;
}

/// Values come as JSON or, from a query string, as text.
void read_members(const Json& given, AggregateRequest& request, Mistakes& mistakes) {
  const auto member = [&given](std::string_view name) -> const Json* {
    const auto found = given.find(name);
    const bool is_empty =
        found != given.end() &&
        (found->is_null() || (found->is_string() && found->get_ref<const std::string&>().empty()));
    return found == given.end() || is_empty ? nullptr : &*found;
  };
  if (const auto* value = member("aggregations")) read_names(*value, request, mistakes);
  for (const auto& aggregation : aggregations) {
    if (!aggregation.is_grid()) continue;
    const auto allowed = precision_of(aggregation);
    std::optional<int> precision = allowed.least;
    const auto name = std::string{aggregation.name} + "_precision";
    if (const auto* value = member(name)) precision = read_precision(*value, allowed);
    if (!precision) {
      mistakes.add(name, "expected a whole number from " + std::to_string(allowed.least) + " to " +
                             std::to_string(allowed.most));
      continue;
    }
    for (auto& wanted : request.wanted) {
      if (wanted.aggregation == &aggregation) wanted.precision = *precision;
    }
  }
  if (const auto* value = member("datetime_frequency_interval")) {
    if (value->is_string() &&
        std::ranges::find(intervals, value->get_ref<const std::string&>()) != intervals.end()) {
      request.interval = value->get<std::string>();
    } else {
      mistakes.add("datetime_frequency_interval", "expected one of " + joined(intervals));
    }
  }
}

}  // namespace

std::span<const Aggregation> known_aggregations() { return aggregations; }

AggregateRequest AggregateRequest::from_query(const Pairs& query, const std::string* path_collection,
                                              const PropertyLookup& lookup) {
  AggregateRequest request;
  Mistakes mistakes;
  Json given = Json::object();
  for (const auto& [name, value] : query) given[name] = value;
  read_members(given, request, mistakes);
  request.search = SearchRequest::from_query(query, path_collection, lookup, std::move(mistakes));
  return request;
}

AggregateRequest AggregateRequest::from_body(const Json& body, const std::string* path_collection,
                                             const PropertyLookup& lookup) {
  AggregateRequest request;
  Mistakes mistakes;
  if (body.is_object()) read_members(body, request, mistakes);
  request.search = SearchRequest::from_body(body, lookup, std::move(mistakes));
  if (path_collection != nullptr) request.search.collections = {*path_collection};
  return request;
}

}  // namespace hayden::stac
