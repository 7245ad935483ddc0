#pragma once
#include <optional>
#include <string_view>

#include "core/problem.hpp"
#include "core/time.hpp"

namespace hayden {

/// A closed time interval; a missing end is open. An instant has both ends equal.
struct Interval {
  std::optional<Instant> start;
  std::optional<Instant> end;
};

/// Parses the `datetime` parameter (STAC API item-search 1.0.0; OGC API Features 7.15.3): an instant or
/// `start/end`, open ends written `..` or empty. A mistake is added under `datetime` and nothing is returned.
std::optional<Interval> parse_interval(std::string_view text, Mistakes& mistakes);

}  // namespace hayden
