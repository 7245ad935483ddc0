// The Open Data Cube contract: the statements that the real client sends, under each of its roles.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/test_database.hpp"

namespace hayden {
namespace {

using testing::ElementsAre;

constexpr auto scene = "5e1359de-0f91-5988-a6f0-8a0a840906f4";
constexpr auto other_scene = "276af61d-99f8-4aa3-b2fb-d7df68c5e28f";

/// One migrated database for all tests of this file; every test rolls back what it does.
class AgdcContract : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    database_ = new test::TestDatabase;
    database_->run(
        "insert into agdc.dataset_type (name, metadata, metadata_type_ref, definition)"
        " select 'used', '{}', id, '{}' from agdc.metadata_type where name = 'eo3'");
    database_->run(
        "insert into agdc.dataset_type (name, metadata, metadata_type_ref, definition)"
        " select 'unused', '{}', id, '{}' from agdc.metadata_type where name = 'eo3'");
    for (const auto* id : {scene, other_scene}) database_->run(add_dataset(id));
    database_->run(add_location());
  }
  static void TearDownTestSuite() {
    delete database_;
    database_ = nullptr;
  }

  static std::string add_dataset(const std::string& id) {
    return "insert into agdc.dataset (id, dataset_type_ref, metadata_type_ref, metadata)"
           " select '" +
           id +
           "', t.id, (select metadata_type_ref from agdc.dataset_type where id = t.id),"
           R"( '{"extent": {"lat": {"begin": 44, "end": 47}, "lon": {"begin": -124, "end": -120}},
                 "properties": {"datetime": "2020-09-04T18:55:02Z"}}'::jsonb)"
           " from agdc.dataset_type t where t.name = 'used' on conflict (id) do nothing";
  }
  static std::string add_location() {
    return std::string("insert into agdc.dataset_location (dataset_ref, uri_scheme, uri_body) values ('") +
           scene +
           "', 's3', '//bucket/LC08_MTL.txt') on conflict (uri_scheme, uri_body, dataset_ref) do nothing";
  }
  static std::string add_source() {
    return std::string(
               "insert into agdc.dataset_source (dataset_ref, classifier, source_dataset_ref) values ('") +
           scene + "', 'level1', '" + other_scene + "') on conflict (classifier, dataset_ref) do nothing";
  }
  static std::string add_metadata_type() {
    return "insert into agdc.metadata_type (name, definition) values ('eo3_more', '{}')";
  }
  /// A metadata type `odd` with these search fields.
  static std::string add_metadata_type(const std::string& search_fields) {
    return R"(insert into agdc.metadata_type (name, definition)
              values ('odd', '{"dataset": {"search_fields": )" +
           search_fields + "}}')";
  }
  static std::string add_product(const std::string& name, const std::string& metadata_type = "eo3") {
    return "insert into agdc.dataset_type (name, metadata, metadata_type_ref, definition)"
           " select '" +
           name + "', '{}', id, '{}' from agdc.metadata_type where name = '" + metadata_type + "'";
  }
  /// The names of a product's dynamic indexes, in one row.
  static std::string indexes_of(const std::string& product) {
    return "select string_agg(indexname, ' ' order by indexname) from pg_indexes"
           " where schemaname = 'agdc' and indexname like 'dix\\_" +
           product + "\\_%'";
  }

  /// Runs statements in one transaction under a role and rolls them back. False when the role may not.
  static bool may(const std::string& role, const std::vector<std::string>& statements) {
    pqxx::connection connection{database_->url()};
    pqxx::work work{connection};
    work.exec("set local role " + role);
    try {
      for (const auto& statement : statements) work.exec(statement);
      return true;
    } catch (const pqxx::insufficient_privilege&) {
      return false;
    }
  }

  /// Which of the four roles may, lowest first.
  static std::vector<std::string> who_may(const std::vector<std::string>& statements) {
    std::vector<std::string> roles;
    for (const auto* role : {"agdc_user", "agdc_ingest", "agdc_manage", "agdc_admin"}) {
      if (may(role, statements)) roles.emplace_back(role);
    }
    return roles;
  }

  /// The first value of the last statement; all run in one transaction that is rolled back.
  static std::string value(const std::string& role, const std::vector<std::string>& statements) {
    pqxx::connection connection{database_->url()};
    pqxx::work work{connection};
    work.exec("set local role " + role);
    std::string last;
    for (const auto& statement : statements) {
      const auto rows = work.exec(statement);
      last = rows.empty() || rows.columns() == 0 ? "" : rows[0][0].c_str();
    }
    return last;
  }

  static inline test::TestDatabase* database_ = nullptr;
};

TEST_F(AgdcContract, everyone_reads_and_searches) {
  EXPECT_THAT(
      who_may({"select id, metadata_type_ref, dataset_type_ref, metadata, archived, added, added_by, updated,"
               " array(select uri_scheme || ':' || uri_body from agdc.dataset_location"
               "       where dataset_ref = dataset.id and archived is null order by added desc, id desc)"
               " from agdc.dataset",
               "select * from agdc.dataset_source", "select * from agdc.dv_eo3_dataset",
               "select dataset_ref from agdc.dataset_location"
               " where uri_scheme = 's3' and uri_body like '//bucket/%'"}),
      ElementsAre("agdc_user", "agdc_ingest", "agdc_manage", "agdc_admin"));
}

TEST_F(AgdcContract, ingest_adds_datasets_locations_and_sources) {
  EXPECT_THAT(who_may({add_dataset("00000000-0000-0000-0000-000000000001"), add_location(), add_source()}),
              ElementsAre("agdc_ingest", "agdc_manage", "agdc_admin"));
}

TEST_F(AgdcContract, adding_twice_is_no_error_and_changes_nothing) {
  EXPECT_EQ(value("agdc_ingest", {add_dataset(scene), add_dataset(scene), add_location(), add_location(),
                                  add_source(), add_source(),
                                  "select (select count(*) from agdc.dataset) || '-' ||"
                                  " (select count(*) from agdc.dataset_location) || '-' ||"
                                  " (select count(*) from agdc.dataset_source)"}),
            "2-1-1");
}

TEST_F(AgdcContract, manage_adds_metadata_types_and_products_and_deletes_unused_ones) {
  EXPECT_THAT(who_may({add_metadata_type()}), ElementsAre("agdc_manage", "agdc_admin"));
  EXPECT_THAT(who_may({add_product("another")}), ElementsAre("agdc_manage", "agdc_admin"));
  EXPECT_THAT(who_may({"delete from agdc.dataset_type where name = 'unused'"}),
              ElementsAre("agdc_manage", "agdc_admin"));
  EXPECT_THROW(may("agdc_manage", {"delete from agdc.dataset_type where name = 'used'"}),
               pqxx::foreign_key_violation);
}

TEST_F(AgdcContract, only_admin_changes_datasets_and_manage_may_update_types_and_products) {
  const std::string where = std::string(" where id = '") + scene + "'";
  const std::string of_scene = std::string(" where dataset_ref = '") + scene + "'";
  EXPECT_THAT(who_may({"update agdc.dataset set metadata = metadata" + where + " returning id"}),
              ElementsAre("agdc_admin"));
  EXPECT_THAT(who_may({"update agdc.dataset set archived = now()" + where + " and archived is null",
                       "update agdc.dataset set archived = null" + where}),
              ElementsAre("agdc_admin"));
  EXPECT_THAT(who_may({"delete from agdc.dataset_location" + of_scene,
                       "delete from agdc.dataset_source" + of_scene, "delete from agdc.dataset" + where}),
              ElementsAre("agdc_admin"));
  EXPECT_THAT(who_may({"update agdc.dataset_type set definition = definition where name = 'used'"}),
              ElementsAre("agdc_manage", "agdc_admin"));
  EXPECT_THAT(who_may({"update agdc.metadata_type set definition = definition where name = 'eo3'"}),
              ElementsAre("agdc_manage", "agdc_admin"));
}

TEST_F(AgdcContract, every_update_moves_the_time_of_update) {
  EXPECT_EQ(value("agdc_admin", {"update agdc.dataset set archived = now()",
                                 "select bool_and(updated = now()) from agdc.dataset"}),
            "t");
  EXPECT_EQ(value("agdc_admin", {"update agdc.dataset_type set definition = '{}'",
                                 "select bool_and(updated = now()) from agdc.dataset_type"}),
            "t");
}

TEST_F(AgdcContract, products_and_metadata_types_have_names_of_word_characters) {
  EXPECT_THROW(may("agdc_manage", {add_product("landsat-c2l1")}), pqxx::check_violation);
  EXPECT_TRUE(may("agdc_manage", {add_product("Landsat_c2l1")}));
}

TEST_F(AgdcContract, the_default_metadata_types_have_the_first_ids) {
  EXPECT_EQ(value("agdc_user", {"select string_agg(id || name, ' ' order by id) from agdc.metadata_type"}),
            "1eo3 2eo 3telemetry");
}

TEST_F(AgdcContract, views_show_the_search_fields_of_active_datasets) {
  EXPECT_EQ(value("agdc_user",
                  {"select count(*) from agdc.dv_eo3_dataset where product = 'used' and lat @> 45::float8"
                   " and lon @> -122::float8 and time @> '2020-09-04 18:55:02+00'::timestamptz"}),
            "2");
  EXPECT_EQ(value("agdc_admin",
                  {"update agdc.dataset set archived = now()", "select count(*) from agdc.dv_eo3_dataset"}),
            "0");
}

TEST_F(AgdcContract, a_product_is_indexed_by_place_and_time_and_by_what_its_metadata_type_says) {
  EXPECT_EQ(value("agdc_manage", {add_product("Another"), indexes_of("another")}),
            "dix_another_lat_lon_time dix_another_region_code dix_another_time_lat_lon");
  EXPECT_EQ(value("agdc_user", {"select count(*) from agdc.dv_used_dataset where lat @> 45::float8"}), "2");
}

TEST_F(AgdcContract, a_product_that_exists_already_costs_nothing_and_stays_as_it_is) {
  EXPECT_EQ(value("agdc_manage", {add_product("used") + " on conflict (name) do nothing",
                                  "select count(*) from pg_indexes where indexname like 'dix\\_used\\_%'"}),
            "3");
}

TEST_F(AgdcContract, ranges_that_begin_after_their_end_are_refused) {
  EXPECT_THROW(may("agdc_admin",
                   {"update agdc.dataset set metadata = jsonb_set(metadata, '{extent,lon,begin}', '179')"}),
               pqxx::data_exception);
}

TEST_F(AgdcContract, a_deleted_product_leaves_no_index_or_view_behind) {
  const std::string left =
      "select (select count(*) from pg_indexes where indexname like 'dix\\_unused\\_%') || '-' ||"
      " (select count(*) from pg_views where viewname = 'dv_unused_dataset') || '-' ||"
      " (select count(*) from pg_indexes where indexname like 'dix\\_used\\_%')";
  EXPECT_EQ(value("agdc_manage", {left}), "3-1-3");
  EXPECT_EQ(value("agdc_manage", {"delete from agdc.dataset_type where name = 'unused'", left}), "0-0-3");
}

TEST_F(AgdcContract, the_view_of_a_metadata_type_outlives_a_product_of_its_name) {
  EXPECT_EQ(value("agdc_manage", {add_product("eo3"), "delete from agdc.dataset_type where name = 'eo3'",
                                  "select count(*) from agdc.dv_eo3_dataset"}),
            "2");
}

TEST_F(AgdcContract, a_field_that_is_no_good_costs_its_own_index_only) {
  EXPECT_EQ(value("agdc_manage", {add_metadata_type(R"({
                     "good": {"offset": ["a"]}, "no_offset": {}, "no_field": 5, "null": null, "list": [],
                     "unknown": {"type": "geometry", "offset": ["a"]}, "text": {"offset": "a"},
                     "number": {"offset": [1]}, "mixed": {"offset": ["a", ["b"]]}, "empty": {"offset": []},
                     "braces": {"offset": ["}{"]}, "half": {"type": "double-range", "min_offset": [["a"]]},
                     "lat": {"type": "double-range", "min_offset": [["a"]], "max_offset": []},
                     "lon": {"type": "double-range", "min_offset": [["a"]], "max_offset": [["b"]]},
                     "time": {"type": "datetime-range", "min_offset": [["a"]], "max_offset": [["b"]]}})"),
                                  add_product("odd", "odd"), indexes_of("odd")}),
            "dix_odd_good");
  for (const auto* definition : {"{}", "[]", "null", "5", R"({"dataset": 5})", R"({"dataset": []})",
                                 R"({"dataset": {"search_fields": "none", "label": 5}})"}) {
    EXPECT_EQ(value("agdc_manage",
                    {"insert into agdc.metadata_type (name, definition) values ('odd', '" +
                         std::string{definition} + "')",
                     add_product("odd", "odd"), "select count(*) from agdc.dataset_type where name = 'odd'"}),
              "1")
        << definition;
  }
}

TEST_F(AgdcContract, definitions_are_quoted_never_run) {
  EXPECT_EQ(value("agdc_manage", {add_metadata_type(R"({
               "f\") ; drop schema agdc cascade; --": {"offset": ["a"]},
               "path": {"offset": ["a}'')) ; drop schema agdc cascade; --"]},
               "kind": {"type": "integer) ; drop schema agdc cascade; --", "offset": ["a"]},
               "flag": {"indexed": "'' ; drop schema agdc cascade; --", "offset": ["a"]},
               "last": {"offset": ["it''s $$ %I %s"]}})"),
                                  add_product("odd", "odd"), indexes_of("odd")}),
            R"(dix_odd_f") ; drop schema agdc cascade; -- dix_odd_last)");
}

TEST_F(AgdcContract, names_that_are_too_long_for_an_index_are_cut_as_the_client_looks_them_up) {
  const std::string name(60, 'p');
  EXPECT_EQ(
      value("agdc_manage", {add_product(name), "select to_regclass('agdc.dix_" + name +
                                                   "_time_lat_lon') is not null and to_regclass('agdc.dv_" +
                                                   name + "_dataset') is not null"}),
      "t");
}

TEST_F(AgdcContract, nobody_below_the_owner_runs_the_functions_that_make_indexes) {
  EXPECT_EQ(value("agdc_user", {"select count(*) from pg_proc where pronamespace = 'hayden'::regnamespace"
                                " and proname like 'odc\\_%' and proname <> 'odc_search_fields' and "
                                "(has_function_privilege('agdc_manage', oid, 'execute')"
                                " or proowner <> 'agdc_admin'::regrole or proconfig is null)"}),
            "0");
  EXPECT_EQ(value("agdc_user", {"select has_schema_privilege('agdc_admin', 'hayden', 'create')"}), "f");
}

TEST_F(AgdcContract, common_timestamp_takes_text_as_utc_and_drops_an_offset) {
  EXPECT_EQ(value("agdc_user", {"set local timezone = 'UTC'",
                                "select agdc.common_timestamp('2022-01-01T00:00:00+10:00')::text"}),
            "2022-01-01 00:00:00+00");
}

TEST_F(AgdcContract, objects_belong_to_agdc_admin_and_views_to_agdc_manage) {
  EXPECT_EQ(value("agdc_user",
                  {"select string_agg(distinct relkind::text || ':' || relowner::regrole, ' ') from pg_class"
                   " where relnamespace = 'agdc'::regnamespace and relkind in ('r', 'S', 'v')"}),
            "S:agdc_admin r:agdc_admin v:agdc_manage");
  EXPECT_EQ(value("agdc_user", {"select nspowner::regrole from pg_namespace where nspname = 'agdc'"}),
            "agdc_admin");
}

TEST_F(AgdcContract, the_roles_form_a_ladder_of_groups_that_cannot_log_in) {
  EXPECT_EQ(
      value("agdc_user", {"select bool_and(not rolcanlogin and rolinherit) from pg_roles"
                          " where rolname in ('agdc_user', 'agdc_ingest', 'agdc_manage', 'agdc_admin')"}),
      "t");
  EXPECT_EQ(value("agdc_user", {"select pg_has_role('agdc_admin', 'agdc_manage', 'usage')"
                                " and pg_has_role('agdc_manage', 'agdc_ingest', 'usage')"
                                " and pg_has_role('agdc_ingest', 'agdc_user', 'usage')"
                                " and not pg_has_role('agdc_user', 'agdc_ingest', 'member')"}),
            "t");
}

TEST_F(AgdcContract, foreign_keys_into_the_contract_never_block_a_purge) {
  EXPECT_EQ(value("agdc_user", {"select count(*) from pg_constraint c join pg_class t on t.oid = c.conrelid"
                                " where c.contype = 'f' and c.confrelid in (select oid from pg_class"
                                "   where relnamespace = 'agdc'::regnamespace)"
                                " and t.relnamespace <> 'agdc'::regnamespace and c.confdeltype <> 'c'"}),
            "0");
}

}  // namespace
}  // namespace hayden
