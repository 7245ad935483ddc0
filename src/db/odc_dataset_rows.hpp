#pragma once
// Only src/db includes this file: it is where libpqxx is known.
#include <pqxx/pqxx>
#include <string>

#include "db/odc_search.hpp"

namespace hayden::db {

/// `select <columns of a dataset>` from a relation `page` with a column `id`; more columns may follow.
std::string select_datasets(const std::string& more_columns = {});
/// A row of select_datasets().
OdcDataset read_dataset(const pqxx::row& row);
/// Columns of select_datasets() before the further ones.
inline constexpr int dataset_columns = 10;

}  // namespace hayden::db
