#include "api/links.hpp"

#include <gtest/gtest.h>

#include "core/json.hpp"
#include "core/problem.hpp"

namespace hayden::api {
namespace {

std::string base_of(http::Headers headers, const Settings& settings = {}) {
  http::Request request;
  request.headers = std::move(headers);
  return Links::of(request, settings).base();
}

Settings trusting() {
  Settings settings;
  settings.trust_proxy = true;
  return settings;
}

TEST(base_url, is_the_configured_one_whatever_the_client_says) {
  Settings settings = trusting();
  settings.base_url = "https://example.org/stac";
  EXPECT_EQ(base_of({{"Host", "evil"}, {"X-Forwarded-Host", "evil"}}, settings), "https://example.org/stac");
}

TEST(base_url, comes_from_the_host_header_otherwise) {
  EXPECT_EQ(base_of({{"host", "example.org:8080"}}), "http://example.org:8080");
  EXPECT_EQ(base_of({{"Host", "[::1]:8080"}}), "http://[::1]:8080");
}

TEST(base_url, passes_over_proxy_headers_unless_told_to_trust_them) {
  const http::Headers headers{{"Host", "inner"},
                              {"Forwarded", "host=evil;proto=https"},
                              {"X-Forwarded-Host", "evil"},
                              {"X-Forwarded-Prefix", "/evil"}};
  EXPECT_EQ(base_of(headers), "http://inner");
}

TEST(base_url, takes_scheme_host_port_and_prefix_from_a_trusted_proxy) {
  EXPECT_EQ(base_of({{"Host", "inner"},
                     {"X-Forwarded-Proto", "https"},
                     {"X-Forwarded-Host", "example.org"},
                     {"X-Forwarded-Port", "8443"},
                     {"X-Forwarded-Prefix", "/stac/"}},
                    trusting()),
            "https://example.org:8443/stac");
}

TEST(base_url, leaves_out_the_port_that_goes_with_the_scheme) {
  EXPECT_EQ(base_of({{"Host", "inner"},
                     {"X-Forwarded-Proto", "https"},
                     {"X-Forwarded-Host", "example.org"},
                     {"X-Forwarded-Port", "443"}},
                    trusting()),
            "https://example.org");
}

TEST(base_url, prefers_forwarded_and_reads_its_first_element) {
  EXPECT_EQ(
      base_of({{"Host", "inner"},
               {"Forwarded", "for=1.2.3.4; Proto=https;host=\"example.org:444\", for=5.6.7.8;host=second"},
               {"X-Forwarded-Host", "other"}},
              trusting()),
      "https://example.org:444");
}

TEST(base_url, takes_the_first_of_several_proxies) {
  EXPECT_EQ(base_of({{"Host", "inner"},
                     {"X-Forwarded-Proto", "https, http"},
                     {"X-Forwarded-Host", "example.org, inner"}},
                    trusting()),
            "https://example.org");
}

TEST(base_url, does_not_put_nonsense_of_a_proxy_into_links) {
  EXPECT_EQ(base_of({{"Host", "inner"}, {"X-Forwarded-Proto", "javascript"}}, trusting()), "http://inner");
  EXPECT_EQ(base_of({{"Host", "inner"}, {"X-Forwarded-Prefix", "/\"><x"}}, trusting()), "http://inner");
}

TEST(base_url, refuses_a_host_that_is_none) {
  for (const auto* host : {"a b", "x:99999", "x:", "a/b", "\"", "", "[::1", "user@host", "h:1:2"}) {
    EXPECT_THROW(base_of({{"Host", host}}), Problem) << host;
  }
}

TEST(configured_base_url, loses_its_last_slash) {
  EXPECT_EQ(checked_base_url("https://example.org/stac/"), "https://example.org/stac");
  EXPECT_EQ(checked_base_url("http://localhost:8080"), "http://localhost:8080");
  EXPECT_EQ(checked_base_url(""), "");
}

TEST(configured_base_url, is_refused_when_it_is_no_absolute_web_address) {
  for (const auto* url :
       {"example.org", "ftp://example.org", "https://", "https://a b", "https://example.org/?x=1"}) {
    EXPECT_THROW(checked_base_url(url), std::invalid_argument) << url;
  }
}

TEST(links, encode_ids_as_one_path_segment) {
  const Links links("http://h");
  EXPECT_EQ(links.root(), "http://h/");
  EXPECT_EQ(links.item("a/b", "ü?#\""), "http://h/collections/a%2Fb/items/%C3%BC%3F%23%22");
}

TEST(links, repeat_the_query_as_sent_but_safe_for_json) {
  EXPECT_EQ(query_as_sent(""), "");
  EXPECT_EQ(query_as_sent("bbox=1,2,3,4&x=%2B\"<"), "?bbox=1,2,3,4&x=%2B%22%3C");
}

TEST(links, keep_every_parameter_beside_the_new_token) {
  const Pairs query{
      {"bbox", "1,2,3,4"}, {"token", "old"}, {"sign", "true"}, {"sign", "true"}, {"sortby", "+id"}};
  EXPECT_EQ(query_with_token(query, "new"), "?bbox=1,2,3,4&sign=true&sign=true&sortby=%2Bid&token=new");
  EXPECT_EQ(query_with_token({}, "new"), "?token=new");
}

TEST(link_list, is_json_whatever_the_title) {
  LinkList list;
  list.add("child", media::json, "http://h/a", "\"quoted\"\n")
      .add("search", media::geojson, "http://h/s", {}, R"("method":"POST")");
  const auto links = parse_json('[' + list.text() + ']');
  EXPECT_EQ(links[0]["title"], "\"quoted\"\n");
  EXPECT_EQ(links[1]["method"], "POST");
  EXPECT_FALSE(links[1].contains("title"));
}

}  // namespace
}  // namespace hayden::api
