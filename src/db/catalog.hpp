#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "db/harvest_runs.hpp"
#include "db/item_codec.hpp"
#include "db/pool.hpp"
#include "stac/aggregate_request.hpp"
#include "stac/collection_request.hpp"
#include "stac/search_request.hpp"

namespace hayden::db {

/// An Item as stored: compressed, with the place where links go. See ItemDecoder.
struct StoredItem {
  std::string collection, id;
  std::string etag;     ///< hex; changes with every change of the Item
  std::string content;  ///< a zstd frame
  int links_at = 0;
};

struct ItemPage {
  std::vector<StoredItem> items;
  std::optional<std::string> next, prev;  ///< page tokens; a page that would be empty has none
  std::optional<std::int64_t> matched;    ///< all items that match
  bool matched_is_estimate = false;       ///< exact up to 10,000, beyond that the planner's estimate
};

struct StoredCollection {
  std::string id;
  std::string etag;     ///< of the text
  std::string text;     ///< the Collection as JSON, without the server's links
  std::string follows;  ///< JSON: the members `extent` and `summaries` as its Items have them; may be empty
};

struct CollectionPage {
  std::vector<StoredCollection> collections;
  std::optional<std::string> next, prev;
  std::int64_t matched = 0;
};

struct Bucket {
  std::string key;  ///< an RFC 3339 time, a range's number from 0, else what Items have or the cell
  std::int64_t frequency = 0;
};

struct Aggregates {
  std::int64_t matched = 0;
  std::optional<std::string> earliest, latest;   ///< RFC 3339; nothing when nothing matches
  std::vector<std::vector<Bucket>> frequencies;  ///< as wanted; the most frequent buckets first
};

/// Numbers for /metrics and /health. `harvested` is the planner's estimate; `outbox_oldest` is for how many
/// seconds the first of the outbox has waited.
struct IndexStatus {
  std::int64_t collections = 0, outbox = 0, projection_errors = 0, harvested = 0, harvest_failures = 0;
  double outbox_oldest = 0;
  HarvestStatus harvests;
};

/// The STAC face, read. Every call is one read-only lease, released before it returns. Throws Problem: 503
/// when the database is away, 503 too when a statement ran out of time.
class Catalog {
 public:
  static constexpr int most_buckets = 10'000;

  explicit Catalog(Pool& readers) : readers_(readers) {}

  /// Unknown collections match nothing.
  ItemPage search(const stac::SearchRequest& request);
  /// Of a frequency at most most_buckets, the most frequent.
  Aggregates aggregate(const stac::AggregateRequest& request);
  std::optional<StoredItem> find_item(const std::string& collection, const std::string& id);
  bool has_collection(const std::string& id);
  std::optional<StoredCollection> find_collection(const std::string& id);
  CollectionPage collections(const stac::CollectionRequest& request);
  /// (id, title) of all collections by id that come after one, at most `most`, for child links.
  std::vector<std::pair<std::string, std::string>> collection_titles(int most, const std::string& after = {});
  IndexStatus status();
  /// Throws Problem(503) with one sentence unless the database answers and its schema is the one this binary
  /// needs.
  void check_ready();
  /// Decompressed Item text, in place of what `text` held. Dictionaries are read from the database at first
  /// use.
  void decode(const StoredItem& item, std::string& text);

 private:
  std::string collection_id(int key);

  Pool& readers_;
  ItemDecoder decoder_;
  std::shared_mutex ids_mutex_;
  std::map<int, std::string> ids_;  ///< of collections by key; a key is never given out twice
};

}  // namespace hayden::db
