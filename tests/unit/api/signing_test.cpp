#include "api/signing/signing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "api/item_page.hpp"
#include "api/signing/item_hrefs.hpp"
#include "core/json.hpp"
#include "core/problem.hpp"

namespace hayden::api {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const Instant start = *parse_rfc3339("2024-01-01T00:00:00Z");

std::optional<std::string> variables(const char* name) {
  if (std::string_view{name} == "KEY") return "AKTEST";
  if (std::string_view{name} == "SECRET") return "the-secret";
  return {};
}

std::unique_ptr<Signing> signing(const std::string& more = "") {
  const auto policy =
      parse_json(R"({"anonymous": true, "buckets": [{"bucket": "open", "region": "us-west-2",)"
                 R"("prefixes": ["data/"], "access_key_id_variable": "KEY",)"
                 R"("secret_access_key_variable": "SECRET"}])" +
                 more + "}");
  return std::make_unique<Signing>(read_signing_policy(policy), variables,
                                   [](const auto&...) { return std::nullopt; });
}

std::unique_ptr<SigningSession> session(Signing& signing) {
  return std::make_unique<SigningSession>(signing, Caller{.name = {}, .role = "agdc_user"}, "1.2.3.4", "id",
                                          SigningSession::Terms{.door = Door::in_place});
}

std::string mistakes(const std::string& policy) {
  try {
    read_signing_policy(parse_json(policy));
  } catch (const Problem& problem) {
    return problem.what();
  }
  return {};
}

TEST(SigningPolicy, names_every_mistake_at_once) {
  EXPECT_THAT(
      mistakes(
          R"({"expiry": 0, "role": "boss", "buckets": [{"bucket": "B!", "prefixes": ["x"], "new": 1}]})"),
      AllOf(HasSubstr("expiry: must be"), HasSubstr("role: must be"), HasSubstr("buckets[0].bucket: must be"),
            HasSubstr("buckets[0].prefixes: must be"), HasSubstr("buckets[0].new: is not known")));
  EXPECT_THAT(mistakes("[]"), HasSubstr("must be a mapping"));
  EXPECT_THAT(mistakes("{}"), HasSubstr("buckets: must be"));
}

TEST(SigningPolicy, buckets_take_what_they_do_not_say_from_the_whole) {
  const auto policy = read_signing_policy(parse_json(
      R"({"max_expiry": "2h", "anonymous": true, "role": "agdc_ingest", "collections": {"c": "redirect"},)"
      R"("buckets": [{"bucket": "one"}, {"bucket": "two", "max_expiry": 60, "anonymous": false, "role": "agdc_user"}]})"));
  EXPECT_EQ(policy.buckets[0].max_expiry, 2h);
  EXPECT_TRUE(policy.buckets[0].anonymous);
  EXPECT_EQ(policy.buckets[0].role, "agdc_ingest");
  EXPECT_EQ(policy.buckets[1].max_expiry, 60s);
  EXPECT_FALSE(policy.buckets[1].anonymous);
  EXPECT_EQ(policy.output_of("c"), HrefOutput::redirect);
  EXPECT_EQ(policy.output_of("d"), HrefOutput::original);
}

TEST(ParsePeriod, takes_seconds_and_units) {
  EXPECT_EQ(parse_period("60"), 60s);
  EXPECT_EQ(parse_period("90m"), 90min);
  EXPECT_EQ(parse_period("7d"), 168h);
  for (const auto* bad : {"", "0", "-1", "1w", "1h ", "h", "99999999999999999999", "1.5h"}) {
    EXPECT_FALSE(parse_period(bad)) << bad;
  }
}

TEST(SigningCounts, a_large_page_is_paid_off) {
  SigningCounts counts;
  const SigningLimits limits{.per_minute = 60, .per_day = {}};
  EXPECT_FALSE(counts.wait("a", limits, start));
  counts.charge("a", limits, 120, start);
  EXPECT_EQ(counts.wait("a", limits, start), 61s);
  EXPECT_FALSE(counts.wait("b", limits, start));
  EXPECT_FALSE(counts.wait("a", limits, start + 61s));
}

TEST(SigningCounts, a_day_has_a_quota) {
  SigningCounts counts;
  const SigningLimits limits{.per_minute = {}, .per_day = 10};
  counts.charge("a", limits, 9, start + 1h);
  EXPECT_FALSE(counts.wait("a", limits, start + 1h));
  counts.charge("a", limits, 1, start + 1h);
  EXPECT_EQ(counts.wait("a", limits, start + 1h), 23h);
  EXPECT_FALSE(counts.wait("a", limits, start + 24h));
}

TEST(Signing, finds_only_what_the_policy_names) {
  const auto one = signing();
  EXPECT_TRUE(one->find("s3://open/data/x.TIF"));
  EXPECT_TRUE(one->find("https://open.s3.us-west-2.amazonaws.com/data/x.TIF"));
  EXPECT_TRUE(one->find("https://s3.amazonaws.com/open/data/x.TIF"));
  for (const auto* href :
       {"s3://open/other/x", "s3://open/data", "s3://open", "s3://opener/data/x", "s3://OPEN/data/x",
        "s3:/open/data/x", "S3://open/data/x", "https://open.s3.eu-west-1.amazonaws.com/data/x",
        "http://open.s3.us-west-2.amazonaws.com/data/x", "https://open.s3.us-west-2.amazonaws.com:443/data/x",
        "https://OPEN.s3.us-west-2.amazonaws.com/data/x",
        "https://open.s3.us-west-2.amazonaws.com.evil/data/x",
        "https://u@open.s3.us-west-2.amazonaws.com/data/x", "s3://open/data/../other/x",
        "s3://open/data/x?versionId=1", ""}) {
    EXPECT_FALSE(one->find(href)) << href;
    EXPECT_THROW(one->require(href), Problem) << href;
  }
}

TEST(Signing, a_refusal_shows_neither_logins_nor_queries) {
  const auto one = signing();
  for (const auto* href :
       {"https://user:pass@host/x", "https://host/x?X-Amz-Signature=pass", "s3://open/x#pass"}) {
    try {
      one->require(href);
      FAIL() << href;
    } catch (const Problem& problem) {
      EXPECT_THAT(problem.what(), Not(HasSubstr("pass")));
    }
  }
}

std::string written(ItemHrefs& hrefs, const Json& item, const std::string& collection = "c") {
  const auto text = dump_json(item);
  std::string out;
  const auto links = text.find(R"("links":[)");
  hrefs.append(out, text, links == std::string::npos ? -1 : static_cast<int>(links) + 9, R"({"rel":"self"})",
               collection, "i");
  return out;
}

Json example() {
  return parse_json(R"({"stac_extensions": ["e"], "properties": {"p": 1}, "links": [], "assets": {
    "plain": {"href": "s3://open/data/x.TIF"},
    "odd/key": {"title": "\"href\"", "href": "s3://open/data/a b+é.TIF", "roles": ["data"]},
    "url": {"href": "https://open.s3.us-west-2.amazonaws.com/data/a%20b"},
    "known": {"href": "s3://open/data/y", "alternate": {"s3": {"href": "kept"}}},
    "other": {"href": "s3://open/data/z", "alternate": {"http": {"href": "kept"}}},
    "empty": {"href": "s3://open/data/z", "alternate": {}},
    "foreign": {"href": "s3://closed/data/x"},
    "none": {"title": "t"}}})");
}

TEST(ItemHrefs, signed_ones_take_the_place_of_those_that_may_be_signed) {
  const auto one = signing();
  ItemHrefs hrefs(*one, Links("http://h"), session(*one));
  const auto item = parse_json(written(hrefs, example()));
  const auto& assets = item["assets"];
  const auto href = [&](const char* key) { return assets[key]["href"].get<std::string>(); };
  const std::string host = "https://open.s3.us-west-2.amazonaws.com/";
  EXPECT_THAT(href("plain"),
              AllOf(StartsWith(host + "data/x.TIF?X-Amz-Algorithm="), HasSubstr("&X-Amz-Signature=")));
  EXPECT_THAT(href("odd/key"), StartsWith(host + "data/a%20b%2B%C3%A9.TIF?"));
  EXPECT_THAT(href("url"), StartsWith(host + "data/a%20b?"));
  EXPECT_EQ(href("foreign"), "s3://closed/data/x");
  EXPECT_EQ(assets["plain"]["alternate"]["s3"]["href"], "s3://open/data/x.TIF");
  EXPECT_EQ(assets["url"]["alternate"]["s3"]["href"], "s3://open/data/a b");
  EXPECT_EQ(assets["known"]["alternate"], example()["assets"]["known"]["alternate"]);
  EXPECT_EQ(assets["other"]["alternate"]["http"]["href"], "kept");
  EXPECT_EQ(assets["other"]["alternate"]["s3"]["href"], "s3://open/data/z");
  EXPECT_EQ(assets["empty"]["alternate"]["s3"]["storage:region"], "us-west-2");
  EXPECT_FALSE(assets["foreign"].contains("alternate"));
  EXPECT_EQ(assets["odd/key"]["title"], "\"href\"");
  EXPECT_TRUE(item["properties"].contains("msft:expiry"));
  EXPECT_EQ(item["links"], parse_json(R"([{"rel":"self"}])"));
  EXPECT_EQ(item["stac_extensions"].size(), 3U);
}

TEST(ItemHrefs, links_lead_to_this_service) {
  const auto one = signing(R"(, "collections": {"c": "redirect", "d": "alternate"})");
  ItemHrefs hrefs(*one, Links("http://h"), nullptr);
  auto item = parse_json(written(hrefs, example()));
  EXPECT_EQ(item["assets"]["odd/key"]["href"],
            "http://h/collections/c/items/i/assets/odd%2Fkey/a%20b%2B%C3%A9.TIF");
  EXPECT_EQ(item["assets"]["odd/key"]["alternate"]["s3"]["href"], "s3://open/data/a b+é.TIF");
  EXPECT_EQ(item["assets"]["known"]["alternate"]["s3"]["auth:refs"], parse_json(R"(["signed_url"])"));
  EXPECT_EQ(item["assets"]["foreign"], example()["assets"]["foreign"]);
  EXPECT_TRUE(item["properties"]["auth:schemes"].contains("signed_url"));
  item = parse_json(written(hrefs, example(), "d"));
  EXPECT_EQ(item["assets"]["known"]["href"], "s3://open/data/y");
  EXPECT_EQ(item["assets"]["known"]["alternate"]["https"]["href"],
            "http://h/collections/d/items/i/assets/known/y");
  EXPECT_EQ(item["assets"]["known"]["alternate"]["s3"]["href"], "kept");
}

TEST(ItemHrefs, other_collections_stay_byte_for_byte) {
  const auto one = signing(R"(, "collections": {"c": "redirect"})");
  ItemHrefs hrefs(*one, Links("http://h"), nullptr);
  const auto text = dump_json(example());
  std::string expected;
  append_item(expected, text, static_cast<int>(text.find(R"("links":[)")) + 9, R"({"rel":"self"})");
  EXPECT_EQ(written(hrefs, example(), "e"), expected);
}

// Whatever an Item looks like, only its hrefs and what tells of them change.
TEST(ItemHrefs, change_nothing_else) {
  std::mt19937 random{3};
  const auto one = signing(R"(, "output": "redirect")");
  ItemHrefs links(*one, Links("http://h"), nullptr);
  ItemHrefs signatures(*one, Links("http://h"), session(*one));
  const std::string keys[] = {"a", "é\"", "href", "roles", "s3", "x y", "{", "\\"};
  for (int round = 0; round < 1000; ++round) {
    const auto pick = [&](std::size_t most) { return random() % most; };
    Json item{{"id", keys[pick(8)]},
              {"properties", Json::object()},
              {"assets", Json::object()},
              {"links", Json::array()}};
    for (std::size_t left = pick(4); left > 0; --left) item["properties"][keys[pick(8)]] = keys[pick(8)];
    for (std::size_t left = pick(6); left > 0; --left) {
      Json asset{{keys[pick(8)], keys[pick(8)]},
                 {"href", (pick(2) == 0 ? "s3://open/data/" : "s3://o/") + keys[pick(8)]}};
      if (pick(3) == 0) asset["alternate"] = Json{{keys[pick(8)], Json::object()}};
      asset[keys[pick(8)]] = Json::array({keys[pick(8)]});
      item["assets"][keys[pick(8)]] = asset;
    }
    for (auto* hrefs : {&links, &signatures}) {
      auto changed = parse_json(written(*hrefs, item));
      for (const auto& [key, asset] : item["assets"].items()) {
        auto& other = changed["assets"][key];
        for (const auto& [name, value] : asset.items()) {
          if (name == "alternate" && value.is_object()) {
            for (const auto& [kind, alternate] : value.items())
              ASSERT_TRUE(other[name].contains(kind)) << item;
          } else if (name != "href" || value.is_array()) {
            ASSERT_EQ(other[name], value) << item;
          }
        }
      }
      changed["properties"].erase("msft:expiry");
      changed["properties"].erase("auth:schemes");
      ASSERT_EQ(changed["properties"], item["properties"]);
      ASSERT_EQ(changed["id"], item["id"]);
    }
  }
}

}  // namespace
}  // namespace hayden::api
