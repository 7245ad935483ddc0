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
#include "crawl/mtl_filter.hpp"
#include "crawl/object_store.hpp"
#include "db/scene_writer.hpp"

namespace hayden::crawl {

struct HarvestOptions {
  std::size_t concurrency = 16;        ///< objects read at a time
  std::size_t batch = 500;             ///< scenes per transaction
  std::optional<std::uint64_t> limit;  ///< scenes to read at most
  std::string href_base;  ///< URL that hrefs are made below instead of the source; empty: the source
  bool force = false;     ///< read scenes whose mark is unchanged, too
  bool dry_run = false;   ///< read marks only, write nothing
};

/// How far a harvest is; read by other threads while it runs.
struct Counters {
  std::atomic<std::uint64_t> listed = 0;   ///< objects
  std::atomic<std::uint64_t> found = 0;    ///< scenes
  std::atomic<std::uint64_t> skipped = 0;  ///< scenes whose mark is unchanged
  std::atomic<std::uint64_t> queued = 0;   ///< scenes to read
  std::atomic<std::uint64_t> fetched = 0;  ///< scenes read
  std::atomic<std::uint64_t> bytes = 0;    ///< read
  std::atomic<std::uint64_t> added = 0, changed = 0,
                             unchanged = 0;  ///< scenes written; `unchanged` were equal already
  std::atomic<std::uint64_t> failed = 0;     ///< scenes and folders
  std::atomic<bool> listing_done = false;
};

/// The database refuses or is away. The text is one sentence for the user.
class DatabaseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Told of single events, from any thread.
struct HarvestEvents {
  std::function<void(const std::string& reason)> failed;
  std::function<void(const std::string& href, bool is_new)> would_read;  ///< in a dry run
};

/// One source into one database. Stages run at the same time with bounded queues between them: list, filter
/// and drop what is known → read and parse (several) → write in batches. A scene that cannot be read or
/// parsed is recorded and passed over.
class Harvest {
 public:
  Harvest(ObjectStore& store, db::Pool& pool, HarvestOptions options, Counters& counters,
          HarvestEvents events);

  /// Returns when all is written, or, after a stop, what was in hand. Throws SourceError (what had been read
  /// by then is written) and DatabaseError.
  void run(const std::stop_token& stop);

 private:
  using Result = std::variant<db::SceneRow, db::HarvestFailure>;

  void list();
  bool take_page(Page page);
  bool queue_new(const std::vector<Object>& scenes);
  void fetch_all();
  std::optional<Result> fetch(const Object& object);
  std::string href(const std::string& key) const;

  void write_all();
  void add_to_batch(Result result);
  void flush();
  void write(std::span<const db::SceneRow> rows);
  void record(db::HarvestFailure failure);
  void ensure_kind(const db::SceneRow& row);

  void abandon(std::exception_ptr reason);

  ObjectStore& store_;
  db::SceneWriter marks_, writer_;
  HarvestOptions options_;
  Counters& counters_;
  HarvestEvents events_;

  MtlFilter filter_;
  BoundedQueue<Object> to_fetch_;
  BoundedQueue<Result> to_write_;
  std::atomic<std::size_t> fetchers_ = 0;
  std::stop_source stop_;
  std::mutex reason_mutex_;
  std::exception_ptr reason_;

  std::vector<db::SceneRow> batch_;
  std::vector<db::HarvestFailure> failures_;
  std::set<std::string> kinds_;
};

}  // namespace hayden::crawl
