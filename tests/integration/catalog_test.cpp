#include "db/catalog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <pqxx/pqxx>
#include <random>
#include <set>

#include "db/scene_writer.hpp"
#include "support/test_database.hpp"

namespace hayden::db {
namespace {

using stac::SearchRequest;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

Json polygon(const Bbox& box) {
  return {{"type", "Polygon"},
          {"coordinates",
           {{{box.west, box.south},
             {box.east, box.south},
             {box.east, box.north},
             {box.west, box.north},
             {box.west, box.south}}}}};
}

Json item(const std::string& collection, const std::string& id, const std::string& datetime,
          const Bbox& box) {
  return {{"type", "Feature"},
          {"stac_version", "1.0.0"},
          {"id", id},
          {"collection", collection},
          {"geometry", polygon(box)},
          {"bbox", {box.west, box.south, box.east, box.north}},
          {"properties", {{"datetime", datetime}, {"created", "2024-01-01T00:00:00Z"}}},
          {"assets", {{"red", {{"href", "s3://bucket/" + id + "_B4.TIF"}}}}},
          {"links", {{{"rel", "cite-as"}, {"href", "https://example.org/doi"}}}}};
}

/// A database with collections a and b, and the two faces to write and read it.
class CatalogTest : public testing::Test {
 protected:
  CatalogTest() {
    for (const std::string id : {"a", "b"}) {
      writer.ensure_collection(id, {{"type", "Collection"}, {"id", id}, {"title", "Title of " + id}});
      writer.ensure_product("product_" + id, product("product_" + id), id);
    }
  }

  static Json product(const std::string& name) {
    return {{"name", name},
            {"description", "for a test"},
            {"metadata_type", "eo3"},
            {"metadata", {{"product", {{"name", name}}}}}};
  }

  WriteReport add(const std::vector<Json>& items) {
    std::vector<SceneRow> rows;
    for (const auto& document : items) {
      const auto collection = document["collection"].get<std::string>();
      const auto id = document["id"].get<std::string>();
      const auto uuid =
          database.run("select md5($1)::uuid", collection + id + document["properties"].value("product", ""))
              .at(0)[0]
              .as<std::string>();
      const Json dataset{{"id", uuid},
                         {"properties",
                          {{"odc:processing_datetime", document["properties"].value("created", "")},
                           {"eo:cloud_cover", document["properties"].value("eo:cloud_cover", 0)}}}};
      rows.push_back({"s3://bucket", collection + "/" + id, "etag", document, "product_" + collection, uuid,
                      dataset, "s3://bucket/" + id});
    }
    return writer.write(rows);
  }

  std::vector<std::string> ids_found(const std::string& query) {
    std::vector<std::string> ids;
    for (const auto& found : catalog.search(SearchRequest::from_query(*parse_query(query))).items) {
      ids.push_back(found.collection + "/" + found.id);
    }
    return ids;
  }

  test::TestDatabase database;
  Pool writers{{.url = database.url()}};
  Pool readers{{.url = database.url(), .read_only = true}};
  SceneWriter writer{writers};
  Catalog catalog{readers};
};

TEST_F(CatalogTest, gives_back_the_item_that_was_written_with_a_place_for_links) {
  const auto original = item("a", "one", "2020-01-01T00:00:00Z", {10, 20, 11, 21});
  add({original});
  const auto stored = catalog.find_item("a", "one");
  ASSERT_TRUE(stored);
  std::string text;
  catalog.decode(*stored, text);
  EXPECT_EQ(Json::parse(text), original);
  EXPECT_EQ(text.substr(static_cast<std::size_t>(stored->links_at) - 9, 10), R"("links":[{)");
  EXPECT_FALSE(catalog.find_item("b", "one"));
  EXPECT_FALSE(catalog.find_item("a", "two"));
}

TEST_F(CatalogTest, compresses_items_of_a_collection_with_its_own_dictionary) {
  std::vector<Json> items;
  for (int i = 0; i < 200; ++i) {
    auto document = item("a", "scene-" + std::to_string(i), "2020-01-01T00:00:00Z", {10, 20, 11, 21});
    for (int band = 0; band < 40; ++band) {
      document["assets"]["band-" + std::to_string(band)] = {
          {"href", "s3://bucket/scene-" + std::to_string(i) + "/band-" + std::to_string(band) + ".TIF"},
          {"type", "image/tiff; application=geotiff; profile=cloud-optimized"}};
    }
    items.push_back(document);
  }
  add(items);
  const auto stored = catalog.find_item("a", "scene-7");
  ASSERT_TRUE(stored);
  EXPECT_GE(ItemDecoder::dictionary_id(stored->content), 32768U);
  std::string text;
  catalog.decode(*stored, text);
  EXPECT_EQ(Json::parse(text), items[7]);
  EXPECT_LT(stored->content.size() * 5, text.size());
}

TEST_F(CatalogTest, writes_nothing_when_the_same_scenes_come_again) {
  const std::vector<Json> items{item("a", "one", "2020-01-01T00:00:00Z", {10, 20, 11, 21}),
                                item("b", "two", "2020-01-02T00:00:00Z", {10, 20, 11, 21})};
  EXPECT_EQ(add(items).added, 2);
  const auto rows_before =
      database.run("select array_agg(i.xmin::text order by id) from stac.item i")[0][0].as<std::string>();
  const auto again = add(items);
  EXPECT_EQ(again.added, 0);
  EXPECT_EQ(again.changed, 0);
  EXPECT_EQ(again.unchanged, 2);
  EXPECT_EQ(
      database.run("select array_agg(i.xmin::text order by id) from stac.item i")[0][0].as<std::string>(),
      rows_before);
}

TEST_F(CatalogTest, keeps_the_version_that_was_processed_last_on_both_faces) {
  auto older = item("a", "one", "2020-01-01T00:00:00Z", {10, 20, 11, 21});
  auto newer = older;
  newer["properties"]["created"] = "2024-06-01T00:00:00Z";
  newer["properties"]["eo:cloud_cover"] = 7;
  EXPECT_EQ(add({newer}).added, 1);
  EXPECT_EQ(add({older}).changed, 0);
  const auto row = database.run(
      "select i.properties ->> 'eo:cloud_cover', d.metadata #>> '{properties,eo:cloud_cover}' from stac.item "
      "i "
      "join agdc.dataset d on d.id = i.dataset_id")[0];
  EXPECT_EQ(row[0].as<std::string>(""), "7");
  EXPECT_EQ(row[1].as<std::string>(""), "7");
}

TEST_F(CatalogTest, archives_the_dataset_of_a_scene_that_was_processed_again) {
  auto first = item("a", "one", "2020-01-01T00:00:00Z", {10, 20, 11, 21});
  auto again = first;
  again["properties"]["created"] = "2024-06-01T00:00:00Z";
  again["properties"]["product"] = "processed again";
  const auto active = [&] {
    const auto rows = database.run(
        "select d.metadata #>> '{properties,odc:processing_datetime}' from agdc.dataset d "
        "left join stac.item i on i.dataset_id = d.id where d.archived is null");
    return rows.size() == 1 ? rows[0][0].as<std::string>() : std::to_string(rows.size()) + " rows";
  };
  add({first});
  EXPECT_EQ(add({again}).changed, 1);
  EXPECT_EQ(active(), "2024-06-01T00:00:00Z");
  EXPECT_EQ(add({first}).unchanged, 1) << "an older copy that turns up later";
  EXPECT_EQ(active(), "2024-06-01T00:00:00Z");
}

TEST_F(CatalogTest, leaves_archived_what_was_archived) {
  auto document = item("a", "one", "2020-01-01T00:00:00Z", {10, 20, 11, 21});
  add({document});
  database.run("update agdc.dataset set archived = now()");
  database.run("update stac.item set archived = now()");
  document["properties"]["gsd"] = 15;
  EXPECT_EQ(add({document}).changed, 1);
  EXPECT_EQ(database
                .run("select count(*) from agdc.dataset d join stac.item i on i.dataset_id = d.id "
                     "where d.archived is not null and i.archived is not null")[0][0]
                .as<int>(),
            1);
  EXPECT_FALSE(catalog.find_item("a", "one"));
}

TEST_F(CatalogTest, refuses_a_stage_that_another_role_prepared) {
  pqxx::connection connection{database.url()};
  pqxx::work work{connection};
  work.exec("set local role agdc_admin");
  work.exec("create temporary view staged_scene as select 'x'::text as source");
  for (const auto* call :
       {"select hayden.mark_staged()", "select * from stac.write_staged()", "select hayden.open_stage()"}) {
    pqxx::subtransaction attempt{work};
    EXPECT_THROW(attempt.exec(call), pqxx::insufficient_privilege) << call;
  }
}

TEST_F(CatalogTest, writes_both_faces_and_the_mark_together) {
  add({item("a", "one", "2020-01-01T00:00:00Z", {10, 20, 11, 21})});
  const auto row = database.run(
      "select t.name, l.uri_scheme, l.uri_body, i.dataset_id = d.id, c.id from agdc.dataset d "
      "join agdc.dataset_type t on t.id = d.dataset_type_ref join agdc.dataset_location l on l.dataset_ref = "
      "d.id "
      "join stac.item i on i.dataset_id = d.id join stac.collection_product p on p.dataset_type = t.id "
      "join stac.collection c on c.key = p.collection")[0];
  EXPECT_EQ(row[0].as<std::string>(), "product_a");
  EXPECT_EQ(row[1].as<std::string>(), "s3");
  EXPECT_EQ(row[2].as<std::string>(), "//bucket/one");
  EXPECT_TRUE(row[3].as<bool>());
  EXPECT_EQ(row[4].as<std::string>(), "a");
  const std::vector<std::string> keys{"a/one", "a/two"};
  const auto marks = writer.known_marks("s3://bucket", keys);
  EXPECT_EQ(marks, (std::map<std::string, std::string>{{"a/one", "etag"}}));
}

TEST_F(CatalogTest, remembers_a_failure_until_the_scene_is_read) {
  const std::vector<HarvestFailure> failures{
      {"a/one", "etag", "parse", "line 3: no value", std::string("GROUP\0", 6)}};
  writer.record_failures("s3://bucket", failures);
  EXPECT_EQ(catalog.status().harvest_failures, 1);
  add({item("a", "one", "2020-01-01T00:00:00Z", {10, 20, 11, 21})});
  EXPECT_EQ(catalog.status().harvest_failures, 0);
}

TEST_F(CatalogTest, finds_by_bbox_on_both_sides_of_the_antimeridian) {
  add({item("a", "east", "2020-01-01T00:00:00Z", {178, 50, 179, 51}),
       item("a", "west", "2020-01-01T00:00:00Z", {-179, 50, -178, 51}),
       item("a", "greenwich", "2020-01-01T00:00:00Z", {0, 50, 1, 51})});
  EXPECT_THAT(ids_found("bbox=177,49,-177,52"), UnorderedElementsAre("a/east", "a/west"));
  EXPECT_THAT(ids_found("bbox=-1,49,0,1,52,9"), UnorderedElementsAre("a/greenwich"));
  EXPECT_THAT(ids_found("bbox=-180,-90,180,90"), UnorderedElementsAre("a/east", "a/west", "a/greenwich"));
  EXPECT_THAT(ids_found("bbox=5,5,6,6"), UnorderedElementsAre());
}

TEST_F(CatalogTest, finds_by_every_kind_of_geometry_however_it_crosses_itself) {
  add({item("a", "inside", "2020-01-01T00:00:00Z", {10, 10, 11, 11}),
       item("a", "outside", "2020-01-01T00:00:00Z", {60, 10, 61, 11})});
  Json line{{"type", "LineString"}, {"coordinates", Json::array()}};
  Json squares{{"type", "GeometryCollection"}, {"geometries", Json::array()}};
  std::mt19937 random{7};
  std::uniform_real_distribution<double> degrees{0, 20};
  for (int i = 0; i < 3000; ++i) {
    line["coordinates"].push_back({degrees(random), degrees(random)});
    const double west = degrees(random), south = degrees(random);
    squares["geometries"].push_back(polygon({west, south, west + 5, south + 5}));
  }
  for (const Json& geometry :
       {line, squares, polygon({9, 9, 12, 12}), Json{{"type", "Point"}, {"coordinates", {10.5, 10.5}}}}) {
    const auto found = catalog.search(SearchRequest::from_body({{"intersects", geometry}})).items;
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].id, "inside");
  }
}

TEST_F(CatalogTest, finds_by_datetime_with_both_ends_included) {
  auto span = item("a", "span", "2020-01-01T00:00:00Z", {0, 0, 1, 1});
  span["properties"] = {{"datetime", nullptr},
                        {"start_datetime", "2019-01-01T00:00:00Z"},
                        {"end_datetime", "2021-01-01T00:00:00Z"}};
  add({item("a", "old", "2018-06-01T12:00:00Z", {0, 0, 1, 1}),
       item("a", "new", "2020-06-01T12:00:00.1234567Z", {0, 0, 1, 1}), span});
  EXPECT_THAT(ids_found("datetime=2020-06-01T12:00:00.1234567Z"), UnorderedElementsAre("a/new", "a/span"));
  EXPECT_THAT(ids_found("datetime=2018-06-01T12:00:00Z/2018-12-31T00:00:00Z"), UnorderedElementsAre("a/old"));
  EXPECT_THAT(ids_found("datetime=../2018-06-01T12:00:00Z"), UnorderedElementsAre("a/old"));
  EXPECT_THAT(ids_found("datetime=2020-12-01T00:00:00Z/.."), UnorderedElementsAre("a/span"));
  EXPECT_THAT(ids_found("datetime=0000-01-01T00:00:00%2B10:00/9999-12-31T23:59:59-10:00").size(), 3);
}

TEST_F(CatalogTest, combines_ids_collections_and_box) {
  add({item("a", "one", "2020-01-01T00:00:00Z", {0, 0, 1, 1}),
       item("b", "one", "2020-01-02T00:00:00Z", {0, 0, 1, 1}),
       item("b", "two", "2020-01-03T00:00:00Z", {30, 0, 31, 1})});
  EXPECT_THAT(ids_found("ids=one"), ElementsAre("b/one", "a/one"));
  EXPECT_THAT(ids_found("ids=one,two&collections=b"), ElementsAre("b/two", "b/one"));
  EXPECT_THAT(ids_found("ids=one,two&bbox=29,0,32,1"), ElementsAre("b/two"));
  EXPECT_THAT(ids_found("collections=a,b,unknown"), ElementsAre("b/two", "b/one", "a/one"));
  EXPECT_THAT(ids_found("collections=unknown"), ElementsAre());
}

/// The rule that must never break: a walk in any order, in either direction, gives every item once, whatever
/// ties there are and whatever is written meanwhile.
TEST_F(CatalogTest, a_walk_gives_every_item_exactly_once) {
  std::mt19937 random{20200904};
  std::vector<Json> items;
  for (int i = 0; i < 60; ++i) {
    const auto day = "2020-01-0" + std::to_string(1 + random() % 3) + "T00:00:00Z";  // many ties
    for (const std::string collection : {"a", "b"}) {
      items.push_back(item(collection, "scene-" + std::to_string(i), day, {0, 0, 1, 1}));
      auto& properties = items.back()["properties"];
      if (random() % 3 > 0) properties["eo:cloud_cover"] = random() % 4 * 12.5;
      if (random() % 3 > 0) properties["platform"] = random() % 2 == 0 ? Json("landsat-8") : Json(8);
    }
  }
  add(items);
  for (const std::string sort :
       {"", "%2Bdatetime", "-datetime", "id", "-id", "-datetime,%2Bid", "%2Bdatetime,-id", "id,-datetime",
        "eo:cloud_cover", "-eo:cloud_cover", "-eo:cloud_cover,-datetime", "-eo:cloud_cover,datetime",
        "platform,-eo:cloud_cover", "-platform,id", "collection", "-collection,eo:cloud_cover", "-created"}) {
    for (const int limit : {1, 7, 50, 119, 120, 1000}) {
      SCOPED_TRACE(sort + " limit " + std::to_string(limit));
      const auto page_at = [&](const std::optional<std::string>& token) {
        auto query = "limit=" + std::to_string(limit) + "&sortby=" + sort;
        if (token) query += "&token=" + *token;
        return catalog.search(SearchRequest::from_query(*parse_query(query)));
      };
      std::vector<std::string> forwards;
      auto page = page_at({});
      EXPECT_EQ(page.matched, 120);
      EXPECT_FALSE(page.prev);
      for (;;) {
        EXPECT_FALSE(page.items.empty());
        for (const auto& found : page.items) forwards.push_back(found.collection + "/" + found.id);
        if (!page.next) break;
        page = page_at(page.next);
        EXPECT_EQ(page.matched, 120);
      }
      EXPECT_EQ(std::set<std::string>(forwards.begin(), forwards.end()).size(), 120U);
      EXPECT_EQ(forwards.size(), 120U);
      std::vector<std::string> backwards;
      for (;;) {
        for (auto found = page.items.rbegin(); found != page.items.rend(); ++found) {
          backwards.push_back(found->collection + "/" + found->id);
        }
        if (!page.prev) break;
        page = page_at(page.prev);
        EXPECT_TRUE(page.next);
      }
      std::reverse(backwards.begin(), backwards.end());
      EXPECT_EQ(backwards, forwards);
    }
  }
}

TEST_F(CatalogTest, a_walk_survives_inserts_and_deletes) {
  std::vector<Json> items;
  for (int i = 0; i < 50; ++i) {
    items.push_back(item("a", "scene-" + std::to_string(100 + i), "2020-01-01T00:00:00Z", {0, 0, 1, 1}));
  }
  add(items);
  std::vector<std::string> seen;
  std::string query = "limit=7&sortby=id";
  int round = 0;
  for (auto page = catalog.search(SearchRequest::from_query(*parse_query(query)));;) {
    for (const auto& found : page.items) seen.push_back(found.id);
    // The item that the token was made from goes; others come before and behind it.
    database.run("delete from stac.item where id = $1", seen.back());
    add({item("a", "before-" + std::to_string(round), "2020-01-01T00:00:00Z", {0, 0, 1, 1}),
         item("a", "then-" + std::to_string(round++), "2020-01-01T00:00:00Z", {0, 0, 1, 1})});
    if (!page.next || round > 40) break;
    page = catalog.search(SearchRequest::from_query(*parse_query(query + "&token=" + *page.next)));
  }
  const std::set<std::string> unique(seen.begin(), seen.end());
  EXPECT_EQ(unique.size(), seen.size());
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(unique.contains("scene-" + std::to_string(100 + i)));
}

TEST_F(CatalogTest, refuses_tampered_tokens_of_any_sort) {
  for (const std::string sort :
       {"eo:cloud_cover", "-platform,eo:cloud_cover", "created", "test:any", "collection"}) {
    for (const std::string value :
         {"", "=", "=x", "=1e9", "=NaN", "=Infinity", "={\"a\":1}", "=[[[[", "=\"\\ud800\"", "=1e999999999",
          "= ", "=9999999999999999999999999", "=-", "=.", "\"", "=\xff", "='; drop table stac.item --"}) {
      auto request = SearchRequest::from_query(
          *parse_query("sortby=" + sort), nullptr,
          [](std::string_view name) { return stac::known_property(name).value_or(stac::PropertyType::any); });
      request.token = stac::PageToken{false, request.sort_text(), {}, {}, false};
      request.token->values.assign(request.total_sort().size(), value);
      try {
        catalog.search(request);
      } catch (const Problem& problem) {
        EXPECT_EQ(problem.status(), 400) << sort << ' ' << value << ' ' << problem.what();
      }
    }
  }
}

TEST_F(CatalogTest, refuses_tokens_that_were_tampered_with) {
  for (const std::vector<std::string>& values : {std::vector<std::string>{"x", "1", "id"},
                                                 {"1", "99999999999", "id"},
                                                 {"9223372036854775807", "1", "id"},
                                                 {"1; drop table stac.item", "1", "id"},
                                                 {"", "", ""}}) {
    SearchRequest request;
    request.token = stac::PageToken{false, request.sort_text(), values, {}, false};
    try {
      catalog.search(request);
      FAIL() << values[0];
    } catch (const Problem& problem) {
      EXPECT_EQ(problem.status(), 400);
    }
  }
}

TEST_F(CatalogTest, pages_through_collections_both_ways) {
  for (const std::string id : {"c", "d", "e"}) writer.ensure_collection(id, {{"id", id}});
  const auto collections_at = [&](const std::optional<std::string>& token) {
    Pairs query{{"limit", "2"}};
    if (token) query.emplace_back("token", *token);
    return catalog.collections(stac::CollectionRequest::from_query(query));
  };
  const auto ids = [](const CollectionPage& page) {
    std::vector<std::string> out;
    for (const auto& collection : page.collections) out.push_back(collection.id);
    return out;
  };
  const auto first = collections_at({});
  EXPECT_THAT(ids(first), ElementsAre("a", "b"));
  EXPECT_EQ(first.matched, 5);
  EXPECT_FALSE(first.prev);
  const auto second = collections_at(first.next);
  EXPECT_THAT(ids(second), ElementsAre("c", "d"));
  EXPECT_THAT(ids(collections_at(second.prev)), ElementsAre("a", "b"));
  const auto third = collections_at(second.next);
  EXPECT_THAT(ids(third), ElementsAre("e"));
  EXPECT_FALSE(third.next);
  EXPECT_THROW(collections_at("nonsense"), Problem);
  EXPECT_EQ(catalog.collection_titles(1).at(0).second, "Title of a");
}

TEST_F(CatalogTest, reads_again_after_the_server_cut_its_connections) {
  add({item("a", "one", "2020-01-01T00:00:00Z", {0, 0, 1, 1})});
  EXPECT_THAT(ids_found("ids=one"), ElementsAre("a/one"));
  database.run(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> "
      "pg_backend_pid()");
  EXPECT_THAT(ids_found("ids=one"), ElementsAre("a/one"));
}

// The first look for other versions of a scene comes before the second is committed, and the other way round.
TEST_F(CatalogTest, of_two_versions_of_a_scene_that_are_written_at_once_the_final_one_stays) {
  const auto write = [this](const std::string& id, const std::string& created, std::vector<Sql> within) {
    auto version = item("a", id, "2020-09-04T00:00:00Z", {0, 0, 1, 1});
    version["properties"]["created"] = created;
    within.insert(within.begin(), Sql{"select hayden.archive_superseded()"});
    return std::async(std::launch::async, [this, version, within] {
      SceneWriter own{writers};
      own.ensure_collection("a", {{"type", "Collection"}, {"id", "a"}});
      return own.write(std::vector{SceneRow{"s3://bucket", version["id"], "etag", version, "", "", {}, ""}},
                       within);
    });
  };
  const auto waits = [this](const std::string& events) {
    return database
               .run(
                   "select count(*) from pg_stat_activity where datname = current_database() and "
                   "wait_event_type = "
                   "'Lock' and wait_event = any ($1::text[])",
                   events)
               .at(0)[0]
               .as<int>() > 0;
  };
  const auto is_done = [](const auto& writing) {
    return writing.wait_for(std::chrono::milliseconds{10}) == std::future_status::ready;
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{2};
  const auto in_time = [&] { return std::chrono::steady_clock::now() < deadline; };

  pqxx::connection holder{database.url()};
  pqxx::nontransaction gate{holder};
  gate.exec("select pg_advisory_lock(1)");
  auto real_time = write("LC08_L1TP_046028_20200904_02_RT", "2020-09-04T12:00:00Z",
                         {Sql{"select pg_advisory_xact_lock(1)"}});
  while (in_time() && !waits("{advisory}") && !is_done(real_time)) continue;
  auto final_form = write("LC08_L1TP_046028_20200904_02_T1", "2020-09-18T12:00:00Z", {});
  while (in_time() && !waits("{transactionid,tuple}") && !is_done(final_form)) continue;
  gate.exec("select pg_advisory_unlock(1)");
  EXPECT_EQ(real_time.get().added + final_form.get().added, 2);
  EXPECT_EQ(database.run("select id from stac.item where archived is null").at(0)[0].as<std::string>(),
            "LC08_L1TP_046028_20200904_02_T1");
  EXPECT_EQ(database.run("select count(*) from stac.item where archived is null").at(0)[0].as<int>(), 1);
}

TEST_F(CatalogTest, a_reader_cannot_write) {
  EXPECT_THROW(SceneWriter{readers}.ensure_collection("c", {{"id", "c"}}), Problem);
  EXPECT_FALSE(catalog.find_collection("c"));
}

TEST_F(CatalogTest, tells_that_the_database_is_away_or_not_migrated) {
  EXPECT_NO_THROW(catalog.check_ready());
  Pool nowhere{{.url = "postgresql://127.0.0.1:1/none?connect_timeout=2"}};
  Catalog away{nowhere};
  try {
    away.check_ready();
    FAIL();
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status(), 503);
  }
  database.run("delete from hayden.migration where number = (select max(number) from hayden.migration)");
  EXPECT_THROW(catalog.check_ready(), Problem);
}

TEST_F(CatalogTest, a_lease_that_cannot_be_had_in_time_is_a_503) {
  Pool pool{{.url = database.url(), .size = 1, .lease_timeout = std::chrono::milliseconds{10}}};
  const auto taken = pool.lease();
  EXPECT_EQ(pool.status().in_use, 1U);
  EXPECT_THROW(pool.lease(), Problem);
}

}  // namespace
}  // namespace hayden::db
