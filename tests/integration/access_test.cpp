#include "db/access.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>

#include "auth/secret.hpp"
#include "auth/token.hpp"
#include "core/problem.hpp"
#include "support/test_database.hpp"

namespace hayden::db {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::Not;
using State = FoundToken::State;

constexpr std::array<std::string_view, 4> ladder{"agdc_user", "agdc_ingest", "agdc_manage", "agdc_admin"};
constexpr std::string_view admin = ladder[3];

/// A database and logins of the whole cluster, gone at the end.
class Access : public testing::Test {
 protected:
  ~Access() override {
    for (const auto& name : made_) database.run("drop role if exists \"" + name + "\"");
  }

  /// A name that no other run of these tests has.
  std::string name_for(const std::string& purpose) {
    const auto name = "test_" + std::to_string(::getpid()) + "_" + purpose;
    made_.push_back(name);
    return name;
  }
  /// Makes a login; its URL.
  std::string login(const std::string& purpose, std::string_view role, const std::string& description = "") {
    const auto name = name_for(purpose);
    const auto password = auth::new_password();
    create_user(pool, admin, {.name = name, .role = std::string{role}, .description = description},
                auth::scram_verifier(password));
    return url_for(pool, name, password);
  }
  NewToken token(std::string_view role, const std::string& name = "") {
    return {.hash = auth::sha256(name + std::to_string(++tokens_)),
            .name = name,
            .role = std::string{role},
            .creator = "a test"};
  }
  static int status_of(const std::function<void()>& work) {
    try {
      work();
    } catch (const Problem& problem) {
      return problem.status();
    }
    return 200;
  }

  test::TestDatabase database;
  Pool pool{{.url = database.url()}};
  Pool readers{{.url = database.url(), .read_only = true}};

 private:
  std::vector<std::string> made_;
  int tokens_ = 0;
};

using tokens = Access;
using users = Access;
using the_database = Access;

TEST_F(tokens, are_found_by_their_hash_through_a_pool_that_only_reads) {
  const auto made = create_token(pool, admin,
                                 {.hash = auth::token_hash("secret"),
                                  .name = "harvest",
                                  .role = "agdc_ingest",
                                  .note = "for the night",
                                  .expires = parse_rfc3339("2100-01-01T00:00:00Z"),
                                  .creator = "ada"});
  EXPECT_EQ(made.expires, "2100-01-01T00:00:00Z");
  EXPECT_EQ(made.created_by, "ada");
  const auto found = find_token(readers, auth::token_hash("secret"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, made.id);
  EXPECT_EQ(found->name, "harvest");
  EXPECT_EQ(found->role, "agdc_ingest");
  EXPECT_EQ(found->state, State::valid);
  EXPECT_FALSE(find_token(readers, auth::token_hash("guess")));
}

TEST_F(tokens, are_kept_without_anything_to_use_them_by) {
  create_token(pool, admin, {.hash = auth::token_hash("secret"), .role = "agdc_user", .creator = "ada"});
  EXPECT_EQ(database.run("select t::text from hayden.token t")[0][0].as<std::string>().find("secret"),
            std::string::npos);
}

TEST_F(tokens, end_at_once_when_they_are_revoked) {
  const auto fresh = token("agdc_user");
  const auto id = create_token(pool, admin, fresh).id;
  EXPECT_TRUE(revoke_token(pool, admin, id));
  EXPECT_EQ(find_token(readers, fresh.hash)->state, State::revoked);
  const auto when = list_tokens(pool, admin).back().revoked;
  EXPECT_TRUE(revoke_token(pool, admin, id));
  EXPECT_EQ(list_tokens(pool, admin).back().revoked, when);
  EXPECT_FALSE(revoke_token(pool, admin, id + 1));
}

TEST_F(tokens, end_when_their_time_is_over) {
  auto fresh = token("agdc_user");
  fresh.expires = parse_rfc3339("2020-01-01T00:00:00Z");
  create_token(pool, admin, fresh);
  EXPECT_EQ(find_token(readers, fresh.hash)->state, State::expired);
}

TEST_F(tokens, are_called_by_their_number_when_nobody_named_them) {
  const auto made = create_token(pool, admin, token("agdc_user"));
  EXPECT_EQ(made.name, "token-" + std::to_string(made.id));
}

TEST_F(tokens, show_when_they_were_last_used) {
  const auto one = create_token(pool, admin, token("agdc_user", "one")).id;
  create_token(pool, admin, token("agdc_user", "two"));
  note_token_use(pool, {one});
  const auto all = list_tokens(pool, admin);
  EXPECT_TRUE(all.at(0).last_used);
  EXPECT_FALSE(all.at(1).last_used);
}

TEST_F(users, are_listed_with_the_highest_role_they_have) {
  login("jane", "agdc_ingest", "from the lab");
  const auto jane = name_for("jane");
  database.run("grant agdc_user to \"" + jane + "\"");
  EXPECT_THAT(list_users(pool, admin),
              Contains(AllOf(Field(&User::name, jane), Field(&User::role, "agdc_ingest"),
                             Field(&User::description, "from the lab"), Field(&User::is_protected, false))));
}

TEST_F(users, log_in_with_the_password_that_the_server_never_saw) {
  pqxx::connection connection{login("jane", "agdc_ingest")};
  pqxx::nontransaction work{connection};
  EXPECT_EQ(work.exec1("select current_user = $$" + name_for("jane") + "$$")[0].as<bool>(), true);
}

TEST_F(users, have_one_role_after_a_grant) {
  login("jane", "agdc_admin");
  const auto jane = name_for("jane");
  for (const auto role : ladder) {
    grant_role(pool, admin, jane, std::string{role});
    grant_role(pool, admin, jane, std::string{role});
    const auto held = database.run(
        "select string_agg(g.rolname, ',') from pg_auth_members m join pg_roles g on g.oid = m.roleid "
        "join pg_roles u on u.oid = m.member where u.rolname = $1",
        jane);
    EXPECT_EQ(held[0][0].as<std::string>(), role);
  }
}

TEST_F(users, are_gone_when_they_are_dropped_unless_something_belongs_to_them) {
  const auto url = login("jane", "agdc_manage");
  const auto jane = name_for("jane");
  {
    pqxx::connection connection{url};
    pqxx::nontransaction{connection}.exec("create view agdc.of_jane as select 1 as one");
  }
  try {
    drop_user(pool, admin, jane);
    FAIL() << "a login was dropped that owns a view";
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status(), 409);
    EXPECT_THAT(problem.what(), HasSubstr("reassign owned by"));
  }
  {
    pqxx::connection connection{url};
    pqxx::nontransaction{connection}.exec("drop view agdc.of_jane");
  }
  drop_user(pool, admin, jane);
  EXPECT_THAT(list_users(pool, admin), Not(Contains(Field(&User::name, jane))));
  EXPECT_EQ(status_of([&] { drop_user(pool, admin, jane); }), 404);
}

TEST_F(users, are_made_once) {
  login("jane", "agdc_user");
  EXPECT_EQ(status_of([&] { login("jane", "agdc_admin"); }), 409);
  EXPECT_EQ(status_of([&] {
              create_user(pool, admin, {.name = "postgres", .role = "agdc_user"}, auth::scram_verifier("x"));
            }),
            409);
}

TEST_F(users, who_are_not_the_index_s_own_are_never_touched) {
  EXPECT_THAT(list_users(pool, admin),
              Contains(AllOf(Field(&User::name, "hayden_reader"), Field(&User::is_protected, true))));
  const auto maker = name_for("maker");
  database.run("create role \"" + maker + "\" login createrole in role agdc_admin");
  const auto stranger = name_for("stranger");
  database.run("create role \"" + stranger + "\" login");
  const auto owner = database.run("select current_user")[0][0].as<std::string>();
  const std::map<std::string, int> expected{
      {owner, 409},      {maker, 409},        {"hayden_reader", 409}, {stranger, 404},
      {"postgres", 404}, {"agdc_admin", 404}, {"nobody", 404},        {"\"; drop role postgres; --", 404}};
  for (const auto& [name, status] : expected) {
    EXPECT_EQ(status_of([&] { drop_user(pool, admin, name); }), status) << name;
    EXPECT_EQ(status_of([&] { grant_role(pool, admin, name, "agdc_user"); }), status) << name;
  }
}

TEST_F(users, have_names_that_need_no_quoting_tricks) {
  for (const auto* name :
       {"", "Jane", "1st", "a b", "a\"b", "a'; drop table x", "pg_jane", "agdc_jane", "hayden_jane",
        "j\xc3\xb6rg", "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg"}) {
    EXPECT_NE(mistake_of_user_name(name), "") << name;
    EXPECT_EQ(status_of([&] {
                create_user(pool, admin, {.name = name, .role = "agdc_user"}, auth::scram_verifier("x"));
              }),
              400)
        << name;
  }
  for (const auto* name : {"jane", "jane.doe@lab-1.org", "_x"})
    EXPECT_EQ(mistake_of_user_name(name), "") << name;
}

TEST_F(users, get_no_other_role_than_those_of_the_ladder) {
  login("jane", "agdc_user");
  EXPECT_EQ(status_of([&] { grant_role(pool, admin, name_for("jane"), "pg_read_all_data"); }), 400);
  EXPECT_EQ(status_of([&] { login("john", "hayden"); }), 400);
  EXPECT_EQ(status_of([&] { create_token(pool, admin, token("postgres")); }), 400);
}

TEST_F(users, and_tokens_are_the_business_of_agdc_admin_alone) {
  for (const auto role : {ladder[0], ladder[1], ladder[2]}) {
    EXPECT_EQ(status_of([&] { list_users(pool, role); }), 403) << role;
    EXPECT_EQ(status_of([&] {
                create_user(pool, role, {.name = "jane", .role = "agdc_user"}, auth::scram_verifier("x"));
              }),
              403)
        << role;
    EXPECT_EQ(status_of([&] { grant_role(pool, role, "jane", "agdc_user"); }), 403) << role;
    EXPECT_EQ(status_of([&] { drop_user(pool, role, "jane"); }), 403) << role;
    EXPECT_EQ(status_of([&] { list_tokens(pool, role); }), 403) << role;
    EXPECT_EQ(status_of([&] { create_token(pool, role, token("agdc_user")); }), 403) << role;
    EXPECT_EQ(status_of([&] { revoke_token(pool, role, 1); }), 403) << role;
  }
}

/// A statement and how many of the ladder's roles, counted from the highest, may run it.
struct Door {
  const char* statement;
  int allowed;
};

constexpr Door doors[]{
    {"select count(*) from stac.item", 4},
    {"select count(*) from stac.collection", 4},
    {"select * from hayden.find_token('\\x00')", 4},
    {"select * from hayden.status()", 4},
    {"select count(*) from agdc.dataset", 4},
    {"insert into agdc.dataset_location (dataset_ref, uri_scheme, uri_body) "
     "select id, 'file', 'x' from agdc.dataset",
     3},
    {"delete from agdc.metadata_type where name = 'none'", 2},
    {"select hayden.open_stage(); select stac.write_staged()", 1},
    {"select stac.adopt_dictionary(0, 40000, '')", 1},
    {"select stac.ensure_collection('of-a-test', '{}', '')", 1},
    {"update agdc.dataset set archived = now()", 1},
    {"delete from agdc.dataset", 1},
    {"select * from hayden.list_tokens()", 1},
    {"select hayden.create_token(sha256('x'), '', 'agdc_admin', '', null, 'x')", 1},
    {"select hayden.revoke_token(0)", 1},
    {"select hayden.note_token_use('[]')", 1},
    {"select * from hayden.list_users()", 1},
    {"select hayden.create_user('x', 'agdc_admin', '', '')", 1},
    {"select hayden.grant_role('x', 'agdc_admin')", 1},
    {"select hayden.drop_user('x')", 1},
    {"select hayden.check_role('agdc_user')", 0},
    {"select * from hayden.token", 0},
    {"insert into hayden.token (hash, name, role, note, created_by) values (sha256('x'), 'x', 'agdc_admin', "
     "'', '')",
     0},
    {"update hayden.token set role = 'agdc_admin'", 0},
    {"delete from hayden.token", 0},
    {"insert into stac.collection (id, content, etag) values ('x', '{}', '')", 0},
    {"update stac.item set content = ''", 0},
    {"delete from stac.item", 0},
    {"delete from stac.item_default", 0},
    {"truncate stac.item", 0},
    {"delete from hayden.outbox", 0},
    {"select * from hayden.harvest_failure", 0},
    {"create table hayden.x (i integer)", 0},
    {"create table stac.x (i integer)", 0},
    {"alter table hayden.token disable trigger all", 0},
    {"set role hayden", 0},
};

TEST_F(the_database, refuses_each_login_what_its_role_may_not_do) {
  for (std::size_t rank = 0; rank < ladder.size(); ++rank) {
    pqxx::connection connection{login("of_" + std::string{ladder.at(rank)}, ladder.at(rank))};
    for (const auto& door : doors) {
      bool refused = false;
      try {
        pqxx::work{connection}.exec(door.statement);
      } catch (const pqxx::insufficient_privilege&) {
        refused = true;
      } catch (const pqxx::sql_error&) {
        refused = false;  // it was let in, and asked for something that is not there
      }
      const bool may = static_cast<int>(rank) >= static_cast<int>(ladder.size()) - door.allowed;
      EXPECT_NE(refused, may) << ladder.at(rank) << ": " << door.statement;
    }
  }
}

}  // namespace
}  // namespace hayden::db
