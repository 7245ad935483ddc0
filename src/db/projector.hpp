#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "db/pool.hpp"

namespace hayden::db {

class ItemCodecs;
class RoleTransaction;

struct ProjectionReport {
  std::int64_t written = 0;   ///< Items derived or derived anew
  std::int64_t removed = 0;   ///< Items of datasets that are gone, or have no Item form now
  std::int64_t kept = 0;      ///< datasets whose Item says the same already
  std::int64_t failed = 0;    ///< documents without an Item form, now in hayden.projection_error
  std::int64_t products = 0;  ///< products whose Collection was looked after
  std::int64_t done() const { return written + removed + kept + failed + products; }
  ProjectionReport& operator+=(const ProjectionReport& other);
};

/// Derives the Items of datasets that were written by the Open Data Cube's door (docs/adr/0002, docs/odc.md),
/// from hayden.outbox. A dataset is locked against other changes from before its document is read until its
/// Item is committed, so what several Projectors and writers do at once ends as if done one after the other.
/// One thread at a time.
class Projector {
 public:
  explicit Projector(Pool& writers);
  ~Projector();
  Projector(const Projector&) = delete;
  Projector& operator=(const Projector&) = delete;

  /// Projects up to `most` waiting entries, the oldest first, in one transaction; done() is 0 when nothing
  /// waits but what other transactions are changing, and when it had to give way to one. An entry leaves the
  /// outbox in the transaction that writes its Item. Throws Problem(503) when the database is away.
  ProjectionReport run(std::size_t most = 500);

  /// Projects what the transaction itself has changed, so that both faces change at once. The transaction
  /// goes on under agdc_admin. Waits for other transactions that are changing the same datasets.
  static ProjectionReport project(RoleTransaction& transaction, std::span<const std::string> dataset_ids);
  /// The same with codecs that are kept from batch to batch.
  static ProjectionReport project(RoleTransaction& transaction, std::span<const std::string> dataset_ids,
                                  ItemCodecs& codecs);
  /// Gives products that the transaction has added or changed their Collections. Goes on under agdc_admin.
  static ProjectionReport project_products(RoleTransaction& transaction);

 private:
  ProjectionReport run(RoleTransaction& transaction, std::size_t most);

  Pool& writers_;
  std::unique_ptr<ItemCodecs> codecs_;
  bool may_leave_empty_collections_ = true;
};

}  // namespace hayden::db
