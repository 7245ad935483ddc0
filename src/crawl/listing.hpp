#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crawl/mtl_filter.hpp"
#include "crawl/object_store.hpp"
#include "db/harvest_state.hpp"

namespace hayden::crawl {

/// Stands for a page until all that came of it is written: then the listing may forget it.
class PageTicket;

/// A piece of a listing.
struct Page {
  std::vector<Object> objects;
  std::vector<std::string> unreadable;  ///< one sentence for each thing that is there but cannot be listed
  /// Where it is certain that the source holds `objects` and nothing else between those keys.
  std::optional<db::KeySpan> covers;
  std::shared_ptr<PageTicket> ticket;  ///< none: the listing keeps no account
  bool last = false;                   ///< of its run of keys: no more of any scene comes
};

/// Where the keys of a source come from.
class Listing {
 public:
  virtual ~Listing() = default;
  /// `filter` chooses among the pages of one run of keys: one thread's, one after another.
  using Take = std::function<bool(Page, MtlFilter& filter)>;
  /// Gives every object page by page, maybe from several threads at once, until `take` returns false or a
  /// stop is asked for. Throws SourceError, BudgetError and Problem.
  virtual void list(const Take& take, const std::stop_token& stop) = 0;
  /// Statements to be committed together with the scenes that were the last of their pages.
  virtual std::vector<db::Sql> progress() { return {}; }
  /// After all is written: the span of keys that is now known to be listed completely, if one is.
  virtual std::optional<db::KeySpan> finish() { return {}; }
};

}  // namespace hayden::crawl
