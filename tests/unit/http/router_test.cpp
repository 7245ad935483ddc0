#include "http/router.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace hayden::http {
namespace {

class Routing : public testing::Test {
 protected:
  Routing() {
    const auto add = [this](const std::string& method, const std::string& pattern) {
      router_.add(method, pattern, [pattern](const Request&, const PathParameters&) {
        Response response;
        response.body = pattern;
        return response;
      });
    };
    add("GET", "/");
    add("GET", "/collections/{collection}");
    add("PUT", "/collections/{collection}");
    add("GET", "/collections/new");
    add("GET", "/collections/{collection}/items/{item}");
    add("POST", "/search");
  }

  Router router_;
};

TEST_F(Routing, finds_a_route_and_its_decoded_parameters) {
  const auto routed = router_.find("GET", "/collections/landsat%20c2/items/LC08_L2SP%2F1");
  EXPECT_EQ(routed.status, 200);
  EXPECT_EQ(routed.pattern, "/collections/{collection}/items/{item}");
  EXPECT_EQ(routed.parameters.at("collection"), "landsat c2");
  EXPECT_EQ(routed.parameters.at("item"), "LC08_L2SP/1");
  EXPECT_EQ(routed.route->handler({}, routed.parameters).body, routed.pattern);
  EXPECT_THROW(routed.parameters.at("other"), std::out_of_range);
}

TEST_F(Routing, decodes_once) {
  EXPECT_EQ(router_.find("GET", "/collections/a%252Fb").parameters.at("collection"), "a%2Fb");
  EXPECT_EQ(router_.find("GET", "/collections/a+b").parameters.at("collection"), "a+b");
}

TEST_F(Routing, prefers_literals_to_parameters) {
  EXPECT_EQ(router_.find("GET", "/collections/new").pattern, "/collections/new");
  EXPECT_EQ(router_.find("GET", "/collections/old").pattern, "/collections/{collection}");
}

TEST_F(Routing, tolerates_one_trailing_slash) {
  EXPECT_EQ(router_.find("GET", "/collections/a/").pattern, "/collections/{collection}");
  EXPECT_EQ(router_.find("GET", "/").pattern, "/");
  EXPECT_EQ(router_.find("GET", "/collections/a//").status, 404);
}

TEST_F(Routing, answers_404_where_nothing_is) {
  for (const auto* path : {"/nothing", "/collections", "/collections/a/items", "/collections//items/b",
                           "/collections/a/items/b/c", "///", "/search/x"}) {
    const auto routed = router_.find("GET", path);
    EXPECT_EQ(routed.status, 404) << path;
    EXPECT_EQ(routed.pattern, "");
  }
}

TEST_F(Routing, answers_405_with_the_methods_that_would_do) {
  const auto routed = router_.find("DELETE", "/collections/a");
  EXPECT_EQ(routed.status, 405);
  EXPECT_EQ(routed.allow, "GET, HEAD, PUT, OPTIONS");
  EXPECT_EQ(routed.pattern, "/collections/{collection}");
  EXPECT_EQ(router_.find("GET", "/search").allow, "POST, OPTIONS");
  EXPECT_EQ(router_.find("HEAD", "/search").status, 405);
}

TEST_F(Routing, answers_head_as_get) { EXPECT_EQ(router_.find("HEAD", "/").status, 200); }

TEST_F(Routing, answers_options_for_known_paths) {
  const auto routed = router_.find("OPTIONS", "/search");
  EXPECT_EQ(routed.status, 204);
  EXPECT_EQ(routed.allow, "POST, OPTIONS");
  EXPECT_EQ(router_.find("OPTIONS", "*").status, 204);
  EXPECT_EQ(router_.find("OPTIONS", "/nothing").status, 404);
}

TEST_F(Routing, answers_405_to_methods_of_http_that_no_path_has) {
  for (const auto* method : {"TRACE", "QUERY"}) {
    const auto routed = router_.find(method, "/search");
    EXPECT_EQ(routed.status, 405) << method;
    EXPECT_EQ(routed.allow, "POST, OPTIONS") << method;
  }
}

TEST_F(Routing, answers_501_to_methods_it_does_not_know) {
  for (const auto* method : {"BREW", "get", "PROPFIND"}) {
    EXPECT_EQ(router_.find(method, "/").status, 501) << method;
  }
}

TEST_F(Routing, refuses_paths_that_do_not_decode) {
  for (const auto* path : {"/collections/%", "/collections/%zz", "/collections/a%00b", "/collections/%ff",
                           "/collections/%c0%af", "/collections/%ed%a0%80", "/nowhere/%"}) {
    EXPECT_EQ(router_.find("GET", path).status, 400) << path;
  }
}

TEST_F(Routing, passes_over_20000_slashes) {
  EXPECT_EQ(router_.find("GET", std::string(20'000, '/')).status, 404);
  std::string deep;
  for (int i = 0; i < 20'000; ++i) deep += "/a";
  EXPECT_EQ(router_.find("GET", deep).status, 404);
}

}  // namespace
}  // namespace hayden::http
