#pragma once
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/pool.hpp"
#include "stac/queryables.hpp"

namespace hayden::db {

/// A property of stored Items, or one that an operator has declared.
struct StoredProperty {
  std::string name;  ///< without `properties.`
  /// What an operator or else the STAC extension says it is; `any` where neither does.
  stac::PropertyType type = stac::PropertyType::any;
  std::vector<std::string> json_types;  ///< of stored values: array, boolean, number, object, string
  std::string title;

  /// Whether its values have an order: some are single values, as far as is known.
  bool has_order() const;
};

/// The properties of Items, as those who write Items have noted them. Throws Problem: 503 when the database
/// is away or a statement ran out of time.
class Properties {
 public:
  explicit Properties(Pool& readers) : readers_(readers) {}

  /// By name; at most `keep` old.
  std::shared_ptr<const std::vector<StoredProperty>> all();
  /// Of one collection, by name; nothing when there is no such collection.
  std::optional<std::vector<StoredProperty>> of(const std::string& collection);
  /// What Collections have that filters of them can name, by name; at most `keep` old.
  std::shared_ptr<const std::vector<StoredProperty>> of_collections();
  /// Nothing when no Item has such a property and no operator has declared it.
  std::optional<stac::PropertyType> type_of(std::string_view name);

 private:
  static constexpr std::chrono::seconds keep{5};
  struct Kept {
    std::shared_ptr<const std::vector<StoredProperty>> properties;
    std::chrono::steady_clock::time_point at;
  };
  template <typename Read>
  std::shared_ptr<const std::vector<StoredProperty>> read_at_times(Kept& kept, Read read);

  Pool& readers_;
  std::mutex mutex_;
  Kept of_items_, of_collections_;
};

/// `text`, `timestamp`, …: a type's name in the database and on the command line.
std::string_view name_of(stac::PropertyType type);
/// Nothing for a name that no type of a property has.
std::optional<stac::PropertyType> property_type(std::string_view name);

}  // namespace hayden::db
