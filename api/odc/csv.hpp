#pragma once
#include <string>
#include <vector>

#include "core/json.hpp"
#include "db/odc_search.hpp"
#include "odc/query.hpp"

namespace hayden::api {

/// The search fields of one metadata type, for the columns of a CSV answer.
struct TypeFields {
  std::string metadata_type;
  std::vector<odc::Field> fields;
};

/// RFC 4180 with a header line: id, product, uri (the newest active location), indexed_time and the search
/// fields of all `types`; a range has the columns <field>_begin and <field>_end.
std::string datasets_csv(const std::vector<db::OdcDataset>& datasets, const std::vector<TypeFields>& types);

/// The same of flat records: a list of objects, of which these members are the columns; null is empty.
std::string records_csv(const std::vector<std::string>& columns, const Json& records);

}  // namespace hayden::api
