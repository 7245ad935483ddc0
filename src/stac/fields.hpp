#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"

namespace hayden::stac {

enum class FieldsOf { item, collection };

/// Which members of an Item a client wants (STAC API Fields Extension 1.0.0).
///
/// A field is a path of member names joined by dots, e.g. `properties.eo:cloud_cover`. For each member the
/// deepest field that names it or a member around it decides; of a field that is both included and excluded
/// the inclusion counts. A name that no Item has at its top stands for the property of that name as well.
/// Arrays are taken or left whole. A field that an Item does not have is passed over. Collections, which have
/// no properties, have another default set.
class Fields {
 public:
  /// `a,-b,+c`: of a query string. Nothing in it means the default set, what makes a valid Item; only
  /// exclusions take from the whole Item.
  static Fields from_list(std::string_view list, Mistakes& mistakes, FieldsOf kind = FieldsOf::item);
  /// `{"include": […], "exclude": […]}`: of a body. Both empty, null or absent mean the default set; an
  /// `include` that is empty or null, beside an `exclude`, too; one that is absent means the whole Item.
  static Fields from_json(const Json& fields, Mistakes& mistakes);

  /// Appends to `out` the selected part of an Item, its members in their order and its values byte by byte.
  /// `links_at` is an offset in `item` inside its `links` array; tells the same place in `out`, counted from
  /// where the appended part begins, or -1 when the links are not selected. `item` must be valid JSON; throws
  /// std::runtime_error if that shows.
  int select(std::string_view item, int links_at, std::string& out) const;

 private:
  struct Rule {
    std::string path;
    bool include = false;
  };

  static Fields of(FieldsOf kind, std::span<const std::string_view> includes,
                   std::span<const std::string_view> excludes, bool take_rest, Mistakes& mistakes);

  std::vector<Rule> rules_;
  bool rest_ = false;  ///< whether members that no rule names are selected
};

}  // namespace hayden::stac
