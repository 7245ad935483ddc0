// What the management of the Open Data Cube index asks of the database itself: roles, indexes, one
// transaction.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <random>
#include <thread>

#include "core/problem.hpp"
#include "db/odc_actions.hpp"
#include "db/odc_datasets.hpp"
#include "db/odc_lineage.hpp"
#include "db/odc_locations.hpp"
#include "db/odc_query.hpp"
#include "db/odc_types.hpp"
#include "support/test_database.hpp"

namespace hayden::db {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr auto product_name = "ls_managed";

Json product_document(const std::string& name = product_name) {
  return {
      {"name", name},
      {"description", "A product"},
      {"metadata_type", "eo3"},
      {"metadata", {{"product", {{"name", name}}}}},
      {"measurements", Json::array({{{"name", "red"}, {"dtype", "int16"}, {"nodata", -1}, {"units", "1"}}})}};
}

std::string id_of(int number) {
  auto digits = std::to_string(number);
  return "00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits;
}

Json dataset_document(int number, const std::string& product = product_name) {
  return {
      {"$schema", "https://schemas.opendatacube.org/dataset"},
      {"id", id_of(number)},
      {"label", "scene " + std::to_string(number)},
      {"product", {{"name", product}}},
      {"crs", "epsg:32610"},
      {"grids",
       {{"default",
         {{"shape", {50, 60}}, {"transform", {30.0, 0.0, 500100.0, 0.0, -30.0, 5001000.0, 0.0, 0.0, 1.0}}}}}},
      {"properties",
       {{"datetime", "2023-05-01T18:50:00Z"},
        {"odc:processing_datetime", "2023-05-02T00:00:00Z"},
        {"odc:region_code", "046028"}}},
      {"measurements", {{"red", {{"path", "red.tif"}}}}},
      {"lineage", Json::object()}};
}

class OdcManagement : public testing::Test {
 protected:
  OdcManagement() { add_odc_types(writers_, "agdc_manage", OdcKind::product, {product_document()}, false); }

  AddReport add(const std::vector<int>& numbers, const AddOptions& options = {}) {
    std::vector<NewDataset> datasets;
    for (const int number : numbers) {
      datasets.push_back({dataset_document(number), {"s3://bucket/" + std::to_string(number) + ".yaml"}});
    }
    return add_datasets(writers_, "agdc_ingest", datasets, options);
  }

  std::int64_t count(const std::string& from) {
    return database_.run("select count(*) from " + from).at(0)[0].as<std::int64_t>();
  }

  test::TestDatabase database_;
  Pool writers_{{.url = database_.url()}};
  Pool readers_{{.url = database_.url(), .read_only = true}};
};

int status_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Problem& problem) {
    return problem.status();
  }
  return 200;
}

TEST_F(OdcManagement, the_database_itself_refuses_what_a_role_may_not) {
  add({1, 10, 11, 12, 13});
  const std::map<std::string, std::string> source_of{{"agdc_user", id_of(10)},
                                                     {"agdc_ingest", id_of(11)},
                                                     {"agdc_manage", id_of(12)},
                                                     {"agdc_admin", id_of(13)}};
  struct Step {
    std::string least;
    std::function<void(const std::string& role)> run;
  };
  const Selection one{.ids = {id_of(1)}, .query = {}, .if_match = {}};
  const std::vector<Step> steps{
      {"agdc_ingest",
       [&](auto& role) {
         add_datasets(writers_, role, {{dataset_document(3), {}}}, {});
       }},
      {"agdc_ingest", [&](auto& role) { add_locations(writers_, role, id_of(1), {"s3://b/" + role}); }},
      {"agdc_ingest",
       [&](auto& role) {
         add_edges(writers_, role, id_of(1), {{1, id_of(1), role, source_of.at(role)}});
       }},
      {"agdc_manage",
       [&](auto& role) {
         add_odc_types(writers_, role, OdcKind::product, {product_document("of_" + role)}, false);
       }},
      {"agdc_manage",
       [&](auto& role) {
         auto document = product_document();
         document["description"] = role;
         update_odc_type(writers_, role, OdcKind::product, product_name, document, {});
       }},
      {"agdc_manage",
       [&](auto& role) { delete_odc_type(writers_, role, OdcKind::product, "of_" + role, false, {}); }},
      {"agdc_admin",
       [&](auto& role) {
         auto document = dataset_document(1);
         document["added_by_" + role] = 1;
         update_dataset(writers_, role, id_of(1), document, {});
       }},
      {"agdc_admin",
       [&](auto& role) {
         act_on_location(writers_, role, LocationAction::archive, id_of(1), "s3://bucket/1.yaml");
       }},
      {"agdc_admin", [&](auto& role) { remove_edge(writers_, role, id_of(1), role); }},
      {"agdc_admin", [&](auto& role) { act_on_datasets(writers_, role, DatasetAction::archive, one); }},
      {"agdc_admin", [&](auto& role) { act_on_datasets(writers_, role, DatasetAction::restore, one); }},
  };
  for (std::size_t i = 0; i < steps.size(); ++i) {
    bool may = false;
    for (const std::string role : {"agdc_user", "agdc_ingest", "agdc_manage", "agdc_admin"}) {
      may = may || role == steps[i].least;
      EXPECT_EQ(status_of([&] { steps[i].run(role); }), may ? 200 : 403) << "step " << i << " as " << role;
    }
  }
}

TEST_F(OdcManagement, a_dataset_and_its_item_appear_and_go_in_one_transaction) {
  const auto report = add({1, 2});
  EXPECT_TRUE(report.stored);
  EXPECT_EQ(count("stac.item where archived is null"), 2);
  EXPECT_EQ(count("hayden.outbox where dataset_id is not null"), 0);
  EXPECT_EQ(database_.run("select added_by from agdc.dataset limit 1").at(0)[0].c_str(),
            std::string{"agdc_ingest"});
  act_on_datasets(writers_, "agdc_admin", DatasetAction::purge,
                  {.ids = {id_of(1)}, .query = {}, .force = true, .if_match = {}});
  EXPECT_EQ(count("stac.item"), 1);
}

TEST_F(OdcManagement, a_dry_run_and_an_atomic_failure_store_nothing) {
  EXPECT_FALSE(
      add({1}, {.products = {}, .excluded = {}, .dry_run = true, .less_mature_tolerance = {}}).stored);
  std::vector<NewDataset> datasets{{dataset_document(1), {}}, {dataset_document(2), {}}};
  datasets[1].document.erase("crs");
  const auto report =
      add_datasets(writers_, "agdc_ingest", datasets,
                   {.products = {}, .excluded = {}, .atomic = true, .less_mature_tolerance = {}});
  EXPECT_FALSE(report.stored);
  EXPECT_THAT(report.datasets[1].faults, testing::Contains(HasSubstr("crs")));
  EXPECT_EQ(count("agdc.dataset"), 0);
  EXPECT_EQ(count("stac.item"), 0);
}

TEST_F(OdcManagement, what_the_index_cannot_hold_is_a_fault_of_that_document) {
  std::vector<NewDataset> datasets{{dataset_document(1), {}}, {dataset_document(2), {}}};
  std::mt19937 random{1};
  std::string incompressible;
  for (int i = 0; i < 9'000; ++i) incompressible += static_cast<char>('0' + random() % 64);
  datasets[0].document["properties"]["odc:region_code"] = incompressible;
  const auto report = add_datasets(writers_, "agdc_ingest", datasets, {});
  EXPECT_THAT(report.datasets[0].faults, testing::Contains(HasSubstr("region_code")));
  EXPECT_EQ(report.datasets[1].status, AddedDataset::Status::added);
  EXPECT_EQ(count("agdc.dataset where id = '" + id_of(2) + "'"), 1);
}

TEST_F(OdcManagement, a_source_has_one_classifier_and_a_classifier_one_source) {
  add({1, 2, 3});
  add_edges(writers_, "agdc_ingest", id_of(1), {{1, id_of(1), "level1", id_of(2)}});
  EXPECT_EQ(status_of([&] {
              add_edges(writers_, "agdc_ingest", id_of(1), {{1, id_of(1), "other", id_of(2)}});
            }),
            409);
  EXPECT_EQ(status_of([&] {
              add_edges(writers_, "agdc_ingest", id_of(1), {{1, id_of(1), "level1", id_of(3)}});
            }),
            409);
  EXPECT_EQ(add_edges(writers_, "agdc_ingest", id_of(1), {{1, id_of(1), "level1", id_of(2)}}), 0);
}

TEST_F(OdcManagement, adders_of_the_same_datasets_do_not_hurt_each_other) {
  std::vector<std::thread> threads;
  std::atomic<int> added = 0, refused = 0;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      std::vector<int> numbers{1, 2, 3, 4, 5, 6, 7, 8};
      if (thread % 2 == 1) std::reverse(numbers.begin(), numbers.end());
      try {
        for (const auto& dataset : add(numbers).datasets) {
          added += dataset.status == AddedDataset::Status::added ? 1 : 0;
        }
      } catch (const Problem& problem) {
        EXPECT_EQ(problem.status(), 409) << problem.what();
        ++refused;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(added, 8);
  EXPECT_EQ(count("agdc.dataset"), 8);
  EXPECT_EQ(count("stac.item"), 8);
}

/// The plan of a search for the ids of one product.
class Plans : public OdcManagement {
 protected:
  Plans() {
    database_.run(R"(
      insert into agdc.dataset (id, metadata_type_ref, dataset_type_ref, metadata)
      select gen_random_uuid(), p.metadata_type_ref, p.id, jsonb_build_object(
        'extent', jsonb_build_object('lat', jsonb_build_object('begin', n % 80, 'end', n % 80 + 1),
                                     'lon', jsonb_build_object('begin', n % 170, 'end', n % 170 + 1)),
        'properties', jsonb_build_object('datetime', to_char(timestamp '2020-01-01' + n * interval '1 hour',
                                                             'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                                         'odc:region_code', (n % 500)::text))
      from agdc.dataset_type p cross join generate_series(1, 20000) n)");
    database_.run(
        "insert into agdc.dataset_location (dataset_ref, uri_scheme, uri_body) "
        "select id, 's3', '//bucket/' || id from agdc.dataset");
    database_.run("analyze agdc.dataset");
    database_.run("analyze agdc.dataset_location");
  }

  std::string plan_of(std::vector<odc::Condition> conditions) {
    pqxx::connection connection{database_.url()};
    pqxx::nontransaction work{connection};
    const RunSql run = [&](const Sql& sql) {
      return work.exec_params(sql.text(), pqxx::prepare::make_dynamic_params(sql.values()));
    };
    odc::DatasetQuery query;
    query.products = {product_name};
    query.conditions = std::move(conditions);
    const QueryScope scope(run, query);
    Sql sql{"explain select dataset.id from agdc.dataset where "};
    scope.add_where(sql, &scope.products().front());
    std::string plan;
    for (const auto& row : run(sql.add(" order by dataset.id limit 101"))) plan += row[0].c_str();
    return plan;
  }
};

using odc::Comparison;

TEST_F(Plans, searches_of_a_product_use_its_indexes) {
  const auto plan = plan_of({{"lat", Comparison::between, {"10", "12"}},
                             {"lon", Comparison::between, {"20", "22"}},
                             {"time", Comparison::equals, {"2020-03"}}});
  EXPECT_THAT(plan, HasSubstr("dix_ls_managed_"));
  EXPECT_THAT(plan, Not(HasSubstr("Seq Scan")));
  EXPECT_THAT(plan_of({{"region_code", Comparison::equals, {"77"}}}),
              HasSubstr("dix_ls_managed_region_code"));
}

TEST_F(Plans, a_beginning_of_a_uri_uses_the_index_and_holds_no_wildcards) {
  pqxx::connection connection{database_.url()};
  pqxx::nontransaction work{connection};
  std::string plan;
  for (const auto& row :
       work.exec_params("explain select dataset_ref from agdc.dataset_location where uri_scheme = $1 "
                        "and uri_body like $2",
                        "s3", "//bucket/0a1%")) {
    plan += row[0].c_str();
  }
  EXPECT_THAT(plan, HasSubstr("ix_dataset_location_uri_prefix"));
  DatasetSearch search;
  search.uri = "s3://bucket/%";
  search.uri_is_prefix = true;
  EXPECT_TRUE(search_datasets(readers_, search).datasets.empty());
  search.uri = "s3://bucket/";
  EXPECT_EQ(search_datasets(readers_, search).datasets.size(), 100U);
}

}  // namespace
}  // namespace hayden::db
