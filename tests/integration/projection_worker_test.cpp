// The thread that projects, with other threads writing meanwhile.
#include "api/projection_worker.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "core/json.hpp"
#include "support/test_database.hpp"

namespace hayden::api {
namespace {

constexpr int writers = 3, datasets_each = 20;

db::PoolOptions owner_of(const test::TestDatabase& database) {
  db::PoolOptions options;
  options.url = database.url();
  return options;
}

std::string dataset_id(int writer, int number) {
  char id[37];
  std::snprintf(id, sizeof id, "11111111-0000-0000-%04d-%012d", writer, number);
  return id;
}

void add_product(const test::TestDatabase& database) {
  database.run(
      "insert into agdc.dataset_type (name, metadata, metadata_type_ref, definition)"
      R"( values ('reflectance', '{}', 1, '{"name": "reflectance", "metadata_type": "eo3", "metadata": {}}'))");
}

void add_datasets(const test::TestDatabase& database, int writer) {
  for (int number = 0; number < datasets_each; ++number) {
    const auto id = dataset_id(writer, number);
    const Json document{
        {"$schema", "https://schemas.opendatacube.org/dataset"},
        {"id", id},
        {"product", {{"name", "reflectance"}}},
        {"crs", "epsg:32610"},
        {"grids",
         {{"default", {{"shape", {50, 60}}, {"transform", {30, 0, 500100, 0, -30, 5001000, 0, 0, 1}}}}}},
        {"properties",
         {{"datetime", "2023-05-01T18:50:00Z"}, {"odc:processing_datetime", "2023-05-01T23:00:00Z"}}},
        {"measurements", Json::object()},
        {"accessories", Json::object()},
        {"lineage", {{"source_datasets", Json::object()}}}};
    database.run(
        "insert into agdc.dataset (id, metadata_type_ref, dataset_type_ref, metadata)"
        " select $1::uuid, metadata_type_ref, id, $2::jsonb from agdc.dataset_type",
        id, document.dump());
  }
}

std::string count_of(const test::TestDatabase& database, const std::string& relation) {
  return database.run("select count(*) from " + relation)[0][0].c_str();
}

/// Polls; the limit is for a machine that does much else.
void await(const test::TestDatabase& database, const std::string& relation, const std::string& count) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{2};
  while (count_of(database, relation) != count && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  ASSERT_EQ(count_of(database, relation), count) << relation;
}

TEST(projection_worker, projects_what_many_threads_write_and_another_goes_on_when_it_ends) {
  const test::TestDatabase database;
  add_product(database);
  auto first = std::make_unique<ProjectionWorker>(owner_of(database));
  const ProjectionWorker second(owner_of(database));
  std::vector<std::jthread> threads;
  for (int writer = 0; writer < writers; ++writer) {
    threads.emplace_back([&database, writer] { add_datasets(database, writer); });
  }
  first.reset();
  threads.clear();
  await(database, "stac.item", std::to_string(writers * datasets_each));
  await(database, "hayden.outbox", "0");
  EXPECT_EQ(count_of(database, "hayden.projection_error"), "0");
}

}  // namespace
}  // namespace hayden::api
