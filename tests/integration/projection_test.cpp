// What is written to schema agdc by foreign clients appears in schema stac.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "db/catalog.hpp"
#include "db/connection.hpp"
#include "db/projector.hpp"
#include "db/rebuild.hpp"
#include "db/role_transaction.hpp"
#include "db/scene_writer.hpp"
#include "db/verify.hpp"
#include "odc/dataset.hpp"
#include "support/test_database.hpp"

namespace hayden::db {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto scene = "11111111-0000-0000-0000-000000000001";
constexpr auto other_scene = "11111111-0000-0000-0000-000000000002";

Json product(const std::string& name) {
  return {{"name", name},
          {"description", "Reflectance of " + name},
          {"metadata_type", "eo3"},
          {"metadata", {{"product", {{"name", name}}}}},
          {"measurements", {{{"name", "red"}, {"dtype", "int16"}, {"nodata", -999}, {"units", "1"}}}}};
}

Json dataset(const std::string& id, const std::string& product_name = "reflectance") {
  return {{"$schema", "https://schemas.opendatacube.org/dataset"},
          {"id", id},
          {"label", "scene " + id.substr(id.size() - 4)},
          {"product", {{"name", product_name}}},
          {"crs", "epsg:32610"},
          {"grids",
           {{"default", {{"shape", {50, 60}}, {"transform", {30, 0, 500100, 0, -30, 5001000, 0, 0, 1}}}}}},
          {"properties",
           {{"datetime", "2023-05-01T18:50:00Z"},
            {"odc:processing_datetime", "2023-05-01T23:00:00Z"},
            {"odc:file_format", "GeoTIFF"},
            {"eo:platform", "landsat-8"},
            {"eo:cloud_cover", 10.5}}},
          {"measurements", {{"red", {{"path", "red.tif"}}}}},
          {"accessories", Json::object()},
          {"lineage", {{"source_datasets", Json::object()}}}};
}

/// A database with product `reflectance`, written to as clients of the Open Data Cube write.
class ProjectionTest : public testing::Test {
 protected:
  ProjectionTest() { add_product("reflectance"); }

  void add_product(const std::string& name) {
    const auto definition = product(name);
    database.run(
        "insert into agdc.dataset_type (name, metadata, metadata_type_ref, definition)"
        " values ($1, $2::jsonb, 1, $3::jsonb)",
        name, definition["metadata"].dump(), definition.dump());
  }

  void add(const Json& document, const std::string& location = "") {
    const auto id = document["id"].get<std::string>();
    database.run(
        "insert into agdc.dataset (id, metadata_type_ref, dataset_type_ref, metadata)"
        " select $1::uuid, metadata_type_ref, id, $2::jsonb from agdc.dataset_type where name = $3",
        id, document.dump(), document["product"]["name"].get<std::string>());
    if (!location.empty()) add_location(id, location);
  }

  void add_location(const std::string& id, const std::string& location) {
    database.run(
        "insert into agdc.dataset_location (dataset_ref, uri_scheme, uri_body)"
        " values ($1::uuid, split_part($2, ':', 1), substr($2, strpos($2, ':') + 1))",
        id, location);
  }

  void archive(const std::string& id) {
    database.run("update agdc.dataset set archived = now() where id = $1::uuid", id);
  }
  void restore(const std::string& id) {
    database.run("update agdc.dataset set archived = null where id = $1::uuid", id);
  }
  void purge(const std::string& id) {
    database.run("delete from agdc.dataset_location where dataset_ref = $1::uuid", id);
    database.run("delete from agdc.dataset_source where dataset_ref = $1::uuid", id);
    database.run("delete from agdc.dataset where id = $1::uuid", id);
  }
  void update(const std::string& id, const std::string& path, const std::string& value) {
    database.run(
        "update agdc.dataset set metadata = jsonb_set(metadata, $2::text[], $3::jsonb) where id = $1::uuid",
        id, path, value);
  }

  ProjectionReport project_all() {
    ProjectionReport sum;
    for (;;) {
      const auto report = projector.run();
      if (report.done() == 0) return sum;
      sum += report;
    }
  }

  std::optional<Json> item(const std::string& id, const std::string& collection = "reflectance") {
    const auto stored = catalog.find_item(collection, id);
    if (!stored) return {};
    std::string text;
    catalog.decode(*stored, text);
    return Json::parse(text);
  }

  std::string value(const std::string& sql) {
    const auto rows = database.run(sql);
    return rows.empty() || rows[0][0].is_null() ? "" : rows[0][0].as<std::string>();
  }
  std::string reason(const std::string& id) {
    return value("select reason from hayden.projection_error where dataset_id = '" + id + "'");
  }
  std::string waiting() { return value("select count(*) from hayden.outbox"); }

  test::TestDatabase database;
  Pool writers{{.url = database.url(), .size = 4}};
  Pool readers{{.url = database.url(), .read_only = true}};
  Projector projector{writers};
  Catalog catalog{readers};
};

TEST_F(ProjectionTest, a_product_becomes_a_collection_of_its_name) {
  project_all();
  const auto collection = catalog.find_collection("reflectance");
  ASSERT_TRUE(collection);
  EXPECT_EQ(Json::parse(collection->text)["type"], "Collection");
  EXPECT_EQ(waiting(), "0");
}

TEST_F(ProjectionTest, a_dataset_becomes_an_item_named_by_its_id_with_hrefs_at_its_location) {
  add(dataset(scene), "s3://bucket/scene/odc-metadata.yaml");
  const auto report = project_all();
  EXPECT_EQ(report.written, 1);
  const auto found = item(scene);
  ASSERT_TRUE(found);
  EXPECT_EQ((*found)["assets"]["red"]["href"], "s3://bucket/scene/red.tif");
  EXPECT_EQ((*found)["properties"]["platform"], "landsat-8");
  EXPECT_EQ(value("select origin from stac.item"), "odc");
  EXPECT_EQ(waiting(), "0");
}

TEST_F(ProjectionTest, what_changes_nothing_writes_nothing) {
  add(dataset(scene), "s3://bucket/scene/odc-metadata.yaml");
  project_all();
  const auto version = value("select xmin from stac.item");
  database.run("update agdc.dataset set added = added");
  EXPECT_EQ(waiting(), "0");
  database.run("select hayden.enqueue(array[$1::uuid], '{}')", scene);
  const auto report = project_all();
  EXPECT_EQ(report.kept, 1);
  EXPECT_EQ(report.written, 0);
  EXPECT_EQ(value("select xmin from stac.item"), version);
}

TEST_F(ProjectionTest, changes_of_document_locations_and_sources_reach_the_item) {
  add(dataset(scene), "s3://bucket/old/odc-metadata.yaml");
  add(dataset(other_scene));
  project_all();
  update(scene, "{properties,eo:cloud_cover}", "77");
  project_all();
  EXPECT_EQ((*item(scene))["properties"]["eo:cloud_cover"], 77);

  add_location(scene, "s3://bucket/new/odc-metadata.yaml");
  project_all();
  EXPECT_EQ((*item(scene))["assets"]["red"]["href"], "s3://bucket/new/red.tif");
  database.run("update agdc.dataset_location set archived = now() where uri_body like '%new%'");
  project_all();
  EXPECT_EQ((*item(scene))["assets"]["red"]["href"], "s3://bucket/old/red.tif");

  database.run("insert into agdc.dataset_source values ($1::uuid, 'level1', $2::uuid)", scene, other_scene);
  project_all();
  EXPECT_EQ((*item(scene))["properties"]["odc:lineage"]["level1"], Json::array({other_scene}));
  database.run("truncate agdc.dataset_source");
  project_all();
  EXPECT_FALSE((*item(scene))["properties"].contains("odc:lineage"));
}

TEST_F(ProjectionTest, archive_restore_and_purge_show_before_anything_is_projected) {
  add(dataset(scene), "file:///scene.yaml");
  project_all();
  archive(scene);
  EXPECT_FALSE(item(scene));
  restore(scene);
  EXPECT_TRUE(item(scene));
  archive(scene);
  purge(scene);
  EXPECT_EQ(value("select count(*) from stac.item"), "0");
  project_all();
  EXPECT_EQ(value("select count(*) from stac.item"), "0");
  EXPECT_EQ(waiting(), "0");
}

TEST_F(ProjectionTest, an_emptied_index_leaves_no_items) {
  add(dataset(scene), "file:///scene.yaml");
  project_all();
  database.run("truncate agdc.dataset cascade");
  EXPECT_EQ(value("select count(*) from stac.item"), "0");
  project_all();
  EXPECT_EQ(waiting(), "0");
}

TEST_F(ProjectionTest, a_dataset_archived_before_it_was_projected_gets_its_item_when_it_is_restored) {
  add(dataset(scene));
  archive(scene);
  project_all();
  EXPECT_FALSE(item(scene));
  restore(scene);
  project_all();
  EXPECT_TRUE(item(scene));
}

TEST_F(ProjectionTest, a_document_without_an_item_form_is_an_error_until_it_is_mended) {
  add(dataset(scene));
  add(dataset(other_scene));
  project_all();
  update(scene, "{properties,datetime}", "\"yesterday\"");
  project_all();
  EXPECT_FALSE(item(scene));
  EXPECT_TRUE(item(other_scene));
  EXPECT_THAT(reason(scene), HasSubstr("datetime"));
  EXPECT_EQ(catalog.status().projection_errors, 1);
  update(scene, "{properties,datetime}", "\"2023-05-02T00:00:00Z\"");
  project_all();
  EXPECT_TRUE(item(scene));
  EXPECT_EQ(reason(scene), "");
}

TEST_F(ProjectionTest, an_error_goes_with_its_dataset) {
  add({{"id", scene}, {"product", {{"name", "reflectance"}}}});
  project_all();
  EXPECT_NE(reason(scene), "");
  purge(scene);
  EXPECT_EQ(reason(scene), "");
}

TEST_F(ProjectionTest, documents_that_are_no_good_stop_nobody) {
  std::string deep = "1";
  for (int i = 0; i < 500; ++i) deep = "[" + deep + "]";
  const std::vector<std::pair<std::string, std::string>> faults{
      {"{$schema}", "1"},
      {"{crs}", "\"epsg:99999\""},
      {"{crs}", "{}"},
      {"{grids}", "[]"},
      {"{grids,default,transform}", "[1, 2]"},
      {"{grids,default,shape}", "[\"x\", null]"},
      {"{geometry}", R"({"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [5, 6]]]})"},
      {"{geometry}",
       R"({"type": "Polygon", "coordinates": [[[1e308, 1e308], [-1e308, 2], [1, 2], [1e308, 1e308]]]})"},
      {"{geometry}", R"({"type": "Polygon", "coordinates": []})"},
      {"{properties}", "null"},
      {"{properties,datetime}", "{}"},
      {"{properties,datetime}", "\"2020-01-01 00:00:00" + std::string(200'000, 'x') + "\""},
      {"{properties,dtr:start_datetime}", "\"9999-12-31T00:00:00Z\""},
      {"{measurements}", "[1, 2]"},
      {"{measurements,red}", "null"},
      {"{accessories}", "7"},
      {"{lineage}", "\"none\""},
      {"{label}", "[]"},
      {"{properties,deep}", deep}};
  // The indexes of the product would refuse some of them already.
  for (const auto& row : database.run(
           "select 'drop index agdc.' || indexname from pg_indexes where indexname like 'dix\\_%'")) {
    database.run(row[0].as<std::string>());
  }
  int number = 0;
  for (const auto& [path, fault] : faults) {
    const auto id = "22222222-0000-0000-0000-" + std::to_string(100000000000 + number++);
    add(dataset(id), "file:///" + id + ".yaml");
    update(id, path, fault);
  }
  add(dataset(scene));
  project_all();
  EXPECT_TRUE(item(scene));
  EXPECT_EQ(waiting(), "0");
  EXPECT_EQ(value("select count(*) from agdc.dataset d where not exists (select from stac.item where "
                  "dataset_id = d.id)"
                  " and not exists (select from hayden.projection_error where dataset_id = d.id)"),
            "0");
}

TEST_F(ProjectionTest, an_item_that_the_database_refuses_stops_no_other) {
  database.run("alter table stac.item add check (properties ->> 'eo:cloud_cover' <> '66')");
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i) {
    ids.push_back("33333333-0000-0000-0000-" + std::to_string(100000000000 + i));
    auto document = dataset(ids.back());
    if (i % 7 == 3) document["properties"]["eo:cloud_cover"] = 66;
    add(document);
  }
  const auto report = project_all();
  EXPECT_EQ(report.written, 17);
  EXPECT_EQ(report.failed, 3);
  EXPECT_THAT(reason(ids[3]), HasSubstr("the database refuses its Item"));
  EXPECT_EQ(waiting(), "0");
}

TEST_F(ProjectionTest, a_change_committed_while_it_is_projected_stays_queued) {
  add(dataset(scene));
  project_all();
  pqxx::connection foreign{database.url()};
  pqxx::work change{foreign};
  change.exec("update agdc.dataset set metadata = jsonb_set(metadata, '{properties,eo:cloud_cover}', '1')");
  add(dataset(other_scene));
  database.run("select hayden.enqueue(array[$1::uuid], '{}')", scene);
  EXPECT_EQ(projector.run().written, 1);  // the scene being changed does not hold up the other
  EXPECT_TRUE(item(other_scene));
  EXPECT_EQ(waiting(), "1");
  change.commit();
  project_all();
  EXPECT_EQ((*item(scene))["properties"]["eo:cloud_cover"], 1);
  EXPECT_EQ(waiting(), "0");
}

TEST_F(ProjectionTest, scenes_being_changed_at_the_head_of_the_queue_hold_up_nobody) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) add(dataset("33333333-0000-0000-0000-" + std::to_string(100000000000 + i)));
  pqxx::connection foreign{database.url()};
  pqxx::work change{foreign};
  change.exec("update agdc.dataset set archived = null");
  add(dataset(scene));
  projector.run(3);
  EXPECT_TRUE(item(scene));
}

TEST_F(ProjectionTest, a_projection_that_meets_a_lock_gives_way_and_is_done_later) {
  add(dataset(scene));
  project_all();
  update(scene, "{properties,eo:cloud_cover}", "1");
  pqxx::connection foreign{database.url()};
  pqxx::work holder{foreign};
  holder.exec("select from stac.item for update");
  EXPECT_EQ(projector.run().done(), 0);
  EXPECT_EQ(waiting(), "1");
  holder.commit();
  EXPECT_EQ(projector.run().written, 1);
}

TEST_F(ProjectionTest, a_writer_projects_its_own_changes_in_its_own_transaction) {
  project_all();
  const std::vector<std::string> ids{scene};
  with_connection(writers, false, [&](Connection& connection) {
    RoleTransaction transaction{connection, "agdc_ingest"};
    Sql sql{
        "insert into agdc.dataset (id, metadata_type_ref, dataset_type_ref, metadata) select $1::uuid, 1, "
        "id, "
        "$2::jsonb from agdc.dataset_type"};
    transaction.raw().exec_params(sql.text(), scene, dataset(scene).dump());
    EXPECT_EQ(Projector::project(transaction, ids).written, 1);
    EXPECT_FALSE(item(scene));
    transaction.commit();
  });
  EXPECT_TRUE(item(scene));
  EXPECT_EQ(waiting(), "0");
}

TEST_F(ProjectionTest, a_writer_waits_for_the_projection_of_the_same_dataset_and_has_the_last_word) {
  add(dataset(scene), "file:///old/a.yaml");
  project_all();
  pqxx::connection foreign{database.url()};
  pqxx::work holder{foreign};
  holder.exec("select from agdc.dataset for no key update");
  auto writer = std::async(std::launch::async, [&] {
    with_connection(writers, false, [&](Connection& connection) {
      RoleTransaction transaction{connection, "agdc_ingest"};
      transaction.raw().exec_params(
          "insert into agdc.dataset_location (dataset_ref, uri_scheme, uri_body) values ($1::uuid, 'file', "
          "'///new/a.yaml')",
          scene);
      Projector::project(transaction, std::vector<std::string>{scene});
      transaction.commit();
    });
  });
  EXPECT_EQ(writer.wait_for(std::chrono::milliseconds{200}), std::future_status::timeout);
  holder.commit();
  writer.get();
  EXPECT_EQ((*item(scene))["assets"]["red"]["href"], "file:///new/red.tif");
}

TEST_F(ProjectionTest, a_location_committed_between_reading_and_writing_is_not_lost) {
  add(dataset(scene), "file:///old/a.yaml");
  project_all();
  update(scene, "{properties,eo:cloud_cover}", "1");
  pqxx::connection foreign{database.url()};
  pqxx::work holder{foreign};
  holder.exec("select from stac.item for update");
  auto writer = std::async(std::launch::async, [&] {
    with_connection(writers, false, [&](Connection& connection) {
      RoleTransaction transaction{connection, "agdc_admin"};
      Projector::project(transaction, std::vector<std::string>{scene});
      transaction.commit();
    });
  });
  const std::string blocked =
      "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  while (value(blocked) == "0") std::this_thread::yield();
  add_location(scene, "file:///new/a.yaml");
  holder.commit();
  writer.get();
  EXPECT_EQ((*item(scene))["assets"]["red"]["href"], "file:///old/red.tif");
  EXPECT_EQ(waiting(), "1");
  project_all();
  EXPECT_EQ((*item(scene))["assets"]["red"]["href"], "file:///new/red.tif");
}

TEST_F(ProjectionTest, a_collection_with_enough_items_gets_a_dictionary) {
  for (int i = 0; i < 40; ++i) {
    add(dataset("33333333-0000-0000-0000-" + std::to_string(100000000000 + i)));
    if (i % 8 == 0) project_all();
  }
  project_all();
  add(dataset(scene));
  project_all();
  EXPECT_GE(ItemDecoder::dictionary_id(catalog.find_item("reflectance", scene)->content), 32768U);
  EXPECT_TRUE(item(scene));
}

TEST_F(ProjectionTest, a_product_takes_the_collection_of_its_name_that_is_there_already) {
  SceneWriter{writers}.ensure_collection("thermal",
                                         {{"type", "Collection"}, {"id", "thermal"}, {"title", "Ours"}});
  add_product("thermal");
  add(dataset(scene, "thermal"));
  project_all();
  EXPECT_TRUE(item(scene, "thermal"));
  EXPECT_EQ(Json::parse(catalog.find_collection("thermal")->text)["title"], "Ours");
}

TEST_F(ProjectionTest, a_changed_product_changes_its_collection_and_a_deleted_one_takes_it_along) {
  project_all();
  database.run(
      "update agdc.dataset_type set definition = jsonb_set(definition, '{description}', '\"New words\"')");
  project_all();
  EXPECT_THAT(catalog.find_collection("reflectance")->text, HasSubstr("New words"));
  database.run("delete from agdc.dataset_type");
  EXPECT_FALSE(catalog.find_collection("reflectance"));
  project_all();
  EXPECT_EQ(waiting(), "0");
}

TEST_F(ProjectionTest, a_product_that_stac_links_to_its_own_collection_moves_there_with_its_items) {
  add(dataset(scene));
  project_all();
  SceneWriter writer{writers};
  writer.ensure_collection("landsat", {{"type", "Collection"}, {"id", "landsat"}});
  writer.ensure_product("reflectance", product("reflectance"), "landsat");
  project_all();
  EXPECT_TRUE(item(scene, "landsat"));
  EXPECT_FALSE(catalog.find_collection("reflectance"));
}

TEST_F(ProjectionTest, an_item_whose_id_is_taken_is_an_error_and_the_other_item_stays) {
  project_all();
  SceneWriter writer{writers};
  writer.ensure_collection("reflectance", Json::object());
  const Json only_stac{{"type", "Feature"},
                       {"stac_version", "1.0.0"},
                       {"id", scene},
                       {"collection", "reflectance"},
                       {"geometry", nullptr},
                       {"properties", {{"datetime", "2020-01-01T00:00:00Z"}}},
                       {"assets", Json::object()},
                       {"links", Json::array()}};
  writer.write(std::vector<SceneRow>{{"source", "key", "mark", only_stac, "", "", {}, ""}});
  EXPECT_EQ(value("select count(*) from agdc.dataset"), "0");
  add(dataset(scene));
  project_all();
  EXPECT_THAT(reason(scene), HasSubstr("another Item"));
  EXPECT_EQ((*item(scene))["properties"]["datetime"], "2020-01-01T00:00:00Z");
}

/// Both kinds of scenes, and a second collection; the faces agree.
class VerifyTest : public ProjectionTest {
 protected:
  VerifyTest() {
    add(dataset(scene), "s3://bucket/scene/odc-metadata.yaml");
    add(dataset(other_scene));
    SceneWriter writer{writers};
    writer.ensure_collection("landsat", {{"type", "Collection"}, {"id", "landsat"}});
    writer.ensure_product("from_stac", product("from_stac"), "landsat");
    const auto row = stac_scene();
    writer.write(std::vector<SceneRow>{row});
    project_all();
  }

  static SceneRow stac_scene() {
    const auto id = "44444444-0000-0000-0000-000000000001";
    const Json item{{"type", "Feature"},
                    {"stac_version", "1.0.0"},
                    {"id", "LC08"},
                    {"collection", "landsat"},
                    {"bbox", {-122, 45, -121, 46}},
                    {"geometry",
                     {{"type", "Polygon"},
                      {"coordinates", {{{-122, 45}, {-121, 45}, {-121, 46}, {-122, 46}, {-122, 45}}}}}},
                    {"properties",
                     {{"datetime", "2020-01-01T00:00:00Z"},
                      {"created", "2021-01-01T00:00:00Z"},
                      {"eo:cloud_cover", 3.5},
                      {"proj:epsg", 32610},
                      {"proj:shape", {50, 60}},
                      {"proj:transform", {30, 0, 500100, 0, -30, 5001000}}}},
                    {"assets",
                     {{"red",
                       {{"href", "s3://bucket/LC08/red.tif"},
                        {"type", "image/tiff; application=geotiff; profile=cloud-optimized"}}}}},
                    {"links", Json::array()}};
    return {"s3://bucket",
            "LC08_MTL.json",
            "1",
            item,
            "from_stac",
            id,
            odc::dataset_from_item(item, id, "from_stac"),
            "s3://bucket/LC08/LC08_MTL.json"};
  }

  /// Changes something that no trigger and no queue notices.
  void plant(const std::string& sql) {
    pqxx::connection connection{database.url()};
    pqxx::work work{connection};
    work.exec("alter table agdc.dataset disable trigger user");
    work.exec(sql);
    work.exec("alter table agdc.dataset enable trigger user");
    work.commit();
  }

  std::vector<std::string> kinds(bool repair = false) {
    std::vector<std::string> found;
    VerifyOptions options;
    options.repair = repair;
    options.found = [&found](const Difference& difference) { found.push_back(difference.kind); };
    last = verify(writers, options);
    EXPECT_EQ(last.differences, static_cast<std::int64_t>(found.size()));
    return found;
  }

  void expect_found_and_repaired(const std::string& sql, const std::vector<std::string>& expected) {
    ASSERT_THAT(kinds(), IsEmpty());
    plant(sql);
    EXPECT_EQ(kinds(true), expected) << sql;
    project_all();
    EXPECT_THAT(kinds(), IsEmpty()) << sql;
  }

  VerifyReport last;
};

constexpr auto stac_dataset = "44444444-0000-0000-0000-000000000001";

TEST_F(VerifyTest, finds_nothing_where_both_faces_agree) {
  EXPECT_THAT(kinds(), IsEmpty());
  EXPECT_EQ(last.datasets, 3);
  EXPECT_EQ(last.items, 3);
}

TEST_F(VerifyTest, finds_and_repairs_a_missing_item) {
  expect_found_and_repaired("delete from stac.item where id = '" + std::string{scene} + "'",
                            {"missing_item"});
  EXPECT_TRUE(item(scene));
}

TEST_F(VerifyTest, finds_a_dataset_whose_entry_was_lost_from_the_queue) {
  add(dataset("11111111-0000-0000-0000-000000000003"));
  EXPECT_THAT(kinds(), IsEmpty());
  EXPECT_EQ(last.waiting, 1);
  database.run("delete from hayden.outbox");
  EXPECT_THAT(kinds(true), ElementsAre("missing_item"));
  project_all();
  EXPECT_THAT(kinds(), IsEmpty());
}

TEST_F(VerifyTest, finds_and_repairs_an_orphan_item) {
  expect_found_and_repaired("delete from agdc.dataset where id = '" + std::string{other_scene} + "'",
                            {"orphan_item"});
  EXPECT_FALSE(item(other_scene));
}

TEST_F(VerifyTest, finds_and_repairs_an_item_that_is_archived_and_one_that_is_not) {
  expect_found_and_repaired("update stac.item set archived = now() where origin = 'stac'",
                            {"archived_differs"});
  expect_found_and_repaired(
      "update agdc.dataset set archived = now() where id = '" + std::string{scene} + "'",
      {"archived_differs"});
  EXPECT_FALSE(item(scene));
  EXPECT_TRUE(item("LC08", "landsat"));
}

TEST_F(VerifyTest, finds_and_repairs_what_does_not_follow_from_a_changed_dataset) {
  expect_found_and_repaired(
      "update agdc.dataset set metadata = jsonb_set(metadata, '{properties,eo:cloud_cover}', '99') where id "
      "= '" +
          std::string{scene} + "'",
      {"item_differs"});
  EXPECT_EQ((*item(scene))["properties"]["eo:cloud_cover"], 99);
}

TEST_F(VerifyTest, finds_and_repairs_content_that_was_changed) {
  expect_found_and_repaired("update stac.item i set content = (select content from stac.item where id = '" +
                                std::string{other_scene} + "') where id = '" + std::string{scene} + "'",
                            {"wrong_etag", "search_row_differs", "item_differs"});
  expect_found_and_repaired("update stac.item set content = 'nonsense' where origin = 'stac'",
                            {"unreadable_item"});
}

TEST_F(VerifyTest, finds_and_repairs_search_rows_that_say_something_else) {
  for (const std::string change :
       {"geometry = public.st_translate(geometry, 1, 0)", "geometry = null",
        "datetime = datetime - interval '1 day'", "end_datetime = end_datetime + interval '1 us'",
        "properties = properties || '{\"eo:cloud_cover\": 1}'", "links_at = links_at + 1"}) {
    expect_found_and_repaired("update stac.item set " + change + " where origin = 'odc' and id like '%1'",
                              {"search_row_differs"});
    expect_found_and_repaired("update stac.item set " + change + " where origin = 'stac'",
                              {"search_row_differs"});
  }
  EXPECT_EQ(value("select origin from stac.item where id = 'LC08'"), "stac");
}

TEST_F(VerifyTest, finds_and_repairs_an_item_in_the_wrong_collection) {
  const std::string move = "update stac.item set collection = (select key from stac.collection where id = '";
  expect_found_and_repaired(move + "landsat') where id = '" + scene + "'", {"wrong_collection"});
  EXPECT_TRUE(item(scene));
}

TEST_F(VerifyTest, finds_and_repairs_a_wrong_entity_tag) {
  expect_found_and_repaired("update stac.item set etag = 'x' where id = '" + std::string{scene} + "'",
                            {"wrong_etag"});
  expect_found_and_repaired("update stac.item set etag = 'x' where origin = 'stac'", {"wrong_etag"});
}

TEST_F(VerifyTest, finds_a_dataset_that_does_not_follow_from_its_item_and_lets_the_dataset_rule) {
  expect_found_and_repaired(
      "update agdc.dataset set metadata = jsonb_set(metadata, '{properties,eo:cloud_cover}', '44') where id "
      "= '" +
          std::string{stac_dataset} + "'",
      {"dataset_differs"});
  EXPECT_EQ((*item("LC08", "landsat"))["properties"]["eo:cloud_cover"], 44);
  EXPECT_EQ(value("select origin from stac.item where id = 'LC08'"), "odc");
}

TEST_F(VerifyTest, finds_and_repairs_a_second_item_of_a_dataset) {
  expect_found_and_repaired(
      "insert into stac.item select collection, 'second', dataset_id, origin, geometry, datetime, "
      "end_datetime, "
      "properties, content, links_at, etag from stac.item where id = '" +
          std::string{scene} + "'",
      {"duplicate_item"});
}

TEST_F(VerifyTest, finds_and_repairs_collections_that_products_lack_or_do_not_say) {
  expect_found_and_repaired(
      "delete from stac.collection_product p using agdc.dataset_type t where t.id = p.dataset_type and "
      "t.name = "
      "'reflectance'",
      {"missing_collection"});
  expect_found_and_repaired("update stac.collection set content = '{}' where id = 'reflectance'",
                            {"collection_differs"});
}

TEST_F(VerifyTest, a_foreign_change_of_a_stac_scene_changes_its_item_which_keeps_its_id) {
  update(stac_dataset, "{properties,eo:cloud_cover}", "50");
  project_all();
  EXPECT_EQ((*item("LC08", "landsat"))["properties"]["eo:cloud_cover"], 50);
  EXPECT_EQ(value("select origin from stac.item where id = 'LC08'"), "odc");
  EXPECT_THAT(kinds(), IsEmpty());
  // Harvested again it is STAC's again.
  SceneWriter writer{writers};
  writer.ensure_collection("landsat", Json::object());
  writer.write(std::vector<SceneRow>{stac_scene()});
  EXPECT_EQ(value("select origin from stac.item where id = 'LC08'"), "stac");
  EXPECT_EQ(waiting(), "0");
  EXPECT_THAT(kinds(), IsEmpty());
}

TEST_F(VerifyTest, a_foreign_location_leaves_a_stac_scene_as_it_came) {
  add_location(stac_dataset, "file:///elsewhere/a.yaml");
  EXPECT_EQ(project_all().kept, 1);
  EXPECT_EQ(value("select origin from stac.item where id = 'LC08'"), "stac");
}

TEST_F(VerifyTest, a_harvest_leaves_to_the_projection_what_it_could_not_settle) {
  update(stac_dataset, "{properties,odc:processing_datetime}", "\"2024-01-01T00:00:00Z\"");
  SceneWriter writer{writers};
  writer.ensure_collection("landsat", Json::object());
  writer.write(std::vector<SceneRow>{stac_scene()});
  project_all();
  EXPECT_THAT(kinds(), IsEmpty());
  EXPECT_EQ((*item("LC08", "landsat"))["properties"]["created"], "2024-01-01T00:00:00Z");
}

TEST_F(VerifyTest, a_scene_without_eo3_form_is_indexed_for_stac_alone) {
  auto row = stac_scene();
  row.item["id"] = "no grid";
  row.product = row.dataset_id = row.location = "";
  row.key = "other";
  row.dataset = nullptr;
  SceneWriter writer{writers};
  writer.ensure_collection("landsat", Json::object());
  EXPECT_EQ(writer.write(std::vector<SceneRow>{row}).added, 1);
  EXPECT_EQ(writer.write(std::vector<SceneRow>{row}).unchanged, 1);
  EXPECT_TRUE(item("no grid", "landsat"));
  EXPECT_EQ(value("select count(*) from agdc.dataset"), "3");
  EXPECT_EQ(value("select count(*) from hayden.harvest_mark"), "2");
  EXPECT_THAT(kinds(), IsEmpty());
  plant("update stac.item set etag = 'x' where id = 'no grid'");
  EXPECT_THAT(kinds(), ElementsAre("wrong_etag"));
}

TEST_F(VerifyTest, a_rebuild_derives_both_ways_and_writes_only_what_differs) {
  EXPECT_EQ(rebuild(writers, {}).items_written, 0);
  plant("update stac.item set etag = 'x' where id = '" + std::string{scene} + "'");
  plant("update agdc.dataset set metadata = metadata - 'label' where id = '" + std::string{stac_dataset} +
        "'");
  const auto dry = rebuild(writers, {.dry_run = true});
  EXPECT_EQ(dry.items_written, 1);
  EXPECT_EQ(dry.datasets_written, 1);
  EXPECT_EQ(kinds().size(), 2U);
  const auto done = rebuild(writers, {});
  EXPECT_EQ(done.items_written, 1);
  EXPECT_EQ(done.datasets_written, 1);
  EXPECT_EQ(done.datasets, 3);
  EXPECT_THAT(kinds(), IsEmpty());
  EXPECT_EQ(value("select origin from stac.item where id = 'LC08'"), "stac");
  EXPECT_EQ(waiting(), "0");
}

TEST_F(VerifyTest, a_rebuild_keeps_to_its_scope_and_names_what_it_does_not_know) {
  plant("update stac.item set etag = 'x'");
  EXPECT_EQ(rebuild(writers, {.products = {"reflectance"}}).items_written, 2);
  EXPECT_EQ(rebuild(writers, {.collections = {"landsat"}}).items_written, 1);
  try {
    rebuild(writers, {.products = {"reflectance", "a"}, .collections = {"b"}});
    ADD_FAILURE() << "no product a, no collection b";
  } catch (const Problem& problem) {
    EXPECT_THAT(problem.what(),
                AllOf(HasSubstr("a: there is no such product"), HasSubstr("b: there is no such")));
  }
}

TEST_F(VerifyTest, a_stopped_rebuild_goes_on_where_it_was) {
  for (int i = 0; i < 310; ++i) add(dataset("33333333-0000-0000-0000-" + std::to_string(100000000000 + i)));
  project_all();
  plant("update stac.item set etag = 'x'");
  RebuildOptions options;
  options.progress = [](const RebuildReport&) { throw std::runtime_error("stopped"); };
  EXPECT_THROW(rebuild(writers, options), std::runtime_error);
  const auto rest = rebuild(writers, {});
  EXPECT_TRUE(rest.continued);
  EXPECT_EQ(rest.datasets, 13);
  EXPECT_THAT(kinds(), IsEmpty());
  EXPECT_FALSE(rebuild(writers, {}).continued);
}

}  // namespace
}  // namespace hayden::db
