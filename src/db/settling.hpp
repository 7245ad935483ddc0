#pragma once
#include <string>
#include <vector>

#include "db/pool.hpp"

namespace hayden::db {

// What collections say of their Items, found out some time after Items were written. Everything throws
// Problem(503) when the database is away or it took too long.

/// Finds out what the Items of some of those collections cover whose extent is doubted since Items went, and
/// replaces the extents that are too large. Cheap where there is nothing to do. Tells how many it has
/// replaced.
int settle_extents(Pool& writers);

/// Finds out what the summaries of collections are, whenever Items or indexes have changed, one collection
/// after the other. Not safe from several threads.
class SummarySettler {
 public:
  explicit SummarySettler(Pool& writers) : writers_(writers) {}
  /// Does a piece of the work, if there is any. Tells whether there is more.
  bool step();

 private:
  bool begin();

  Pool& writers_;
  std::string state_;                       ///< of what is being looked at
  std::vector<std::string> names_, types_;  ///< of the properties
  std::vector<int> waiting_;                ///< keys of collections
  bool is_whole_ = false;                   ///< none was passed over
};

}  // namespace hayden::db
