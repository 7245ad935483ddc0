#include "api/app.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/conformance.hpp"
#include "core/json.hpp"

namespace hayden::api {
namespace {

using ::testing::HasSubstr;

/// The service without a database behind it: nothing listens on port 1.
class app : public ::testing::Test {
 protected:
  http::Response ask(const std::string& method, const std::string& path, http::Headers headers = {},
                     const std::string& body = {}) {
    http::Request request;
    request.method = method;
    const auto mark = path.find('?');
    request.path = path.substr(0, mark);
    if (mark != std::string::npos) request.query = path.substr(mark + 1);
    request.headers = std::move(headers);
    request.headers.emplace_back("Host", "h");
    request.body = body;
    request.deadline = http::Clock::now() + std::chrono::seconds{10};
    return app_.handle(request);
  }

 private:
  static db::PoolOptions nowhere() {
    db::PoolOptions options;
    options.url = "postgresql://hayden@127.0.0.1:1/hayden?connect_timeout=1";
    return options;
  }
  db::Pool pool_{nowhere()};
  App app_{Settings{}, pool_};
};

TEST_F(app, says_what_it_conforms_to) {
  const auto response = ask("GET", "/conformance");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(parse_json(response.body)["conformsTo"].size(), conformance_classes.size());
}

TEST_F(app, hands_out_its_openapi_document_with_the_exact_media_type) {
  const auto response = ask("GET", "/api");
  EXPECT_EQ(response.header("Content-Type"), "application/vnd.oai.openapi+json;version=3.0");
  EXPECT_EQ(parse_json(response.body)["openapi"], "3.0.3");
  EXPECT_EQ(ask("GET", "/api.html").header("Content-Type"), "text/html");
}

TEST_F(app, does_not_send_again_what_the_client_has) {
  const auto etag = std::string{*ask("GET", "/api").header("ETag")};
  const auto response = ask("GET", "/api", {{"If-None-Match", "\"other\", " + etag}});
  EXPECT_EQ(response.status, 304);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(response.header("ETag"), etag);
  EXPECT_EQ(ask("GET", "/api", {{"If-None-Match", "W/\"other\""}}).status, 200);
}

TEST_F(app, lets_pages_of_any_origin_read_every_answer) {
  for (const auto* path : {"/conformance", "/nowhere", "/search?limit=-1", "/%ff"}) {
    const auto response = ask("GET", path);
    EXPECT_EQ(response.header("Access-Control-Allow-Origin"), "*") << path;
    EXPECT_THAT(std::string{*response.header("Access-Control-Expose-Headers")}, HasSubstr("ETag")) << path;
  }
}

TEST_F(app, answers_preflights_itself) {
  const auto response = ask("OPTIONS", "/search", {{"Access-Control-Request-Method", "POST"}});
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.body, "");
  EXPECT_THAT(std::string{*response.header("Access-Control-Allow-Methods")}, HasSubstr("POST"));
  EXPECT_THAT(std::string{*response.header("Access-Control-Allow-Headers")}, HasSubstr("Accept-Language"));
  EXPECT_THAT(std::string{*response.header("Allow")}, HasSubstr("POST"));
}

TEST_F(app, names_the_methods_a_path_has) {
  const auto response = ask("DELETE", "/search");
  EXPECT_EQ(response.status, 405);
  EXPECT_THAT(std::string{*response.header("Allow")}, HasSubstr("POST"));
  EXPECT_EQ(parse_json(response.body)["code"], "MethodNotAllowed");
}

TEST_F(app, answers_unknown_paths_and_methods_with_the_error_body) {
  EXPECT_EQ(ask("GET", "/nowhere").status, 404);
  EXPECT_EQ(ask("BREW", "/search").status, 501);
  EXPECT_EQ(parse_json(ask("GET", "/nowhere").body)["code"], "NotFound");
}

TEST_F(app, takes_over_a_sane_request_id_and_makes_one_otherwise) {
  EXPECT_EQ(ask("GET", "/health/live", {{"X-Request-Id", "abc-1.2_3"}}).header("X-Request-Id"), "abc-1.2_3");
  for (const auto* id : {"", "a b", "\"}", "line\nbreak"}) {
    const auto made = ask("GET", "/health/live", {{"X-Request-Id", id}}).header("X-Request-Id").value_or("");
    EXPECT_EQ(made.size(), 16U) << id;
  }
  EXPECT_EQ(
      ask("GET", "/health/live", {{"X-Request-Id", std::string(65, 'a')}}).header("X-Request-Id")->size(),
      16U);
}

TEST_F(app, says_503_while_its_database_is_away) {
  for (const auto* path : {"/health/ready", "/", "/collections", "/search", "/collections/c/items/i"}) {
    const auto response = ask("GET", path);
    EXPECT_EQ(response.status, 503) << path;
    EXPECT_EQ(response.body.find("127.0.0.1"), std::string::npos) << response.body;
  }
  EXPECT_EQ(ask("GET", "/health/live").status, 200);
}

TEST_F(app, takes_only_json_bodies) {
  EXPECT_EQ(ask("POST", "/search", {{"Content-Type", "text/plain"}}, "{}").status, 415);
  EXPECT_EQ(ask("POST", "/search", {{"Content-Encoding", "gzip"}}, "{}").status, 415);
  for (const auto* type : {"application/json", "Application/JSON; charset=utf-8", "application/geo+json"}) {
    EXPECT_EQ(ask("POST", "/search", {{"Content-Type", type}}, "{").status, 400) << type;
  }
  EXPECT_EQ(ask("POST", "/search", {}, "").status, 400);
  EXPECT_EQ(ask("POST", "/search", {}, "[]").status, 400);
}

TEST_F(app, refuses_broken_queries_and_hosts) {
  EXPECT_EQ(ask("GET", "/search?bbox=%f").status, 400);
  EXPECT_EQ(ask("GET", "/collections?limit=0").status, 400);
  EXPECT_EQ(ask("GET", "/collections?limit=-99999999999999999999").status, 400);
  EXPECT_EQ(ask("GET", "/collections?limit=ten").status, 400);
}

TEST_F(app, counts_what_it_answered) {
  ask("GET", "/conformance");
  ask("HEAD", "/conformance");
  ask("NOTAMETHOD1", "/conformance");
  const auto response = ask("GET", "/metrics");
  EXPECT_THAT(response.body, HasSubstr("{method=\"GET\",route=\"/conformance\",status=\"200\"} 1\n"));
  EXPECT_THAT(response.body, HasSubstr("{method=\"HEAD\",route=\"/conformance\",status=\"200\"} 1\n"));
  EXPECT_THAT(response.body, ::testing::Not(HasSubstr("NOTAMETHOD1")));
  EXPECT_THAT(response.body, HasSubstr("\nhayden_database_up 0\n"));
}

TEST_F(app, has_a_page_for_people_that_loads_nothing_from_elsewhere) {
  const auto html = ask("GET", "/api.html").body;
  EXPECT_THAT(html, HasSubstr("/collections/{collection}/items"));
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("src="), std::string::npos);
}

}  // namespace
}  // namespace hayden::api
