#include "api/sent_back.hpp"

#include <gtest/gtest.h>

#include "core/exact_json.hpp"

namespace hayden::api {
namespace {

const Links links("http://h/api");

std::string restored(const std::string& item, std::string_view stored = {}) {
  auto json = parse_exact_json(item);
  restore_item(json, links, stored);
  return dump_exact_json(json);
}

std::string item_with(const std::string& asset, const std::string& properties = "{}") {
  return R"({"id":"i","collection":"c","properties":)" + properties + R"(,"assets":{"red":)" + asset + "}}";
}

const std::string here = R"("href":"http://h/api/collections/c/items/i/assets/red/a%20b.tif")";
const std::string made_s3 =
    R"("s3":{"href":"s3://x/a b.tif","storage:platform":"AWS","storage:requester_pays":false})";
const std::string plain = R"({"href":"s3://x/a b.tif"})";

TEST(sent_back, leaves_alone_what_did_not_come_from_here) {
  for (const auto& item : {
           item_with(plain),
           item_with(R"({"href":"http://elsewhere/collections/c/items/i/assets/red/a.tif","alternate":{)" +
                     made_s3 + "}}"),
           item_with("{" + here + "}"),
           item_with("{" + here + R"(,"alternate":{"s3":{"href":7}}})"),
           item_with(R"({"href":"http://s3/x/a.tif?X-Amz-Signature=0","alternate":{}})"),
           item_with(R"({"href":"s3://x/a.tif","auth:refs":["token"]})"),
           item_with(R"({"href":1,"alternate":[]})"),
           item_with("7"),
           item_with("null", "7"),
           item_with(plain, R"({"auth:schemes":{"signed_url":{"flows":[]}},"msft:expiry":"x"})"),
           std::string{R"({"assets":[{}],"properties":{}})"},
           std::string{R"({"stac_extensions":7})"},
           std::string{"[1]"},
           std::string{"null"},
       }) {
    EXPECT_EQ(restored(item), item);
  }
}

TEST(sent_back, puts_back_what_the_alternate_keeps) {
  const auto served =
      item_with("{" + here + R"(,"auth:refs":["token"],"title":"Red","alternate":{)" + made_s3 + "}}");
  EXPECT_EQ(restored(served), item_with(R"({"href":"s3://x/a b.tif","title":"Red"})"));
  EXPECT_EQ(
      restored(item_with(R"({"href":"https://s3/x/a%20b.tif?X-Amz-Signature=0","alternate":{)" + made_s3 +
                             R"(,"gs":{"href":"gs://x"}}})",
                         R"({"datetime":null,"msft:expiry":"2024-01-01T00:00:00Z"})")),
      item_with(R"({"href":"s3://x/a b.tif","alternate":{"gs":{"href":"gs://x"}}})", R"({"datetime":null})"));
  const std::string own = R"("alternate":{"s3":{"href":"s3://x/a b.tif","file:size":1}})";
  EXPECT_EQ(restored(item_with("{" + here + "," + own + "}")),
            item_with(R"({"href":"s3://x/a b.tif",)" + own + "}"));
}

TEST(sent_back, prefers_the_href_that_is_stored_of_a_file_of_that_name) {
  const auto served = item_with("{" + here + R"(,"alternate":{)" + made_s3 + "}}");
  const auto url = item_with(R"({"href":"https://s3/x/a%20b.tif"})");
  EXPECT_EQ(restored(served, url), url);
  EXPECT_EQ(restored(served, item_with(R"({"href":"https://s3/x/other.tif"})")), item_with(plain));
  EXPECT_EQ(restored(served, item_with("7")), item_with(plain));
  EXPECT_EQ(restored(served, R"({"assets":[]})"), item_with(plain));
  const auto with_s3 = item_with(R"({"href":"s3://x/a b.tif","alternate":{)" + made_s3 + "}}");
  EXPECT_EQ(restored(served, with_s3), with_s3);
}

TEST(sent_back, an_item_put_over_another_keeps_its_own_objects) {
  const auto served = item_with("{" + here + R"(,"alternate":{)" + made_s3 + "}}");
  EXPECT_EQ(restored(served, item_with(R"({"href":"s3://y/a b.tif"})")), item_with(plain));
  EXPECT_EQ(restored(served, item_with(R"({"href":"https://s3/y/x/a%20b.tif"})")), item_with(plain));
  const auto virtual_host = item_with(R"({"href":"https://x.s3.us-west-2.amazonaws.com/a%20b.tif"})");
  EXPECT_EQ(restored(served, virtual_host), virtual_host);
  // What an earlier version stored.
  EXPECT_EQ(restored(served, item_with("{" + here + "}")), item_with(plain));
  EXPECT_EQ(restored(served, item_with(R"({"href":"https://s3/x/a%20b.tif?X-Amz-Signature=0"})")),
            item_with(plain));
}

TEST(sent_back, an_href_that_is_replaced_takes_the_alternate_that_was_made_of_the_old_one_along) {
  const std::string moved = R"({"href":"s3://new/c.tif","alternate":{)" + made_s3 + "}}";
  const std::string signs = R"({"msft:expiry":"2024-01-01T00:00:00Z"})";
  EXPECT_EQ(restored(item_with(moved, signs), item_with(plain)), item_with(R"({"href":"s3://new/c.tif"})"));
  EXPECT_EQ(restored(item_with(moved, signs), item_with(R"({"href":"https://s3/x/a%20b.tif"})")),
            item_with(R"({"href":"s3://new/c.tif"})"));
  // It may be meant where nothing tells that the Item was read here.
  EXPECT_EQ(restored(item_with(moved), item_with(plain)), item_with(moved));
  EXPECT_EQ(restored(item_with(moved)), item_with(moved));
  EXPECT_EQ(restored(item_with(moved), item_with(R"({"href":"s3://x/other.tif"})")), item_with(moved));
}

TEST(sent_back, names_with_percent_signs_are_names) {
  const std::string link = "http://h/api/collections/c/items/i/assets/red/";
  for (const auto& [uri, file] :
       {std::pair{"s3://b/a%20b.tif", "a%2520b.tif"}, {"s3://b/50%.tif", "50%25.tif"}}) {
    const auto served = item_with(R"({"href":")" + link + file + R"(","alternate":{"s3":{"href":")" + uri +
                                  R"(","storage:platform":"AWS","storage:requester_pays":true}}})");
    const auto stored = item_with(R"({"href":")" + std::string{uri} + R"("})");
    EXPECT_EQ(restored(served), stored);
    EXPECT_EQ(restored(served, stored), stored);
  }
  const auto nameless = item_with(R"({"href":")" + link + R"(%zz","alternate":{"s3":{"href":"s3://b/x/"}}})");
  EXPECT_EQ(restored(nameless), nameless);
}

TEST(sent_back, links_read_at_another_address_become_the_stored_href) {
  const std::string elsewhere =
      R"({"href":"http://inside:8080/collections/c/items/i/assets/red/a%20b.tif","alternate":{)";
  EXPECT_EQ(restored(item_with(elsewhere + made_s3 + "}}"), item_with(plain)), item_with(plain));
  EXPECT_EQ(restored(item_with(elsewhere + made_s3 + "}}")), item_with(elsewhere + made_s3 + "}}"));
}

TEST(sent_back, the_stored_href_comes_before_an_alternate_of_the_client) {
  const std::string mirror = R"("alternate":{"s3":{"href":"s3://mirror/a b.tif"}})";
  const auto stored = item_with(R"({"href":"https://s3/x/a%20b.tif",)" + mirror + "}");
  EXPECT_EQ(restored(item_with("{" + here + "," + mirror + "}"), stored), stored);
  EXPECT_EQ(
      restored(item_with(R"({"href":"https://s3/x/a%20b.tif?X-Amz-Signature=0",)" + mirror + "}"), stored),
      stored);
}

TEST(sent_back, what_the_store_has_of_signing_stays) {
  const auto served = item_with("{" + here + R"(,"auth:refs":["token"],"alternate":{)" + made_s3 + "}}");
  const auto with_refs = item_with(R"({"href":"s3://x/a b.tif","auth:refs":["signed_url"]})");
  EXPECT_EQ(restored(served, with_refs), with_refs);
  const auto expiring = item_with(plain, R"({"msft:expiry":"1999-01-01T00:00:00Z"})");
  EXPECT_EQ(restored(item_with(R"({"href":"https://s3/x/a%20b.tif?X-Amz-Signature=0","alternate":{)" +
                                   made_s3 + "}}",
                               R"({"msft:expiry":"2024-01-01T00:00:00Z"})"),
                     expiring),
            expiring);
}

TEST(sent_back, a_signature_of_another_object_stays) {
  for (const auto* href : {"https://s3/x/other.tif", "https://s3/y/a%20b.tif", "https://s3/x/y/a%20b.tif",
                           "ftp://s3/x/a%20b.tif", "https://xy.s3/a%20b.tif", "https://s3", "%", ""}) {
    const auto item =
        item_with(R"({"href":")" + std::string{href} +
                      R"(?X-Amz-Signature=0","auth:refs":["token"],"alternate":{)" + made_s3 + "}}",
                  R"({"msft:expiry":"x"})");
    EXPECT_EQ(restored(item), item);
    EXPECT_EQ(restored(item, item), item);
  }
}

TEST(sent_back, part_of_what_was_read_leaves_nothing_behind) {
  const auto stored = item_with(plain);
  EXPECT_EQ(restored(item_with(plain, R"({"msft:expiry":"2024-01-01T00:00:00Z"})"), stored), stored);
  const auto expiring = item_with(plain, R"({"msft:expiry":"2024-01-01T00:00:00Z"})");
  EXPECT_EQ(restored(expiring, expiring), expiring);
  const std::string own = R"("alternate":{"https":{"href":"https://elsewhere/a.tif"}})";
  const auto with_https = item_with(R"({"href":"s3://x/a b.tif",)" + own + "}");
  EXPECT_EQ(
      restored(item_with(R"({"href":"s3://x/a b.tif","auth:refs":["signed_url"],)" + own + "}"), with_https),
      with_https);
  const auto with_refs = item_with(R"({"href":"s3://x/a b.tif","auth:refs":["signed_url"]})");
  EXPECT_EQ(restored(with_refs, with_refs), with_refs);
}

TEST(sent_back, takes_extensions_away_that_nothing_uses_any_more) {
  const auto served = [](const std::string& extensions, const std::string& more) {
    return R"({"stac_extensions":[)" + extensions + R"(],"properties":{)" + more + R"(},"assets":{"red":{)" +
           here + R"(,"alternate":{)" + made_s3 + "}}}}";
  };
  const std::string made = R"("https://stac-extensions.github.io/alternate-assets/v1.2.0/schema.json",)"
                           R"("https://stac-extensions.github.io/storage/v1.0.0/schema.json")";
  const auto as_it_was = [](const std::string& extensions, const std::string& more) {
    return R"({"stac_extensions":[)" + extensions + R"(],"properties":{)" + more +
           R"(},"assets":{"red":{"href":"s3://x/a b.tif"}}})";
  };
  EXPECT_EQ(restored(served(made + R"(,"mine")", "")), as_it_was(R"("mine")", ""));
  EXPECT_EQ(restored(served(made, R"("storage:tier":"cold")")),
            as_it_was(R"("https://stac-extensions.github.io/storage/v1.0.0/schema.json")",
                      R"("storage:tier":"cold")"));
}

TEST(sent_back, takes_the_schemes_of_this_service_from_a_collection) {
  const auto schemes = [](const std::string& base) {
    return R"({"auth:schemes":{"signed_url":{"flows":{"authorizationCode":{"authorizationApi":")" + base +
           R"(/sas/v1/sign"}}}}})";
  };
  for (const auto& [sent, expected] :
       {std::pair{schemes("http://h/api"), std::string{"{}"}},
        std::pair{schemes("http://other"), schemes("http://other")},
        std::pair{std::string{R"({"itemType":"feature"})"}, std::string{R"({"itemType":"feature"})"}},
        std::pair{std::string{"[]"}, std::string{"[]"}}}) {
    auto json = parse_exact_json(sent);
    restore_collection(json, {}, links);
    EXPECT_EQ(dump_exact_json(json), expected);
  }
}

TEST(sent_back, a_collection_keeps_what_is_its_own) {
  auto json = parse_json(
      R"({"itemType":"feature","stac_extensions":[],"auth:schemes":{"mine":{},"token":{"type":"http","scheme":"bearer"},)"
      R"("signed_url":{"flows":{"authorizationCode":{"authorizationApi":"http://h/api/sas/v1/sign"}}}}})");
  restore_collection(json, parse_json("{}"), links);
  EXPECT_EQ(json, parse_json(R"({"stac_extensions":[],"auth:schemes":{"mine":{}}})"));
  json = parse_json(R"({"itemType":"feature"})");
  restore_collection(json, json, links);
  EXPECT_EQ(json, parse_json(R"({"itemType":"feature"})"));
}

std::string declared(const std::string& sent, const std::string& stored, const std::string& follows) {
  auto json = parse_exact_json(sent);
  restore_declared(json, parse_exact_json(stored), parse_json(follows));
  return dump_exact_json(json);
}

TEST(sent_back, what_follows_the_items_is_not_declared) {
  const std::string follows = R"({"summaries":{"gsd":{"minimum":15,"maximum":30.5},"platform":["a"]}})";
  const std::string served = R"({"summaries":{"gsd":{"minimum":15.0,"maximum":30.50},"platform":["a"]}})";
  EXPECT_EQ(declared(served, "{}", follows), "{}");
  EXPECT_EQ(declared(served, R"({"summaries":{}})", follows), R"({"summaries":{}})");
  EXPECT_EQ(declared(served, R"({"summaries":{"platform":["x"]}})", follows),
            R"({"summaries":{"platform":["x"]}})");
  EXPECT_EQ(declared(R"({"summaries":{"platform":["a","b"],"mine":[1]}})", "{}", follows),
            R"({"summaries":{"platform":["a","b"],"mine":[1]}})");
  EXPECT_EQ(declared(R"({"summaries":7})", R"({"summaries":null})", follows), R"({"summaries":7})");
  EXPECT_EQ(declared("[]", "{}", follows), "[]");
  EXPECT_EQ(declared("{}", "{}", follows), "{}");
}

}  // namespace
}  // namespace hayden::api
