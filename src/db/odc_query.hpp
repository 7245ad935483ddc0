#pragma once
// Only src/db includes this file: it is where libpqxx is known.
#include <functional>
#include <map>
#include <pqxx/pqxx>
#include <string>
#include <string_view>
#include <vector>

#include "core/problem.hpp"
#include "db/sql.hpp"
#include "odc/query.hpp"

namespace hayden::db {

/// Runs one statement, on a reader's connection or within a writer's transaction.
using RunSql = std::function<pqxx::result(const Sql&)>;

/// A field of a metadata type with the expression of its index, from hayden.odc_search_fields().
struct FieldExpression {
  std::string name;
  std::string type;   ///< as in a metadata type; `uuid` for the dataset's id
  std::string bound;  ///< type of a range's ends; empty for a scalar
  std::string expression;
  bool indexed = true;
  std::string description;
  bool is_time() const { return bound == "datetime" || (bound.empty() && type == "datetime"); }
};

/// A product that a query reaches.
struct SearchedProduct {
  int id = 0;
  std::string name;
  int metadata_type = 0;
};

/// The parts of the index that a query reaches, and how its fields are read there.
class QueryScope {
 public:
  /// `fields`: further fields that a product must have to be searched, `time` as a time or a range of times.
  /// Throws Problem(400) naming products and fields that do not exist.
  QueryScope(const RunSql& run, const odc::DatasetQuery& query, const std::vector<std::string>& fields = {});

  const std::vector<SearchedProduct>& products() const { return products_; }
  const FieldExpression& field(const SearchedProduct& product, const std::string& name) const;
  const std::vector<FieldExpression>& fields(const SearchedProduct& product) const;

  /// Appends the conditions, `dataset.archived is null and …`, for one product (with the literals of its
  /// partial indexes) or, without one, for all of them. Throws Problem(400) naming every value that is not of
  /// its field's type.
  void add_where(Sql& sql, const SearchedProduct* product) const;
  /// Whether the query restricts nothing but products, so that one statement serves all.
  bool is_plain() const { return conditions_.empty(); }

 private:
  void read_products(const RunSql& run);
  void read_fields(const RunSql& run);
  void keep_those_with_fields(const std::vector<std::string>& more);

  std::vector<std::string> wanted_products_;
  std::vector<odc::Condition> conditions_;  ///< but those on the product
  bool archived_;
  std::vector<SearchedProduct> products_;
  std::map<int, std::vector<FieldExpression>> fields_;  ///< by metadata type
};

/// Appends ` and …` for one condition on one field.
void add_condition(Sql& sql, const FieldExpression& field, const odc::Condition& condition,
                   Mistakes& mistakes);

}  // namespace hayden::db
