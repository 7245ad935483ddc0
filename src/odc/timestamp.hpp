#pragma once
#include <optional>
#include <string_view>

#include "core/time.hpp"

namespace hayden::odc {

/// A time as datasets hold it: `2014-03-05T10:20:30.123Z`; the time of day, its seconds, fraction and zone
/// may be missing, a space may stand for the T. Years 1 to 9999, no leap seconds.
struct Timestamp {
  Instant instant;          ///< without a zone: UTC
  bool has_offset = false;  ///< another zone than UTC: the index would drop it
};

/// Nothing when it is no such time.
std::optional<Timestamp> parse_timestamp(std::string_view text);

}  // namespace hayden::odc
