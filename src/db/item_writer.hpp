#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "db/pool.hpp"
#include "odc/item_face.hpp"
#include "stac/item_document.hpp"

namespace hayden::db {

class KnownProducts;

/// An Item that is to be added, with its other face.
struct NewItem {
  stac::ItemDocument document;
  odc::ItemFace face;
};

/// An Item that takes the place of another: ready to store, and as JSON for its other face, which follows
/// from the dataset that the Item has too.
struct SentItem {
  stac::ItemDocument document;
  Json item;  ///< no exact numbers, see rounded()
};

/// What became of an Item.
struct WrittenItem {
  enum class Status { added, exists, updated, failed };
  std::string id;
  Status status = Status::failed;
  std::string fault;       ///< when it failed
  std::string dataset_id;  ///< of its other face; empty when it has none, and then
  std::string no_dataset;  ///< why
};

/// Is told the entity tag of the Item or Collection that is there, nothing when there is none, and throws
/// Problem(412) when the client meant another.
using Precondition = std::function<void(const std::optional<std::string>& etag)>;
/// The Item that is to take the place of the one whose text is given. Throws Problem for what is wrong with
/// it.
using ItemChange = std::function<SentItem(const std::string& text)>;

/// Items written by clients of the STAC API: both faces in one transaction, which the caller's role must be
/// let into by the database (docs/access.md). An Item that has an EO3 form which a product takes gets a
/// dataset; the product is made from the first such Item of a collection. Any other is in STAC alone. Safe
/// from any thread. Everything throws Problem: 403, 404 for an unknown collection, 409 when another request
/// was quicker, 503.
class ItemWriter {
 public:
  explicit ItemWriter(Pool& writers);
  ~ItemWriter();
  ItemWriter(const ItemWriter&) = delete;
  ItemWriter& operator=(const ItemWriter&) = delete;

  /// Adds Items, none of which costs the others anything; with `atomic` all or none, and the answer tells why
  /// when there is one of another status than `added`.
  std::vector<WrittenItem> add(std::string_view role, const std::string& collection,
                               std::span<const NewItem> items, bool atomic);
  /// Throws Problem(404) too when there is no such Item, and Problem(409) when the Item has no EO3 form now
  /// but datasets are derived from its dataset.
  WrittenItem change(std::string_view role, const std::string& collection, const std::string& id,
                     const Precondition& precondition, const ItemChange& change);
  /// Removes an Item and its dataset; false when it was not there. Throws Problem(409) when other datasets
  /// are derived from that.
  bool remove(std::string_view role, const std::string& collection, const std::string& id,
              const Precondition& precondition);

 private:
  class Codecs;
  Pool& writers_;
  std::unique_ptr<Codecs> codecs_;
  std::unique_ptr<KnownProducts> known_products_;
};

}  // namespace hayden::db
