#include "db/settling.hpp"

#include <utility>

#include "db/role_transaction.hpp"

namespace hayden::db {
namespace {

/// Runs statements as agdc_admin in a transaction.
template <typename Work>
auto as_admin(Pool& writers, const Work& work) {
  return with_connection(writers, false, [&](Connection& connection) {
    RoleTransaction transaction(connection, "agdc_admin");
    auto result = work(transaction);
    transaction.commit();
    return result;
  });
}

}  // namespace

int settle_extents(Pool& writers) {
  return as_admin(writers, [](RoleTransaction& transaction) {
    return transaction.run(Sql{"select stac.settle_extents()"}).at(0)[0].as<int>();
  });
}

bool SummarySettler::step() {
  if (waiting_.empty()) return begin();
  const auto key = waiting_.back();
  waiting_.pop_back();
  const bool is_last = waiting_.empty();
  const bool was_whole = std::exchange(is_whole_, false);  // unless it comes to its end
  is_whole_ = as_admin(writers_, [&](RoleTransaction& transaction) {
    Sql sql{"select stac.summarize("};
    sql.bind(std::to_string(key)).add("::int, ").bind(sql_array(names_)).add("::text[], ");
    const bool is_done =
        transaction.run(sql.bind(sql_array(types_)).add("::text[])")).at(0)[0].as<bool>() && was_whole;
    if (is_last && is_done) {
      Sql note{"select stac.note_summarized("};
      transaction.run(note.bind(state_).add(")"));
    }
    return is_done;
  });
  return !is_last;
}

bool SummarySettler::begin() {
  return as_admin(writers_, [&](RoleTransaction& transaction) {
    const auto row = transaction.run(Sql{"select state, due from stac.summaries_due()"}).at(0);
    if (!row[1].as<bool>()) return false;
    state_ = row[0].c_str();
    names_.clear();
    types_.clear();
    for (const auto& property : transaction.run(Sql{"select name, type from stac.indexed_properties()"})) {
      names_.emplace_back(property[0].c_str());
      types_.emplace_back(property[1].c_str());
    }
    for (const auto& one : transaction.run(Sql{"select key from stac.collection order by key desc"}))
      waiting_.push_back(one[0].as<int>());
    is_whole_ = true;
    return !waiting_.empty();
  });
}

}  // namespace hayden::db
