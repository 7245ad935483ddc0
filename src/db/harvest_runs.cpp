#include "db/harvest_runs.hpp"

#include "core/time.hpp"
#include "db/connection.hpp"
#include "db/role_transaction.hpp"

namespace hayden::db {
namespace {

constexpr auto role = "agdc_admin";

/// PostgreSQL's JSON form of a moment, `"2026-01-01T00:00:00.5+00:00"`, the way we write it.
std::optional<std::string> moment(const pqxx::field& field) {
  if (field.is_null()) return {};
  const std::string_view quoted{field.c_str(), field.size()};
  const auto instant = parse_rfc3339(quoted.substr(1, quoted.size() - 2));
  return instant ? format_rfc3339(*instant) : std::string{quoted};
}

HarvestRun run_of(const pqxx::row& row) {
  HarvestRun run;
  run.id = row[0].as<std::int64_t>();
  run.sources = parse_json(row[1].c_str());
  run.host = row[2].c_str();
  run.state = row[3].c_str();
  run.started = moment(row[4]).value_or("");
  run.updated = moment(row[5]).value_or("");
  run.finished = moment(row[6]);
  run.counters = parse_json(row[7].c_str());
  if (!row[8].is_null()) run.exit_code = row[8].as<int>();
  if (!row[9].is_null()) run.error = row[9].c_str();
  return run;
}

}  // namespace

std::vector<HarvestRun> list_harvest_runs(Pool& readers, std::int64_t before, int most) {
  Sql sql{
      "select id, sources, host, state, to_json(started), to_json(updated), to_json(finished), counters, "
      "exit_code, error from hayden.list_harvest_runs("};
  sql.bind(std::to_string(before)).add("::bigint, ").bind(std::to_string(most)).add("::int)");
  return with_connection(readers, true, [&](Connection& connection) {
    std::vector<HarvestRun> runs;
    for (const auto& row : connection.run(sql)) runs.push_back(run_of(row));
    return runs;
  });
}

std::optional<HarvestRun> find_harvest_run(Pool& readers, std::int64_t id) {
  auto runs = list_harvest_runs(readers, id + 1, 1);
  if (runs.empty() || runs.front().id != id) return {};
  return std::move(runs.front());
}

HarvestStatus harvest_status(Pool& readers) {
  return with_connection(readers, true, [](Connection& connection) {
    const auto row = connection.run(
        Sql{"select running, finished, stopped, failed, crashed, scenes_written, scenes_failed, "
            "last_finished from hayden.harvest_status()"})[0];
    HarvestStatus status{row[0].as<std::int64_t>(), row[1].as<std::int64_t>(),
                         row[2].as<std::int64_t>(), row[3].as<std::int64_t>(),
                         row[4].as<std::int64_t>(), row[5].as<std::int64_t>(),
                         row[6].as<std::int64_t>(), {}};
    if (!row[7].is_null()) status.last_finished = row[7].as<double>();
    return status;
  });
}

HarvestRunRecord::HarvestRunRecord(Pool& writers, const std::vector<std::string>& sources,
                                   const std::string& host)
    : pool_(writers) {
  in_session([&](RoleTransaction& transaction) {
    Sql sql{"select hayden.begin_harvest_run("};
    sql.bind(sql_json_array(sources)).add("::jsonb, ").bind(host).add(")");
    id_ = transaction.run(sql).at(0)[0].c_str();
  });
}

// The session must end, or its lock would keep the run alive.
HarvestRunRecord::~HarvestRunRecord() {
  if (session_) (*session_)->mark_broken();
}

template <typename Work>
void HarvestRunRecord::in_session(const Work& work) {
  const bool is_new = !session_;
  if (is_new) session_ = std::make_unique<Pool::Lease>(pool_.lease());
  try {
    RoleTransaction transaction{**session_, role};
    if (is_new && !id_.empty()) {
      Sql hold{"select hayden.hold_harvest_run("};
      transaction.run(hold.bind(id_).add("::bigint)"));
    }
    work(transaction);
    transaction.commit();
  } catch (const pqxx::failure&) {
    (*session_)->mark_broken();
    session_.reset();
    rethrow_as_problem();
  }
}

void HarvestRunRecord::update(const Json& counters) {
  in_session([&](RoleTransaction& transaction) {
    Sql sql{"select hayden.update_harvest_run("};
    transaction.run(sql.bind(id_).add("::bigint, ").bind(dump_json(counters)).add("::jsonb)"));
  });
}

void HarvestRunRecord::end(const std::string& state, const Json& counters, int exit_code,
                           const std::string& error) {
  in_session([&](RoleTransaction& transaction) {
    Sql sql{"select hayden.end_harvest_run("};
    sql.bind(id_).add("::bigint, ").bind(state).add(", ").bind(dump_json(counters)).add("::jsonb, ");
    transaction.run(sql.bind(std::to_string(exit_code)).add("::int, ").bind(error).add(")"));
  });
}

}  // namespace hayden::db
