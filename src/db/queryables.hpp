#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "stac/queryables.hpp"

/// What `hayden-admin queryable` does. Each function connects as the owner of the database at `url` and
/// throws Problem with one sentence for the operator.
namespace hayden::db {

struct DeclaredQueryable {
  std::string name;                     ///< without `properties.`
  std::vector<std::string> json_types;  ///< of stored values; none when no Item has the property
  /// What an operator or else the STAC extension says it is; `any` where neither does.
  stac::PropertyType type = stac::PropertyType::any;
  bool declared = false;  ///< by an operator
  bool indexed = false;   ///< on every partition
  std::string title;
};

/// The properties that Items have or an operator has declared, by name.
std::vector<DeclaredQueryable> list_queryables(const std::string& url);

/// Says of what type a property is; an earlier word on it is replaced.
void declare_queryable(const std::string& url, const std::string& name, stac::PropertyType type,
                       const std::string& title);

/// Builds the index that searches by a property and sorts by it use, partition by partition, while Items are
/// read and written. One that is there stays; those of other types of the property go. `tell` hears of each
/// statement before it runs.
void index_queryable(const std::string& url, const std::string& name, stac::PropertyType type,
                     const std::function<void(std::string_view statement)>& tell);

/// Takes back what has been said of a property and drops its indexes, while Items are read and written. Tells
/// whether there was anything of it.
bool remove_queryable(const std::string& url, const std::string& name,
                      const std::function<void(std::string_view statement)>& tell);

}  // namespace hayden::db
