#pragma once
#include <string>
#include <vector>

#include "db/sql.hpp"
#include "stac/search_request.hpp"

namespace hayden::db {

/// How much of a text an index on its property holds, as stac.property_expression() in the database has it.
constexpr std::size_t indexed_characters = 256;

/// The order of a search's pages and the place where a page begins, as SQL over `stac.item i`.
///
/// The order is that of SearchRequest::total_sort(): a property that an Item does not have comes last in
/// either direction. A page may take several statements, one per segment, run one after the other until it is
/// full: an index serves Items that have a property and Items that have not, but not both in that order when
/// it is read backwards.
class PageOrder {
 public:
  /// A page that goes backwards has its order reversed.
  explicit PageOrder(const stac::SearchRequest& request);

  std::size_t segments() const { return segments_.size(); }
  /// `, …`: the sort values of a row, for row_values().
  void add_values(Sql& sql) const;
  /// What must be joined for the order.
  void add_join(Sql& sql) const;
  /// ` and …`: rows of a segment that come after the token. Throws Problem(400) when it holds what cannot be
  /// a value.
  void add_condition(Sql& sql, std::size_t segment) const;
  /// ` order by …`
  void add_order(Sql& sql, std::size_t segment) const;

 private:
  /// Rows by their first key.
  enum class Has { any, value, none };
  struct Segment {
    Has first = Has::any;
    bool after_token = false;
  };

  void add_row_comparison(Sql& sql, std::size_t from) const;
  void add_alternatives(Sql& sql) const;
  void add_beyond(Sql& sql, std::size_t key) const;
  void add_same(Sql& sql, std::size_t key) const;
  bool may_come_beyond(std::size_t key) const;
  bool is_absent(std::size_t key) const;

  std::vector<stac::SortKey> keys_;
  bool backwards_ = false;
  bool uniform_ = false;  ///< all keys have one direction, and none behind the first may be absent
  std::vector<std::string> token_;
  std::vector<Segment> segments_;
};

}  // namespace hayden::db
