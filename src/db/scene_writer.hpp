#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "db/pool.hpp"
#include "db/sql.hpp"

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

struct WriteReport {
  std::int64_t added = 0, changed = 0, unchanged = 0;
};

struct HarvestFailure {
  std::string key, mark, stage, reason;
  std::string bytes;  ///< the object as read, if it was
};

/// Writes harvested scenes: both faces and the harvest marks of a batch in one transaction, under agdc_admin.
/// One thread at a time. Throws Problem: 503 when the database is away, 404 for a scene whose collection or
/// product was not ensured.
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
  /// `within` are statements that commit together with the scenes: they run last, while the stage still
  /// holds them.
  WriteReport write(std::span<const SceneRow> scenes, std::span<const Sql> within = {});
  void record_failures(const std::string& source, std::span<const HarvestFailure> failures);
  /// The marks of those keys that are known for this source.
  std::map<std::string, std::string> known_marks(const std::string& source,
                                                 std::span<const std::string> keys);

 private:
  int collection_key(const std::string& id) const;
  void give_dictionary(const std::string& collection_id, std::span<const std::string> samples);

  Pool& writers_;
  std::map<std::string, int> collection_keys_;
  std::unique_ptr<ItemCodecs> codecs_;
};

}  // namespace hayden::db
