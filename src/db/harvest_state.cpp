#include "db/harvest_state.hpp"

#include "db/connection.hpp"
#include "db/role_transaction.hpp"

namespace hayden::db {
namespace {

constexpr auto role = "agdc_admin";

// One statement in a transaction of its own.
template <typename Read>
auto ask(Pool& pool, bool again, const Sql& sql, const Read& read) {
  return with_connection(pool, again, [&](Connection& connection) {
    RoleTransaction transaction{connection, role};
    auto out = read(transaction.run(sql));
    transaction.commit();
    return out;
  });
}

std::uint64_t number(const pqxx::result& rows) { return rows.at(0)[0].as<std::uint64_t>(); }

Sql span_call(const char* function, const std::string& source, const KeySpan& span) {
  Sql sql{std::string{"select hayden."} + function + "("};
  sql.bind(source).add(", ").bind(span.after).add(", ").bind(span.until);
  return sql;
}

Sql listed_call(const char* function, const std::string& source, const KeySpan& span,
                const std::vector<std::string>& listed) {
  auto sql = span_call(function, source, span);
  sql.add(", ").bind(sql_json_array(listed)).add("::jsonb)");
  return sql;
}

std::string interval(std::chrono::seconds time) { return std::to_string(time.count()) + " s"; }

}  // namespace

std::map<std::string, HarvestMark> HarvestMarks::find(const std::string& source,
                                                      const std::vector<std::string>& keys) {
  Sql sql{"select key, mark, was_gone from hayden.find_marks("};
  sql.bind(source).add(", ").bind(sql_json_array(keys)).add("::jsonb)");
  return ask(pool_, true, sql, [](const pqxx::result& rows) {
    std::map<std::string, HarvestMark> marks;
    for (const auto& row : rows)
      marks.emplace(row[0].c_str(), HarvestMark{row[1].c_str(), row[2].as<bool>()});
    return marks;
  });
}

std::vector<std::string> HarvestMarks::missing(const std::string& source, const KeySpan& span,
                                               const std::vector<std::string>& listed) {
  return ask(pool_, true, listed_call("missing_keys", source, span, listed), [](const pqxx::result& rows) {
    std::vector<std::string> keys;
    for (const auto& row : rows) keys.emplace_back(row[0].c_str());
    return keys;
  });
}

std::uint64_t HarvestMarks::mark_missing(const std::string& source, const KeySpan& span,
                                         const std::vector<std::string>& listed) {
  return ask(pool_, false, listed_call("mark_missing", source, span, listed), number);
}

std::uint64_t HarvestMarks::count_gone(const std::string& source, const KeySpan& span) {
  return ask(pool_, true, span_call("count_gone", source, span).add(")"), number);
}

std::uint64_t HarvestMarks::archive_gone(const std::string& source, const KeySpan& span) {
  return ask(pool_, false, span_call("archive_gone", source, span).add(")"), number);
}

CrawlRanges::CrawlRanges(Pool& pool, const std::string& source, const std::string& prefix,
                         const std::string& scope, const KeySpan& span)
    : pool_(pool), session_(std::make_unique<Pool::Lease>(pool.lease())) {
  try {
    RoleTransaction transaction{**session_, role};
    crawler_ = transaction.run(Sql{"select hayden.enter_crawler()"}).at(0)[0].c_str();
    Sql join{"select hayden.join_crawl("};
    join.bind(source).add(", ").bind(prefix).add(", ").bind(scope).add(", ");
    join.bind(span.after).add(", ").bind(span.until).add(")");
    crawl_ = transaction.run(join).at(0)[0].c_str();
    transaction.commit();
  } catch (const pqxx::failure&) {
    (*session_)->mark_broken();
    rethrow_as_problem();
  }
}

// The session must end, or its lock would keep the leases alive.
CrawlRanges::~CrawlRanges() { (*session_)->mark_broken(); }

std::optional<CrawlRange> CrawlRanges::lease() {
  Sql sql{"select id, after_key, until_key from hayden.lease_range("};
  sql.bind(crawl_).add("::bigint, ").bind(crawler_).add("::int, ").bind(interval(lease_time));
  return ask(pool_, false, sql.add("::interval)"), [](const pqxx::result& rows) {
    std::optional<CrawlRange> range;
    if (!rows.empty()) {
      const auto row = rows.at(0);
      range = CrawlRange{row[0].as<std::int64_t>(), {row[1].c_str(), row[2].c_str()}};
    }
    return range;
  });
}

CrawlRanges::Count CrawlRanges::count() {
  Sql sql{"select free, elsewhere from hayden.count_ranges("};
  sql.bind(crawl_).add("::bigint, ").bind(crawler_).add("::int)");
  return ask(pool_, true, sql, [](const pqxx::result& rows) {
    return Count{rows.at(0)[0].as<std::uint64_t>(), rows.at(0)[1].as<std::uint64_t>()};
  });
}

void CrawlRanges::renew() {
  Sql sql{"select hayden.renew_leases("};
  run_for_harvest(pool_, {sql.bind(crawler_).add("::int, ").bind(interval(lease_time)).add("::interval)")});
}

void CrawlRanges::release() {
  Sql sql{"select hayden.release_ranges("};
  run_for_harvest(pool_, {sql.bind(crawler_).add("::int)")});
}

bool CrawlRanges::split(std::int64_t range, const std::vector<std::string>& bounds) {
  Sql sql{"select hayden.split_range("};
  sql.bind(std::to_string(range)).add("::bigint, ").bind(crawler_).add("::int, ");
  sql.bind(sql_json_array(bounds)).add("::jsonb)");
  return ask(pool_, false, sql, [](const pqxx::result& rows) { return rows.at(0)[0].as<bool>(); });
}

std::optional<std::string> CrawlRanges::absorb(std::int64_t range) {
  Sql sql{"select hayden.absorb_range("};
  sql.bind(std::to_string(range)).add("::bigint, ").bind(crawler_).add("::int)");
  return ask(pool_, false, sql, [](const pqxx::result& rows) {
    const auto until = rows.at(0)[0];
    return until.is_null() ? std::optional<std::string>{} : until.c_str();
  });
}

Sql CrawlRanges::advance(std::int64_t range, const std::optional<std::string>& done_up_to) const {
  Sql sql{"select hayden.advance_range("};
  sql.bind(std::to_string(range)).add("::bigint, ").bind(crawler_).add("::int, ");
  if (!done_up_to) return sql.add("null)");
  return sql.bind(*done_up_to).add(")");
}

void run_for_harvest(Pool& pool, const std::vector<Sql>& statements) {
  with_connection(pool, false, [&](Connection& connection) {
    RoleTransaction transaction{connection, role};
    for (const auto& statement : statements) transaction.run(statement);
    transaction.commit();
  });
}

bool CrawlRanges::finish() {
  Sql sql{"select hayden.finish_crawl("};
  return ask(pool_, false, sql.bind(crawl_).add("::bigint)"),
             [](const pqxx::result& rows) { return rows.at(0)[0].as<bool>(); });
}

std::vector<FailureEntry> HarvestFailures::list(const std::string& source, const std::string& part_of_key,
                                                int most) {
  Sql sql{
      "select source, key, stage, reason, to_char(failed at time zone 'UTC', "
      "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), size from hayden.list_failures("};
  sql.bind(source).add(", ").bind(part_of_key).add(", ").bind(std::to_string(most)).add("::int)");
  return ask(pool_, true, sql, [](const pqxx::result& rows) {
    std::vector<FailureEntry> entries;
    for (const auto& row : rows) {
      entries.push_back({row[0].c_str(), row[1].c_str(), row[2].c_str(), row[3].c_str(), row[4].c_str(),
                         row[5].as<std::int64_t>()});
    }
    return entries;
  });
}

std::optional<std::string> HarvestFailures::bytes(const std::string& source, const std::string& key) {
  Sql sql{"select hayden.failure_bytes("};
  return ask(pool_, true, sql.bind(source).add(", ").bind(key).add(")"), [](const pqxx::result& rows) {
    std::optional<std::string> bytes;
    if (!rows.at(0)[0].is_null()) bytes = from_hex({rows.at(0)[0].c_str(), rows.at(0)[0].size()});
    return bytes;
  });
}

}  // namespace hayden::db
