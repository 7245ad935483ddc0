#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "db/item_codec.hpp"
#include "db/pool.hpp"

namespace hayden::db {

class RoleTransaction;

struct ProjectionReport {
  std::int64_t written = 0;  ///< Items derived or derived anew
  std::int64_t removed = 0;  ///< Items of datasets that are gone
  std::int64_t kept = 0;     ///< datasets whose Item says the same already
  std::int64_t failed = 0;   ///< documents without an Item form, now in hayden.projection_error
  std::int64_t done() const { return written + removed + kept + failed; }
};

/// Derives the Items of datasets that were written by the Open Data Cube's door (docs/adr/0002), from
/// hayden.outbox. One thread at a time.
class Projector {
 public:
  explicit Projector(Pool& writers) : writers_(writers) {}

  /// Projects up to `most` waiting entries, the oldest first, in one transaction; done() is 0 when nothing
  /// waits. An entry leaves the outbox in the transaction that writes its Item.
  ProjectionReport run(std::size_t most = 500);

  /// Projects what the transaction itself has changed, so that both faces change at once. The transaction
  /// goes on under agdc_admin.
  static ProjectionReport project(RoleTransaction& transaction, std::span<const std::string> dataset_ids);

 private:
  Pool& writers_;
};

}  // namespace hayden::db
