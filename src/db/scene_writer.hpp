#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "db/item_codec.hpp"
#include "db/pool.hpp"
#include "db/sql.hpp"
#include "stac/item_document.hpp"

namespace hayden::db {

class ItemCodecs;

/// A harvested scene, both faces.
struct SceneRow {
  std::string source;  ///< where it was listed: `s3://bucket/prefix` or `file:///…`
  std::string key;     ///< the MTL's key below the source
  std::string mark;    ///< ETag, or size and time: a scene whose mark is unchanged is not read again
  Json item;
  std::string product;  ///< ODC product name; empty when the Item has no EO3 form, and then the rest is too
  std::string dataset_id;  ///< uuid
  Json dataset;            ///< EO3 document
  std::string location;    ///< the dataset's URI
};

/// A scene made ready to write: as text, so that the thread that writes has little left to do.
struct PreparedScene {
  std::string source, key, mark, product, dataset_id, dataset, location;  ///< as in SceneRow
  stac::ItemDocument document;
  std::string frame;  ///< the document compressed; empty: that is still to be done
};

struct WriteReport {
  std::int64_t added = 0, changed = 0, unchanged = 0;
};

struct HarvestFailure {
  std::string key, mark, stage, reason;
  std::string bytes;  ///< the object as read, if it was
};

/// Writes harvested scenes: both faces and the harvest marks of a batch in one transaction, under agdc_admin.
/// One thread at a time, but for prepare(). Throws Problem: 503 when the database is away, 404 for a scene
/// whose collection or product was not ensured.
class SceneWriter {
 public:
  explicit SceneWriter(Pool& writers);
  ~SceneWriter();
  SceneWriter(const SceneWriter&) = delete;
  SceneWriter& operator=(const SceneWriter&) = delete;

  /// Makes sure that a collection and a product exist; an existing one is left as it is. A product's
  /// collection comes first.
  void ensure_collection(const std::string& id, const Json& collection);
  void ensure_product(const std::string& name, const Json& definition, const std::string& collection_id);
  /// What takes time and no database. Safe to call from several threads, also while another writes. Throws
  /// Problem(400) when the Item is none.
  PreparedScene prepare(SceneRow scene) const;
  /// `within` are statements that commit together with the scenes: they run last, while the stage still
  /// holds them.
  WriteReport write(std::span<const PreparedScene> scenes, std::span<const Sql> within = {});
  WriteReport write(std::span<const SceneRow> scenes, std::span<const Sql> within = {});
  void record_failures(const std::string& source, std::span<const HarvestFailure> failures);
  /// The marks of those keys that are known for this source.
  std::map<std::string, std::string> known_marks(const std::string& source,
                                                 std::span<const std::string> keys);

 private:
  int collection_key(const std::string& id) const;
  void give_dictionary(const std::string& collection_id, std::span<const std::string> samples);
  void share_encoders();

  Pool& writers_;
  std::map<std::string, int> collection_keys_;
  std::unique_ptr<ItemCodecs> codecs_;
  mutable std::shared_mutex shared_mutex_;
  std::map<std::string, ItemEncoder> shared_encoders_;  ///< by collection, of those that have a dictionary
};

}  // namespace hayden::db
