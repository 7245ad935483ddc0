#include "db/queryables.hpp"

#include <algorithm>
#include <array>

#include "core/json.hpp"
#include "db/admin_connection.hpp"
#include "db/properties.hpp"
#include "stac/sort_key.hpp"

namespace hayden::db {
namespace {

using stac::PropertyType;
using Tell = std::function<void(std::string_view statement)>;

/// One of each kind of index.
constexpr std::array index_types{PropertyType::any, PropertyType::text, PropertyType::number,
                                 PropertyType::timestamp};

struct Index {
  std::string partition, name, statement;
  bool present = false, valid = false;
};

template <typename Work>
auto administer(const std::string& url, const std::string& what, const Work& work) {
  const auto connection = connect_for_administration(url);
  try {
    return work(*connection);
  } catch (const std::exception&) {
    throw administration_problem(what);
  }
}

std::vector<Index> indexes_of(pqxx::connection& connection, const std::string& name, PropertyType type) {
  pqxx::nontransaction work{connection};
  std::vector<Index> indexes;
  for (const auto& row : work.exec_params(
           "select partition, index_name, statement, present, valid from stac.property_indexes($1, $2)", name,
           std::string{name_of(type)})) {
    indexes.push_back({row[0].c_str(), row[1].c_str(), row[2].c_str(), row[3].as<bool>(), row[4].as<bool>()});
  }
  return indexes;
}

void run(pqxx::connection& connection, const std::string& statement, const Tell& tell) {
  tell(statement);
  pqxx::nontransaction{connection}.exec(statement);
}

/// Drops the indexes of a property but those of one type.
bool drop_indexes(pqxx::connection& connection, const std::string& name, const Tell& tell,
                  const std::vector<Index>& but = {}) {
  bool any = false;
  for (const auto type : index_types) {
    for (const auto& index : indexes_of(connection, name, type)) {
      const auto same = [&](const Index& kept) { return kept.name == index.name; };
      if (!index.present || std::ranges::any_of(but, same)) continue;
      run(connection, "drop index concurrently if exists " + index.name, tell);
      any = true;
    }
  }
  return any;
}

}  // namespace

std::vector<DeclaredQueryable> list_queryables(const std::string& url) {
  return administer(url, "queryables cannot be listed", [](pqxx::connection& connection) {
    std::vector<DeclaredQueryable> all;
    {
      pqxx::nontransaction work{connection};
      for (const auto& row :
           work.exec("select name, to_json(types), said, title from stac.properties(null)")) {
        auto& one = all.emplace_back();
        one.name = row[0].c_str();
        one.json_types = Json::parse(row[1].c_str()).get<std::vector<std::string>>();
        one.declared = !row[2].is_null();
        one.title = row[3].c_str();
        one.type = one.declared ? property_type(row[2].c_str()).value_or(PropertyType::any)
                                : stac::queryable_type(one.name);
        const auto* const known = stac::find_queryable(one.name);
        if (one.title.empty() && known != nullptr) one.title = known->title;
      }
    }
    for (auto& one : all) {
      const auto indexes = indexes_of(connection, one.name, one.type);
      one.indexed = !indexes.empty() && std::ranges::all_of(indexes, [](const Index& i) { return i.valid; });
    }
    return all;
  });
}

void declare_queryable(const std::string& url, const std::string& name, PropertyType type,
                       const std::string& title) {
  administer(url, "the queryable cannot be added", [&](pqxx::connection& connection) {
    pqxx::work work{connection};
    work.exec_params(
        "insert into stac.queryable (name, type, title) values ($1, $2, $3) on conflict (name) do update set "
        "type = excluded.type, title = excluded.title",
        name, std::string{name_of(type)}, title);
    work.commit();
    return true;
  });
}

void index_queryable(const std::string& url, const std::string& name, PropertyType type, const Tell& tell) {
  if (!stac::is_sortable(type)) {
    throw Problem(400, "InvalidParameterValue",
                  "values of type " + std::string{name_of(type)} + " have no order to index");
  }
  administer(url, "the index cannot be built", [&](pqxx::connection& connection) {
    const auto indexes = indexes_of(connection, name, type);
    for (const auto& index : indexes) {
      if (index.valid) continue;
      // What an interrupted build has left is of no use.
      if (index.present) run(connection, "drop index concurrently if exists " + index.name, tell);
      run(connection, index.statement, tell);
      run(connection, "analyze " + index.partition, tell);
    }
    drop_indexes(connection, name, tell, indexes);
    return true;
  });
}

bool remove_queryable(const std::string& url, const std::string& name, const Tell& tell) {
  return administer(url, "the queryable cannot be removed", [&](pqxx::connection& connection) {
    const bool dropped = drop_indexes(connection, name, tell);
    pqxx::work work{connection};
    const auto removed = work.exec_params("delete from stac.queryable where name = $1", name).affected_rows();
    work.commit();
    return dropped || removed > 0;
  });
}

}  // namespace hayden::db
