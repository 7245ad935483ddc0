#include "db/doctor.hpp"

#include <chrono>
#include <cmath>

#include "db/admin_connection.hpp"
#include "db/migrate.hpp"

namespace hayden::db {
namespace {

constexpr int least_postgresql = 150'000;
constexpr double largest_clock_difference = 5;  // seconds

Check passed(std::string name, std::string finding) {
  return {std::move(name), true, std::move(finding), {}};
}
Check failed(std::string name, std::string finding, std::string remedy) {
  return {std::move(name), false, std::move(finding), std::move(remedy)};
}

Check check_server(pqxx::transaction_base& work) {
  const auto row =
      work.exec1("select current_setting('server_version_num')::int, current_setting('server_version')");
  const auto version = row[1].as<std::string>();
  return row[0].as<int>() >= least_postgresql
             ? passed("PostgreSQL", version)
             : failed("PostgreSQL", version + " is too old", "upgrade the server to PostgreSQL 15 or later");
}

Check check_encoding(pqxx::transaction_base& work) {
  const auto encoding = work.exec1("select current_setting('server_encoding')")[0].as<std::string>();
  return encoding == "UTF8"
             ? passed("encoding", encoding)
             : failed("encoding", "the database is encoded in " + encoding,
                      "make a database with: create database … encoding 'UTF8' template template0");
}

Check check_postgis(pqxx::transaction_base& work) {
  const auto rows = work.exec(
      "select extversion, string_to_array(substring(extversion from '^\\d+\\.\\d+'), '.')::int[] >= array[3, "
      "3]"
      " from pg_extension where extname = 'postgis'");
  if (rows.empty()) {
    return failed("PostGIS", "the extension is not in this database",
                  "run hayden-admin migrate, or as a superuser in this database: create extension postgis");
  }
  const auto version = rows[0][0].as<std::string>();
  return rows[0][1].as<bool>()
             ? passed("PostGIS", version)
             : failed("PostGIS", version + " is too old",
                      "install PostGIS 3.3 or later, then as a superuser: alter extension postgis update");
}

Check check_extensions(pqxx::transaction_base& work) {
  std::string present;
  std::string missing;
  for (const auto extension : required_extensions) {
    const bool found =
        !work.exec_params("select 1 from pg_extension where extname = $1", std::string(extension)).empty();
    std::string& list = found ? present : missing;
    list += (list.empty() ? "" : ", ") + std::string(extension);
  }
  return missing.empty()
             ? passed("extensions", present)
             : failed("extensions", "missing: " + missing,
                      "run hayden-admin migrate; postgis needs a superuser: create extension postgis");
}

Check check_migrations(const std::string& url) {
  try {
    const auto state = migration_state(url);
    if (state.pending.empty())
      return passed("migrations", std::to_string(state.applied.size()) + " applied, none pending");
    return failed(
        "migrations",
        std::to_string(state.pending.size()) + " pending, first " + state.pending.front().file_name(),
        "run hayden-admin migrate");
  } catch (const Problem& problem) {
    return failed("migrations", "the history cannot be used", problem.what());
  }
}

Check check_roles(pqxx::transaction_base& work) {
  std::string missing;
  for (const auto& row : work.exec("select name from unnest(array['agdc_user', 'agdc_ingest', 'agdc_manage',"
                                   " 'agdc_admin']) name where to_regrole(name) is null")) {
    missing += (missing.empty() ? "" : ", ") + row[0].as<std::string>();
  }
  if (!missing.empty()) return failed("roles", "missing: " + missing, "run hayden-admin migrate");
  std::string grants;
  for (const auto& row :
       work.exec("select format('grant %s to %s', granted, member)"
                 " from (values ('agdc_user', 'agdc_ingest'), ('agdc_ingest', 'agdc_manage'), "
                 "('agdc_manage', 'agdc_admin'),"
                 "              ('agdc_user', 'hayden_reader')) ladder (granted, member)"
                 " where to_regrole(member) is not null and not pg_has_role(member, granted, 'usage')")) {
    grants += (grants.empty() ? "" : "; ") + row[0].as<std::string>();
  }
  if (!grants.empty())
    return failed("roles", "the ladder of roles is broken", "run as a superuser: " + grants);
  return passed("roles", "agdc_user, agdc_ingest, agdc_manage, agdc_admin, each a member of the one before");
}

Check check_reader(pqxx::transaction_base& work) {
  if (work.exec1("select to_regrole('hayden_reader') is null")[0].as<bool>()) {
    return passed("reader", "no login hayden_reader; reads use the owner's login");
  }
  if (work.exec1("select pg_has_role('hayden_reader', 'agdc_ingest', 'member')")[0].as<bool>()) {
    return failed("reader", "hayden_reader may write",
                  "revoke agdc_ingest, agdc_manage and agdc_admin from hayden_reader");
  }
  return passed("reader", "hayden_reader reads and may not write");
}

Check check_rights(pqxx::transaction_base& work) {
  const auto row = work.exec1(
      "select current_user, pg_has_role(current_user, 'agdc_admin', 'usage'),"
      " has_database_privilege(current_database(), 'create'), quote_ident(current_user),"
      " quote_ident(current_database())");
  const auto login = row[0].as<std::string>();
  const auto quoted = row[3].as<std::string>();
  if (!row[1].as<bool>()) {
    return failed("rights", "login " + login + " does not act as agdc_admin",
                  "use the owner's login, or run as a superuser: grant agdc_admin to " + quoted);
  }
  if (!row[2].as<bool>()) {
    return failed(
        "rights", "login " + login + " may not create schemas here",
        "run as a superuser: grant create on database " + row[4].as<std::string>() + " to " + quoted);
  }
  return passed("rights", "login " + login + " may migrate and write");
}

Check check_clock(pqxx::transaction_base& work) {
  const double here =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  const double difference =
      std::fabs(work.exec1("select extract(epoch from clock_timestamp())::float8")[0].as<double>() - here);
  return difference <= largest_clock_difference
             ? passed("clock", "agrees with the server's")
             : failed("clock",
                      "differs from the server's by " + std::to_string(std::lround(difference)) + " s",
                      "set both clocks by NTP");
}

/// Runs one check; a statement that the server refuses is a finding too.
template <typename Run>
Check guarded(const std::string& name, Run run) {
  try {
    return run();
  } catch (const pqxx::failure& failure) {
    return failed(name, first_line(failure.what()), "use the owner's login");
  }
}

}  // namespace

std::vector<Check> examine(const std::string& url) {
  std::vector<Check> checks;
  std::unique_ptr<pqxx::connection> connection;
  try {
    connection = connect_for_administration(url);
  } catch (const Problem& problem) {
    return {failed("database", "not reachable", problem.what())};
  }
  checks.push_back(passed("database", connection->dbname() == nullptr
                                          ? "reachable"
                                          : std::string(connection->dbname()) + " is reachable"));
  const auto look = [&](const std::string& name, Check (*check)(pqxx::transaction_base&)) {
    checks.push_back(guarded(name, [&] {
      pqxx::nontransaction work{*connection};
      return check(work);
    }));
  };
  look("PostgreSQL", check_server);
  look("encoding", check_encoding);
  look("PostGIS", check_postgis);
  look("extensions", check_extensions);
  checks.push_back(check_migrations(url));
  look("roles", check_roles);
  const bool has_roles = checks.back().ok;
  if (has_roles) {
    look("reader", check_reader);
    look("rights", check_rights);
  }
  look("clock", check_clock);
  return checks;
}

}  // namespace hayden::db
