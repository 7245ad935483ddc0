#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "crawl/bounded_queue.hpp"
#include "crawl/crawl_cursors.hpp"
#include "crawl/listing.hpp"
#include "crawl/scene_filter.hpp"
#include "db/scene_writer.hpp"
#include "mtl/landsat_item.hpp"

namespace hayden::crawl {

/// From where footprints are taken, the best that is there: the angle coefficients and USGS's Item beside an
/// MTL, the angle coefficients only, or the MTL alone, which spares a request for each scene.
enum class Footprints { best, angles, mtl };

struct HarvestOptions {
  std::size_t concurrency = 16;        ///< objects read at a time
  std::size_t batch = 500;             ///< scenes per transaction
  std::optional<std::uint64_t> limit;  ///< scenes to read at most
  std::string href_base;         ///< URL that hrefs are made below instead of the source; empty: the source
  bool force = false;            ///< read scenes whose mark is unchanged, too
  bool dry_run = false;          ///< read marks only, write nothing
  bool archive_removed = false;  ///< archive scenes that the source does not hold any more
  Footprints footprints = Footprints::best;
  SceneFilter filter;
};

/// How far a harvest is; read by other threads while it runs.
struct Counters {
  std::atomic<std::uint64_t> listed = 0;    ///< objects
  std::atomic<std::uint64_t> found = 0;     ///< scenes
  std::atomic<std::uint64_t> filtered = 0;  ///< scenes that the filter passes over
  std::atomic<std::uint64_t> skipped = 0;   ///< scenes whose mark is unchanged
  std::atomic<std::uint64_t> queued = 0;    ///< scenes to read
  std::atomic<std::uint64_t> reads = 0;     ///< objects to read for those, at least
  std::atomic<std::uint64_t> fetched = 0;   ///< scenes read
  std::atomic<std::uint64_t> bytes = 0;     ///< read, of metadata
  std::atomic<std::uint64_t> parsed = 0;    ///< scenes read that are understood
  std::atomic<std::uint64_t> added = 0, changed = 0,
                             unchanged = 0;  ///< scenes written; `unchanged` were equal already
  /// Of the scenes written, those with a lesser footprint than there is, for it could not be read just now.
  std::atomic<std::uint64_t> incomplete = 0;
  std::atomic<std::uint64_t> failed = 0;    ///< scenes and folders
  std::atomic<std::uint64_t> gone = 0;      ///< scenes that are indexed, but no longer there
  std::atomic<std::uint64_t> archived = 0;  ///< of those
  std::atomic<bool> listing_done = false;
};

/// The database refuses or is away. The text is one sentence for the user.
class DatabaseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Told of single events, from any thread.
struct HarvestEvents {
  std::function<void(const std::string& reason)> failed;  ///< or incomplete
  enum class Change { added, changed, gone };
  std::function<void(const std::string& href, Change change)> would;  ///< in a dry run
};

/// What a listing names, out of a store, into a database. Stages run at the same time with bounded queues
/// between them: list, filter and drop what is known → read and parse (several) → write in batches. A scene
/// that cannot be read or parsed is recorded and passed over.
class Harvest {
 public:
  Harvest(ObjectStore& store, Listing& listing, db::Pool& pool, HarvestOptions options, Counters& counters,
          HarvestEvents events);

  /// Returns when all is written, or, after a stop, what was in hand. Throws SourceError (what had been read
  /// by then is written), BudgetError and DatabaseError.
  void run(const std::stop_token& stop);

 private:
  struct Job {
    ListedScene scene;
    std::shared_ptr<PageTicket> ticket;
  };
  struct Result {
    std::variant<db::PreparedScene, db::HarvestFailure> outcome;
    std::shared_ptr<PageTicket> ticket;
    bool incomplete = false;
  };

  void list();
  bool take_page(Page page, MtlFilter& filter);
  void account_for(const Page& page);
  bool queue_new(std::vector<ListedScene> scenes, const std::shared_ptr<PageTicket>& ticket);
  void fetch_all();
  bool fetch(const Job& job);
  bool reads_beside(const ListedScene& scene) const;
  mtl::Neighbours neighbours_of(const ListedScene& scene, bool& incomplete) const;
  std::string read_beside(const Object& object, std::size_t most, bool& incomplete) const;
  std::string href(const std::string& key) const;

  void write_all();
  void add_to_batch(Result result);
  void flush();
  bool write(std::span<const db::PreparedScene> rows, std::span<const db::Sql> within);
  void record(db::HarvestFailure failure);
  void ensure_kind(const db::PreparedScene& row);
  void settle();

  void abandon(std::exception_ptr reason);

  ObjectStore& store_;
  Listing& listing_;
  db::Pool& pool_;
  db::HarvestMarks marks_;
  db::SceneWriter writer_;
  HarvestOptions options_;
  Counters& counters_;
  HarvestEvents events_;

  BoundedQueue<Job> to_fetch_;
  BoundedQueue<Result> to_write_;
  std::atomic<std::size_t> fetchers_ = 0;
  std::stop_source stop_;
  std::mutex reason_mutex_;
  std::exception_ptr reason_;

  std::vector<db::PreparedScene> batch_;
  std::vector<db::HarvestFailure> failures_;
  std::vector<std::shared_ptr<PageTicket>> written_of_;  // the pages of both
  std::set<std::string> kinds_;
};

}  // namespace hayden::crawl
