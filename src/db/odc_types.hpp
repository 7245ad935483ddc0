#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "db/pool.hpp"
#include "odc/changes.hpp"

namespace hayden::db {

/// What defines datasets: both kinds have a name and a document, and are managed alike.
enum class OdcKind { metadata_type, product };

/// A metadata type or product as stored. Times are RFC 3339, UTC.
struct OdcType {
  std::string name;
  std::string metadata_type;  ///< of a product
  Json definition;
  std::string added, added_by, updated;  ///< `updated` is empty until it is
  std::string etag;                      ///< hex; changes with every update
};

struct OdcTypePage {
  std::vector<OdcType> types;
  std::optional<std::string> next;  ///< page token
};

struct AddedType {
  std::string name;
  bool existed = false;  ///< with the same definition
};

struct TypeUpdate {
  bool dry_run = false, allow_unsafe = false;
  std::optional<std::string> if_match;  ///< header; the update is refused (412) when the type is another now
};

struct TypeChange {
  std::vector<odc::Change> changes;
  bool updated = false;
};

/// By name, `limit` at most. Throws Problem(400) when `token` is not one that an earlier page gave.
OdcTypePage odc_types(Pool& readers, OdcKind kind, int limit, const std::optional<std::string>& token);
std::optional<OdcType> find_odc_type(Pool& readers, OdcKind kind, const std::string& name);

/// Adds all of them or none. A definition that is there already is left alone when it is the same. Throws
/// Problem(400) naming every fault of every document by its position, (409) naming those that exist with
/// another definition. A product's `metadata_type` is a name or the document, which then is added too.
std::vector<AddedType> add_odc_types(Pool& writers, std::string_view role, OdcKind kind,
                                     const std::vector<Json>& documents, bool dry_run);

/// Replaces a definition. Throws Problem: 400 with its faults, 404, 409 for another name or metadata type and
/// for changes that are unsafe unless these are allowed (a dry run tells them instead), 412.
TypeChange update_odc_type(Pool& writers, std::string_view role, OdcKind kind, const std::string& name,
                           const Json& definition, const TypeUpdate& options);

/// Deletes one that nothing uses, or, with `force`, a product and its datasets. Tells how many datasets went.
/// Throws Problem: 404, 409 with how much uses it, 412.
std::int64_t delete_odc_type(Pool& writers, std::string_view role, OdcKind kind, const std::string& name,
                             bool force, const std::optional<std::string>& if_match);

}  // namespace hayden::db
