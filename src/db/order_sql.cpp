#include "db/order_sql.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "core/problem.hpp"

namespace hayden::db {
namespace {

using stac::PropertyType;
using stac::SortKey;
using Field = SortKey::Field;

/// In a token, what a property has stands behind a `=`; nothing at all is one that the row does not have.
constexpr char present = '=';

/// The same words as in the indexes on properties (db/queryables.cpp): only so are they used.
void add_expression(Sql& sql, const SortKey& key) {
  switch (key.field) {
    case Field::datetime:
      sql.add("i.datetime");
      return;
    case Field::id:
      sql.add("i.id");
      return;
    case Field::collection:
      sql.add("c.id");
      return;
    case Field::collection_key:
      sql.add("i.collection");
      return;
    case Field::property:
      break;
  }
  const auto call = [&](std::string_view function) {
    sql.add(function).add("(i.properties -> ").bind(key.property).add("::text)");
  };
  switch (key.type) {
    case PropertyType::text:
      call("left(stac.text_of");
      sql.add(", ").add(std::to_string(indexed_characters)).add(") collate \"C\"");
      break;
    case PropertyType::number:
      call("stac.number_of");
      break;
    case PropertyType::timestamp:
      call("stac.time_start");
      break;
    default:
      call("stac.scalar_of");
  }
}

bool is_time(const SortKey& key) {
  return key.field == Field::datetime ||
         (key.field == Field::property && key.type == PropertyType::timestamp);
}

[[noreturn]] void refuse_token() {
  throw Problem(400, "InvalidParameterValue", "token: not a page token of this service");
}

std::int64_t whole_number(std::string_view text, std::int64_t least, std::int64_t most) {
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (error != std::errc{} || end != text.data() + text.size() || whole < least || whole > most)
    refuse_token();
  return whole;
}

bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos;
}

/// The value of a page token as a typed parameter. Tokens come from clients: what cannot be a value is
/// refused here, or by the database as a value that cannot be used.
void bind_value(Sql& sql, const SortKey& key, const std::string& token) {
  const auto value = key.may_be_absent() ? token.substr(1) : token;
  constexpr std::int64_t ten_thousand_years = 400'000'000'000'000'000;  // in microseconds
  if (is_time(key)) {
    const auto whole = whole_number(value, -ten_thousand_years, ten_thousand_years);
    sql.bind(sql_time(Instant{std::chrono::microseconds{whole}})).add("::timestamptz");
  } else if (key.field == Field::collection_key) {
    whole_number(value, 0, std::numeric_limits<std::int32_t>::max());
    sql.bind(value).add("::int");
  } else if (key.field == Field::property && key.type == PropertyType::number) {
    if (!is_number(value)) refuse_token();
    sql.bind(value).add("::numeric");
  } else if (key.field == Field::property && key.type == PropertyType::any) {
    if (value.starts_with('[') || value.starts_with('{')) refuse_token();
    sql.bind(value).add("::jsonb");
  } else {
    sql.bind(value).add("::text");
  }
}

}  // namespace

PageOrder::PageOrder(const stac::SearchRequest& request)
    : keys_(request.total_sort()), backwards_(request.token && request.token->backwards) {
  if (backwards_) {
    for (auto& key : keys_) key.descending = !key.descending;
  }
  uniform_ = std::ranges::all_of(keys_, [&](const SortKey& key) {
    return key.descending == keys_.front().descending && (!key.may_be_absent() || &key == &keys_.front());
  });
  if (request.token) {
    token_ = request.token->values;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (keys_[i].may_be_absent() && !token_[i].empty() && token_[i].front() != present) refuse_token();
    }
  }
  const bool begins = token_.empty();
  if (!uniform_ || !keys_.front().may_be_absent()) {
    segments_ = {{Has::any, !begins}};
  } else if (backwards_) {
    if (is_absent(0)) segments_.push_back({Has::none, true});
    segments_.push_back({Has::value, !is_absent(0)});
  } else {
    if (begins || !is_absent(0)) segments_.push_back({Has::value, !begins});
    segments_.push_back({Has::none, !begins && is_absent(0)});
  }
}

bool PageOrder::is_absent(std::size_t key) const {
  return !token_.empty() && keys_[key].may_be_absent() && token_[key].empty();
}

void PageOrder::add_values(Sql& sql) const {
  for (const auto& key : keys_) {
    sql.add(key.may_be_absent() ? ", '=' || " : ", ");
    if (is_time(key)) sql.add("(extract(epoch from ");
    if (!is_time(key) && key.may_be_absent()) sql.add("(");
    add_expression(sql, key);
    if (is_time(key)) sql.add(") * 1000000)::bigint");
    if (!is_time(key) && key.may_be_absent()) sql.add(")::text");
  }
}

void PageOrder::add_join(Sql& sql) const {
  const bool by_collection =
      std::ranges::any_of(keys_, [](const SortKey& key) { return key.field == Field::collection; });
  if (by_collection) sql.add(" join stac.collection c on c.key = i.collection");
}

void PageOrder::add_condition(Sql& sql, std::size_t segment) const {
  const auto& [first, after_token] = segments_[segment];
  if (first != Has::any) {
    sql.add(" and ");
    add_expression(sql, keys_.front());
    sql.add(first == Has::none ? " is null" : " is not null");
  }
  if (!after_token) return;
  if (uniform_) {
    add_row_comparison(sql, first == Has::none ? 1 : 0);
  } else {
    add_alternatives(sql);
  }
}

/// One row comparison, which an index can be entered with.
void PageOrder::add_row_comparison(Sql& sql, std::size_t from) const {
  sql.add(" and (");
  for (std::size_t i = from; i < keys_.size(); ++i) {
    sql.add(i == from ? "" : ", ");
    add_expression(sql, keys_[i]);
  }
  sql.add(keys_.front().descending ? ") < (" : ") > (");
  for (std::size_t i = from; i < keys_.size(); ++i) {
    sql.add(i == from ? "" : ", ");
    bind_value(sql, keys_[i], token_[i]);
  }
  sql.add(")");
}

void PageOrder::add_alternatives(Sql& sql) const {
  sql.add(" and (false");
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (!may_come_beyond(i)) continue;
    sql.add(" or (");
    for (std::size_t j = 0; j < i; ++j) {
      add_same(sql, j);
      sql.add(" and ");
    }
    add_beyond(sql, i);
    sql.add(")");
  }
  sql.add(")");
}

/// Behind rows that do not have a property come none by that property, but going backwards all that have it.
bool PageOrder::may_come_beyond(std::size_t key) const { return !is_absent(key) || backwards_; }

void PageOrder::add_beyond(Sql& sql, std::size_t i) const {
  const auto& key = keys_[i];
  sql.add("(");
  add_expression(sql, key);
  if (is_absent(i)) {
    sql.add(" is not null)");
    return;
  }
  sql.add(key.descending ? " < " : " > ");
  bind_value(sql, key, token_[i]);
  if (key.may_be_absent() && !backwards_) {
    sql.add(" or ");
    add_expression(sql, key);
    sql.add(" is null");
  }
  sql.add(")");
}

void PageOrder::add_same(Sql& sql, std::size_t i) const {
  add_expression(sql, keys_[i]);
  if (is_absent(i)) {
    sql.add(" is null");
  } else {
    sql.add(" = ");
    bind_value(sql, keys_[i], token_[i]);
  }
}

void PageOrder::add_order(Sql& sql, std::size_t segment) const {
  // Also where all are absent: so say the indexes.
  const bool mixed = segments_[segment].first == Has::any;
  sql.add(" order by ");
  for (const auto& key : keys_) {
    sql.add(&key == &keys_.front() ? "" : ", ");
    add_expression(sql, key);
    sql.add(key.descending ? " desc" : "");
    if (mixed && key.may_be_absent()) sql.add(backwards_ ? " nulls first" : " nulls last");
  }
}

}  // namespace hayden::db
