#pragma once
#include <cstddef>

#include "core/json.hpp"

namespace hayden {

/// An object that takes that many members without moving. Growing is dear: the names of members are const, so
/// a larger array is filled with copies of all that they hold.
Json object_with_room(std::size_t members);

}  // namespace hayden
