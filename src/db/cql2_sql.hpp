#pragma once
#include "db/sql.hpp"
#include "stac/cql2/expression.hpp"

namespace hayden::db {

/// Writes a filter that has been checked (stac::cql2::check_filter) as a condition on `stac.item i`. It is
/// never an error for a row: what an operator cannot work with is null. Throws Problem(400) when it would
/// take more parameters than PostgreSQL has.
void add_filter_condition(Sql& sql, const stac::cql2::Expression& filter);

}  // namespace hayden::db
