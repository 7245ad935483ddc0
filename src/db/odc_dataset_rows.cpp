#include "db/odc_dataset_rows.hpp"

#include "db/odc_transaction.hpp"

namespace hayden::db {

std::string select_datasets(const std::string& more_columns) {
  return "select d.id, p.name, m.name, d.metadata::text, " + sql_rfc3339("d.added") + ", d.added_by, " +
         sql_rfc3339("d.updated") + ", " + sql_rfc3339("d.archived") +
         ", l.locations, md5(concat_ws(' ', d.metadata::text, d.updated, d.archived, l.locations))" +
         more_columns +
         " from page join agdc.dataset d on d.id = page.id"
         " join agdc.dataset_type p on p.id = d.dataset_type_ref"
         " join agdc.metadata_type m on m.id = d.metadata_type_ref"
         " cross join lateral (select coalesce(json_agg(json_build_array(l.id, l.uri_scheme || ':' || "
         "l.uri_body, " +
         sql_rfc3339("l.added") + ", l.added_by, " + sql_rfc3339("l.archived") +
         ") order by l.added desc, l.id desc), '[]')::text as locations"
         " from agdc.dataset_location l where l.dataset_ref = d.id) l";
}

OdcDataset read_dataset(const pqxx::row& row) {
  OdcDataset dataset;
  dataset.id = row[0].c_str();
  dataset.product = row[1].c_str();
  dataset.metadata_type = row[2].c_str();
  dataset.document = row[3].c_str();
  dataset.added = row[4].c_str();
  dataset.added_by = row[5].c_str();
  dataset.updated = text_or_empty(row[6]);
  dataset.archived = text_or_empty(row[7]);
  for (const auto& one : Json::parse(row[8].c_str())) {
    dataset.locations.push_back({one[0].get<std::int64_t>(), one[1].get<std::string>(),
                                 one[2].get<std::string>(), one[3].get<std::string>(),
                                 one[4].is_null() ? "" : one[4].get<std::string>()});
  }
  dataset.etag = row[9].c_str();
  return dataset;
}

}  // namespace hayden::db
