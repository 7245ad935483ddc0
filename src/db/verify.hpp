#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "db/pool.hpp"

namespace hayden::db {

/// A place where the two faces do not agree.
struct Difference {
  std::string kind;                             ///< see docs/odc.md
  std::string dataset_id, collection, item_id;  ///< empty where there is none
  std::string finding;                          ///< what is wrong, one sentence
  std::string remedy;
  bool repairable = false;  ///< by repair: the Projector is told to look at it
};

struct VerifyReport {
  std::int64_t datasets = 0, items = 0;  ///< looked at
  std::int64_t waiting = 0;              ///< not looked at: they wait for the Projector
  std::int64_t without_item = 0;         ///< documents that have no Item form, and say so
  std::int64_t differences = 0, repaired = 0;
};

struct VerifyOptions {
  bool repair = false;  ///< puts what can be repaired into the outbox
  std::function<void(const Difference&)> found{};
  std::function<void(const std::string& dataset_id, const std::string& reason)> without_item{};
  std::function<void(const VerifyReport&)> progress{};  ///< after each batch
};

/// Compares both faces of the whole index, in batches of a few hundred. Each batch is one snapshot, so work
/// that goes on meanwhile is no difference.
VerifyReport verify(Pool& writers, const VerifyOptions& options);

}  // namespace hayden::db
