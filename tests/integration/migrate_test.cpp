#include "db/migrate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <future>
#include <pqxx/pqxx>
#include <stdexcept>
#include <vector>

#include "core/problem.hpp"
#include "db/doctor.hpp"

namespace hayden::db {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string server_url() {
  const char* const url = std::getenv("HAYDEN_TEST_URL");
  if (url == nullptr)
    throw std::runtime_error("HAYDEN_TEST_URL is not set: run these tests with scripts/test");
  return url;
}

pqxx::result run(const std::string& url, const std::string& sql) {
  pqxx::connection connection{url};
  pqxx::nontransaction work{connection};
  return work.exec(sql);
}

/// A database of one's own that nothing was done to.
class EmptyDatabase {
 public:
  explicit EmptyDatabase(const std::string& options = "template template_postgis")
      : name_("hayden_migrate_" + std::to_string(::getpid()) + "_" + std::to_string(next_++)) {
    run(server_url(), "create database " + name_ + " " + options);
  }
  ~EmptyDatabase() {
    try {
      run(server_url(), "drop database " + name_ + " with (force)");
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
    }
  }
  EmptyDatabase(const EmptyDatabase&) = delete;
  EmptyDatabase& operator=(const EmptyDatabase&) = delete;

  std::string url() const {
    const auto server = server_url();
    return server.substr(0, server.rfind('/') + 1) + name_;
  }
  std::string url_of(const std::string& login, const std::string& password) const {
    const auto own = url();
    return "postgresql://" + login + ":" + password + own.substr(own.find('@'));
  }
  const std::string& name() const { return name_; }
  std::string value(const std::string& sql) const { return run(url(), sql)[0][0].c_str(); }

 private:
  static inline int next_ = 0;
  std::string name_;
};

/// A login that is gone when the object dies.
class Login {
 public:
  Login(std::string name, const std::string& attributes) : name_(std::move(name)) {
    run(server_url(), "create role " + name_ + " login password 'secret' " + attributes);
    run(server_url(), "grant " + name_ + " to current_user");
  }
  ~Login() {
    try {
      run(server_url(), "drop role " + name_);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
    }
  }
  Login(const Login&) = delete;
  Login& operator=(const Login&) = delete;
  const std::string& name() const { return name_; }

 private:
  std::string name_;
};

const Migration makes_a{1, "makes_a", "create table a (id integer);"};
const Migration makes_b{2, "makes_b", "create table b (id integer); insert into b values (1);"};

std::string refusal(const std::string& url, const std::vector<Migration>& migrations) {
  try {
    migrate(url, {}, migrations);
  } catch (const Problem& problem) {
    return problem.what();
  }
  return "";
}

std::vector<int> applied_numbers(const std::string& url, const std::vector<Migration>& migrations) {
  std::vector<int> numbers;
  migrate(url, {.applied = [&](const Migration& migration, auto) { numbers.push_back(migration.number); }},
          migrations);
  return numbers;
}

TEST(embedded_migrations, are_numbered_from_one_without_a_gap) {
  int expected = 0;
  for (const Migration& migration : embedded_migrations())
    EXPECT_EQ(migration.number, ++expected) << migration.name;
  EXPECT_GE(expected, 3);
}

TEST(migrate, applies_every_migration_in_order_and_records_it) {
  const EmptyDatabase database;
  std::vector<int> numbers;
  migrate(database.url(),
          {.applied = [&](const Migration& migration, auto) { numbers.push_back(migration.number); }});
  EXPECT_EQ(numbers.size(), embedded_migrations().size());
  EXPECT_TRUE(std::ranges::is_sorted(numbers));
  EXPECT_EQ(database.value("select count(*) from hayden.migration where applied_at is not null"),
            std::to_string(numbers.size()));
  EXPECT_THAT(migration_state(database.url()).pending, IsEmpty());
}

TEST(embedded_migrations, give_products_of_before_the_indexes_that_later_ones_get) {
  const EmptyDatabase database;
  const std::string add =
      "insert into agdc.dataset_type (name, metadata, metadata_type_ref, definition) select ";
  const std::string last = " || name, '{}', id, '{}' from agdc.metadata_type";
  migrate(database.url(), {}, embedded_migrations().first(3));
  run(database.url(), add + "'before_'" + last);
  migrate(database.url());
  run(database.url(), add + "'after_'" + last);

  const auto made = [&](const std::string& which) {
    return database.value(
        "select string_agg(replace(regexp_replace(line, 'dataset_type_ref = \\d+', '', 'g'), '" + which +
        "_', ''), E'\n' order by replace(line, '" + which +
        "_', '')) from (select indexdef from pg_indexes where indexname like 'dix\\_" + which +
        "\\_%' union all select viewname || viewowner || definition from pg_views where viewname like "
        "'dv\\_" +
        which + "\\_%') made (line)");
  };
  EXPECT_THAT(made("before"), AllOf(HasSubstr("dix_eo3_lat_lon_time"), HasSubstr("dix_telemetry_orbit"),
                                    HasSubstr("dv_eo_dataset")));
  EXPECT_EQ(made("before"), made("after"));
}

TEST(embedded_migrations, give_landsat_products_of_before_their_load_hints) {
  const EmptyDatabase database;
  migrate(database.url(), {}, embedded_migrations().first(9));
  run(database.url(),
      "insert into agdc.dataset_type (name, metadata, metadata_type_ref, definition) values"
      R"( ('landsat_c2_l1_mss', '{}', 1, '{"description": "kept"}'),)"
      R"( ('landsat_c2_l2_tm', '{}', 1, '{"load": {"crs": "EPSG:3577"}}'), ('other', '{}', 1, '{}'))");
  migrate(database.url());
  const auto definition = [&](const std::string& name) {
    return database.value("select definition from agdc.dataset_type where name = '" + name + "'");
  };
  EXPECT_EQ(definition("landsat_c2_l1_mss"), R"({"load": {"crs": "EPSG:6933", "align": {"x": 0, "y": 0}, )"
                                             R"("resolution": {"x": 60, "y": -60}}, "description": "kept"})");
  EXPECT_EQ(definition("landsat_c2_l2_tm"), R"({"load": {"crs": "EPSG:3577"}})");
  EXPECT_EQ(definition("other"), "{}");
}

TEST(migrate, does_nothing_the_second_time) {
  const EmptyDatabase database;
  const auto fingerprint = [&] {
    return database.value(
               "select md5(string_agg(c.oid || c.relname || c.xmin::text, ',' order by c.oid)) from pg_class "
               "c") +
           database.value("select string_agg(m::text, ',' order by number) from hayden.migration m");
  };
  migrate(database.url());
  const auto before = fingerprint();
  int applied = 0;
  migrate(database.url(), {.applied = [&](const auto&, auto) { ++applied; }});
  EXPECT_EQ(applied, 0);
  EXPECT_EQ(fingerprint(), before);
}

TEST(migrate, applies_only_what_is_new) {
  const EmptyDatabase database;
  EXPECT_THAT(applied_numbers(database.url(), {makes_a}), ElementsAre(1));
  EXPECT_THAT(applied_numbers(database.url(), {makes_a, makes_b}), ElementsAre(2));
}

TEST(migration_state, tells_what_is_pending_and_changes_nothing) {
  const EmptyDatabase database;
  const auto state = migration_state(database.url());
  EXPECT_THAT(state.applied, IsEmpty());
  EXPECT_EQ(state.pending.size(), embedded_migrations().size());
  EXPECT_EQ(database.value("select count(*) from pg_namespace where nspname in ('hayden', 'agdc', 'stac')"),
            "0");
}

TEST(migrate, refuses_a_history_that_was_edited) {
  const EmptyDatabase database;
  migrate(database.url(), {}, std::vector{makes_a});
  const Migration edited{1, "makes_a", "create table a (id bigint);"};
  EXPECT_THAT(refusal(database.url(), {edited, makes_b}),
              AllOf(HasSubstr("0001_makes_a"), HasSubstr("may not be edited")));
  EXPECT_EQ(database.value("select to_regclass('b') is null"), "t");
}

TEST(migrate, refuses_a_history_of_a_later_release) {
  const EmptyDatabase database;
  migrate(database.url(), {}, std::vector{makes_a, makes_b});
  EXPECT_THAT(refusal(database.url(), {makes_a}),
              AllOf(HasSubstr("0002_makes_b"), HasSubstr("does not know")));
}

TEST(migrate, refuses_a_history_with_a_gap) {
  const EmptyDatabase database;
  migrate(database.url(), {}, std::vector{makes_a, makes_b});
  run(database.url(), "delete from hayden.migration where number = 1");
  EXPECT_THAT(refusal(database.url(), {makes_a, makes_b}),
              AllOf(HasSubstr("0001_makes_a"), HasSubstr("missing")));
}

TEST(migrate, leaves_nothing_of_a_migration_that_fails_and_keeps_those_before) {
  const EmptyDatabase database;
  const Migration fails{2, "fails", "create table half (id integer); select 1 / 0;"};
  EXPECT_THAT(refusal(database.url(), {makes_a, fails}),
              AllOf(HasSubstr("0002_fails"), HasSubstr("division by zero")));
  EXPECT_EQ(database.value("select to_regclass('a') is not null and to_regclass('half') is null"), "t");
  EXPECT_THAT(applied_numbers(database.url(), {makes_a, makes_b}), ElementsAre(2));
}

TEST(migrate, runs_a_marked_file_outside_a_transaction) {
  const EmptyDatabase database;
  const Migration concurrent{2, "indexes",
                             "-- hayden: no transaction\n"
                             "create index concurrently if not exists a_id on a (id);\n"
                             "comment on table a is 'one; two -- three';\n"
                             "do $$ begin perform 1; perform 2; end $$;"};
  migrate(database.url(), {}, std::vector{makes_a, concurrent});
  EXPECT_EQ(database.value("select obj_description('a'::regclass) || to_regclass('a_id')::text"),
            "one; two -- threea_id");
}

TEST(migrate, goes_on_where_a_file_without_transaction_stopped) {
  const EmptyDatabase database;
  const Migration stops{2, "stops",
                        "-- hayden: no transaction\n"
                        "insert into a values (1);\n"
                        "create unique index concurrently if not exists a_id on a (id);\n"
                        "insert into a values (2);"};
  migrate(database.url(), {}, std::vector{makes_a});
  run(database.url(), "insert into a values (1)");
  EXPECT_THAT(refusal(database.url(), {makes_a, stops}),
              AllOf(HasSubstr("statement 2 of 3"), HasSubstr("go on there")));
  EXPECT_EQ(database.value("select count(*) from pg_index where not indisvalid"), "1");
  EXPECT_THAT(migration_state(database.url(), std::vector{makes_a, stops}).pending, testing::SizeIs(1));

  run(database.url(), "delete from a");
  EXPECT_THAT(applied_numbers(database.url(), {makes_a, stops}), ElementsAre(2));
  EXPECT_EQ(database.value("select string_agg(id::text, ',') from a"), "2");
  EXPECT_EQ(database.value("select count(*) from pg_index where not indisvalid"), "0");
}

TEST(migrate, makes_a_second_process_wait_and_then_find_nothing_to_do) {
  const EmptyDatabase database;
  const std::vector migrations{
      makes_a, makes_b,
      Migration{3, "index", "-- hayden: no transaction\ncreate index concurrently b_id on b (id);"}};
  std::promise<void> second_waits;
  std::future<std::vector<int>> second;
  std::vector<int> first;
  migrate(database.url(),
          {.applied =
               [&](const Migration& migration, auto) {
                 first.push_back(migration.number);
                 if (migration.number != 1) return;
                 second = std::async(std::launch::async, [&] {
                   std::vector<int> numbers;
                   migrate(database.url(),
                           {.waiting = [&] { second_waits.set_value(); },
                            .applied = [&](const Migration& each, auto) { numbers.push_back(each.number); }},
                           migrations);
                   return numbers;
                 });
                 EXPECT_EQ(second_waits.get_future().wait_for(std::chrono::minutes{1}),
                           std::future_status::ready);
               }},
          migrations);
  EXPECT_THAT(first, ElementsAre(1, 2, 3));
  EXPECT_THAT(second.get(), IsEmpty());
}

TEST(migrate, works_for_two_databases_of_a_cluster_whose_roles_exist_already) {
  const EmptyDatabase first;
  const EmptyDatabase second;
  migrate(first.url());
  EXPECT_EQ(first.value("select count(*) from pg_roles where rolname like 'agdc\\_%'"), "4");
  migrate(second.url());
  EXPECT_THAT(migration_state(second.url()).pending, IsEmpty());
}

TEST(migrate, needs_no_superuser) {
  const EmptyDatabase database;
  EXPECT_EQ(database.value("select rolsuper from pg_roles where rolname = current_user"), "f");
  migrate(database.url());
  EXPECT_EQ(database.value("select pg_has_role(current_user, 'agdc_admin', 'usage')"), "t");
}

TEST(migrate, tells_a_login_without_rights_what_a_superuser_must_grant) {
  const EmptyDatabase has_roles;
  migrate(has_roles.url());
  const Login login{"hayden_test_plain_" + std::to_string(::getpid()), "nocreaterole"};
  const EmptyDatabase database{"template template_postgis owner " + login.name()};
  EXPECT_THAT(refusal(database.url_of(login.name(), "secret"),
                      {embedded_migrations().begin(), embedded_migrations().end()}),
              HasSubstr("run as a superuser: grant agdc_admin to " + login.name()));
}

TEST(migrate, refuses_a_database_that_holds_another_open_data_cube) {
  const EmptyDatabase database;
  run(database.url(), "create schema agdc");
  EXPECT_THAT(refusal(database.url(), {embedded_migrations().begin(), embedded_migrations().end()}),
              AllOf(HasSubstr("schema agdc already"), HasSubstr("hayden-admin adopt")));
}

TEST(migrate, tells_how_to_get_postgis_when_it_is_missing) {
  const EmptyDatabase database{"template template0"};
  EXPECT_THAT(
      refusal(database.url(), {makes_a}),
      AllOf(HasSubstr(database.name()), HasSubstr("as a superuser"), HasSubstr("create extension postgis")));
}

TEST(migrate, tells_in_one_sentence_that_there_is_no_database) {
  const auto sentence = refusal("postgresql://hayden@127.0.0.1:1/nowhere", {makes_a});
  EXPECT_THAT(sentence, HasSubstr("cannot connect to the database"));
  EXPECT_EQ(sentence.find('\n'), std::string::npos);
}

std::vector<std::string> failures(const std::string& url) {
  std::vector<std::string> names;
  for (const Check& check : examine(url)) {
    EXPECT_EQ(check.ok, check.remedy.empty()) << check.name;
    if (!check.ok) names.push_back(check.name);
  }
  return names;
}

TEST(doctor, finds_a_migrated_database_well) {
  const EmptyDatabase database;
  migrate(database.url());
  EXPECT_THAT(failures(database.url()), IsEmpty());
}

TEST(doctor, finds_what_is_missing) {
  const EmptyDatabase migrated;
  migrate(migrated.url());  // so that the roles exist
  const EmptyDatabase fresh;
  EXPECT_THAT(failures(fresh.url()), ElementsAre("migrations"));
  const EmptyDatabase bare{"template template0"};
  EXPECT_THAT(failures(bare.url()), ElementsAre("PostGIS", "extensions", "migrations"));
  EXPECT_THAT(failures("postgresql://hayden@127.0.0.1:1/nowhere"), ElementsAre("database"));
}

TEST(doctor, finds_a_login_that_may_not_write) {
  const EmptyDatabase database;
  migrate(database.url());
  const Login login{"hayden_test_guest_" + std::to_string(::getpid()), ""};
  EXPECT_THAT(failures(database.url_of(login.name(), "secret")), testing::Contains("rights"));
}

TEST(split_statements, cuts_at_semicolons_outside_quotes_and_comments) {
  EXPECT_THAT(split_statements("select 1; select 2 ;\n;"), ElementsAre("select 1", "select 2"));
  EXPECT_THAT(split_statements("select 'a;b', \"c;d\", 'it''s;'; x"),
              ElementsAre("select 'a;b', \"c;d\", 'it''s;'", "x"));
  EXPECT_THAT(split_statements("do $x$ a; $$ b; $$ c; $x$; e"),
              ElementsAre("do $x$ a; $$ b; $$ c; $x$", "e"));
  EXPECT_THAT(split_statements("select E'a\\';b'; select name'c\\'; d"),
              ElementsAre("select E'a\\';b'", "select name'c\\'", "d"));
  EXPECT_THAT(split_statements("-- a; b\nselect 1 /* c; /* d; */ e; */ + 2; -- f;"),
              ElementsAre("select 1 \n + 2"));
  EXPECT_THAT(split_statements("select $1; select 'open"), ElementsAre("select $1", "select 'open"));
  EXPECT_THAT(split_statements(" -- nothing\n"), IsEmpty());
}

}  // namespace
}  // namespace hayden::db
