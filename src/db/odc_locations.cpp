#include "db/odc_locations.hpp"

#include <algorithm>

#include "db/odc_dataset_sql.hpp"
#include "db/odc_transaction.hpp"
#include "db/projector.hpp"

namespace hayden::db {
namespace {

bool is_scheme(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_more = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  };
  return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, is_more);
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() < 10 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Sql statement_of(LocationAction action) {
  switch (action) {
    case LocationAction::archive:
      return Sql{
          "update agdc.dataset_location set archived = now() where archived is null and dataset_ref = "};
    case LocationAction::restore:
      return Sql{
          "update agdc.dataset_location set archived = null where archived is not null and dataset_ref = "};
    case LocationAction::remove:
      break;
  }
  return Sql{"delete from agdc.dataset_location where dataset_ref = "};
}

void add_which(Sql& sql, const std::string& id, const std::string& location) {
  sql.bind(id).add("::uuid");
  if (is_number(location)) {
    sql.add(" and id = ").bind(location).add("::int");
  } else {
    const auto colon = std::min(location.find(':'), location.size());
    sql.add(" and uri_scheme = ").bind(location.substr(0, colon));
    sql.add(" and uri_body = ").bind(location.substr(std::min(colon + 1, location.size())));
  }
}

}  // namespace

void check_location(const std::string& uri, const std::string& where, Mistakes& mistakes) {
  const auto colon = uri.find(':');
  const auto is_no_text = [](char c) { return (c >= 0 && c <= ' ') || c == 0x7F; };
  if (std::ranges::any_of(uri, is_no_text)) {
    mistakes.add(where, "must be a URI: a space is written %20");
  } else if (colon == std::string::npos || !is_scheme(std::string_view{uri}.substr(0, colon)) ||
             colon + 1 == uri.size()) {
    mistakes.add(where, "must be an absolute URI such as s3://bucket/path/dataset.odc-metadata.yaml");
  } else if (uri.size() > 2'000) {
    mistakes.add(where, "must have at most 2000 bytes");
  }
}

std::int64_t insert_locations(RoleTransaction& transaction, const std::string& id,
                              const std::vector<std::string>& uris) {
  std::int64_t added = 0;
  // The newest one counts, and of those that are added at once the one with the highest number.
  for (auto uri = uris.rbegin(); uri != uris.rend(); ++uri) {
    const auto colon = uri->find(':');
    Sql sql{"insert into agdc.dataset_location (dataset_ref, uri_scheme, uri_body) values ("};
    sql.bind(id).add("::uuid, ").bind(uri->substr(0, colon)).add(", ").bind(uri->substr(colon + 1));
    sql.add(") on conflict (uri_scheme, uri_body, dataset_ref) do nothing");
    added += static_cast<std::int64_t>(transaction.run(sql).affected_rows());
  }
  return added;
}

void require_datasets(RoleTransaction& transaction, const std::vector<std::string>& ids) {
  Sql sql{"select v from jsonb_array_elements_text("};
  sql.bind(sql_json_array(ids))
      .add("::jsonb) v where not exists (select from agdc.dataset where id = v::uuid)");
  std::string missing;
  for (const auto& row : transaction.run(sql)) {
    missing += (missing.empty() ? "" : ", ") + std::string{row[0].c_str()};
  }
  if (!missing.empty()) throw Problem(404, "NotFound", "not in the index: " + missing);
}

std::int64_t add_locations(Pool& writers, std::string_view role, const std::string& id,
                           const std::vector<std::string>& uris) {
  return under_role(writers, role, [&](RoleTransaction& transaction) {
    require_datasets(transaction, {id});
    const auto added = insert_locations(transaction, id, uris);
    const std::vector<std::string> ids{id};
    if (added > 0) Projector::project(transaction, ids);
    transaction.commit();
    return added;
  });
}

bool act_on_location(Pool& writers, std::string_view role, LocationAction action, const std::string& id,
                     const std::string& location) {
  return under_role(writers, role, [&](RoleTransaction& transaction) {
    require_datasets(transaction, {id});
    Sql known{"select count(*) from agdc.dataset_location where dataset_ref = "};
    add_which(known, id, location);
    if (transaction.run(known).at(0)[0].as<int>() == 0) {
      throw Problem(404, "NotFound", "the dataset has no location '" + location + "'");
    }
    auto sql = statement_of(action);
    add_which(sql, id, location);
    const bool changed = transaction.run(sql).affected_rows() > 0;
    const std::vector<std::string> ids{id};
    if (changed) Projector::project(transaction, ids);
    transaction.commit();
    return changed;
  });
}

}  // namespace hayden::db
