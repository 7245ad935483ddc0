#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "db/pool.hpp"
#include "db/sql.hpp"
#include "odc/query.hpp"
#include "stac/page_token.hpp"

namespace hayden::db {

/// A place of a dataset's files. Times are RFC 3339, UTC.
struct OdcLocation {
  std::int64_t id = 0;
  std::string uri, added, added_by, archived;  ///< `archived` is empty while it is active
};

/// A dataset as stored.
struct OdcDataset {
  std::string id, product, metadata_type;
  std::string document;                            ///< JSON text
  std::string added, added_by, updated, archived;  ///< RFC 3339; the last two empty when never
  std::vector<OdcLocation> locations;              ///< newest first
  std::string etag;                                ///< hex; changes with the dataset and its locations
};

struct DatasetSearch {
  enum class Order { id, added, time };
  odc::DatasetQuery query;
  std::optional<std::string> uri;  ///< of any of its locations
  bool uri_is_prefix = false;
  Order order = Order::id;
  bool descending = false;
  int limit = 100;
  std::optional<std::string> token;
};

struct DatasetPage {
  std::vector<OdcDataset> datasets;
  std::optional<std::string> next;  ///< page token
};

/// Values of the conditions are taken as users write them (see odc::Condition): of a number or a time
/// `a,b` or `a/b` is a range. Products that lack a field of the query are left out of the search. Throws
/// Problem: 400 naming every mistake, 503 when the database takes too long.
DatasetPage search_datasets(Pool& readers, const DatasetSearch& search);

struct DatasetCount {
  std::string product, begin, end;  ///< of the period, RFC 3339; empty when all are counted together
  std::int64_t count = 0;
};
/// By product and, with `period` (day, week, month, quarter or year, UTC), by the period in which a dataset's
/// time begins.
std::vector<DatasetCount> count_datasets(Pool& readers, const odc::DatasetQuery& query,
                                         const std::optional<std::string>& period);

struct DuplicateGroup {
  Json values;                   ///< field → value that they have in common
  std::vector<std::string> ids;  ///< two or more
};
/// Active datasets of a product that have the same values of `fields`; times that overlap within 500 ms are
/// the same.
std::vector<DuplicateGroup> duplicate_datasets(Pool& readers, const std::string& product,
                                               const std::vector<std::string>& fields, int limit);

struct SearchField {
  std::string name, type, description;
  bool indexed = true;
  std::vector<std::string> products;  ///< that have it
};
/// The search fields of a product, or of all.
std::vector<SearchField> search_fields(Pool& readers, const std::optional<std::string>& product);

/// What the active datasets of a product cover: `{"count","archived","lat":{begin,end},"lon":…,"time":…}`; a
/// field that the product lacks is left out. Throws Problem(404).
Json product_extent(Pool& readers, const std::string& product);

}  // namespace hayden::db
