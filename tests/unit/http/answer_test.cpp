#include "http/answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "http/server.hpp"

namespace hayden::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct Wire {
  std::vector<std::string> sends;
  Delivery delivery;

  std::string all() const {
    std::string joined;
    for (const auto& piece : sends) joined += piece;
    return joined;
  }
};

Wire write(Response response, const Terms& terms = {}) {
  Wire wire;
  wire.delivery = write_answer(
      std::move(response), terms, [&](std::string bytes) { wire.sends.push_back(std::move(bytes)); },
      [] {
        Response failure;
        failure.status = 500;
        failure.body = "sorry";
        return failure;
      });
  return wire;
}

Response json(std::string body) {
  Response response;
  response.set("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

Response streamed(std::size_t bytes) {
  Response response;
  response.set("Content-Type", "application/json");
  response.stream = [bytes](const Sink& sink) {
    for (std::size_t i = 0; i < bytes; i += 1000)
      sink(std::string(std::min<std::size_t>(1000, bytes - i), 'x'));
  };
  return response;
}

TEST(Answer, sends_head_and_body_at_once) {
  const auto wire = write(json("{}"));
  ASSERT_EQ(wire.sends.size(), 1U);
  EXPECT_THAT(wire.all(), StartsWith("HTTP/1.1 200 OK\r\nDate: "));
  EXPECT_THAT(wire.all(), HasSubstr("\r\nContent-Length: 2\r\n"));
  EXPECT_THAT(wire.all(), EndsWith("\r\n\r\n{}"));
}

TEST(Answer, cannot_be_made_to_forge_headers) {
  auto response = json("{}");
  response.set("Location", "/a\r\nSet-Cookie: b\n\n<html>");
  EXPECT_THAT(write(std::move(response)).all(), HasSubstr("Location: /a  Set-Cookie: b  <html>\r\n"));
}

TEST(Answer, keeps_framing_headers_to_the_server) {
  auto response = json("{}");
  response.set("Content-Length", "77").set("connection", "upgrade").set("Transfer-Encoding", "chunked");
  const auto all = write(std::move(response)).all();
  EXPECT_THAT(all, Not(HasSubstr("77")));
  EXPECT_THAT(all, Not(HasSubstr("upgrade")));
  EXPECT_THAT(all, Not(HasSubstr("chunked")));
}

TEST(Answer, has_no_body_with_204_and_304) {
  for (const int status : {204, 304}) {
    auto response = json("{}");
    response.status = status;
    response.set("ETag", "\"v1\"");
    const auto all = write(std::move(response)).all();
    EXPECT_THAT(all, EndsWith("\r\n\r\n"));
    EXPECT_THAT(all, Not(HasSubstr("Content-Length")));
    EXPECT_THAT(all, Not(HasSubstr("Content-Type")));
    EXPECT_THAT(all, HasSubstr("ETag: "));
  }
}

TEST(Answer, has_the_headers_of_get_for_head) {
  Terms head;
  head.head = true;
  head.accept_encoding = "gzip";
  Terms get = head;
  get.head = false;
  const auto whole = write(json(std::string(5000, 'x')), get).all();
  EXPECT_EQ(write(json(std::string(5000, 'x')), head).all(), whole.substr(0, whole.find("\r\n\r\n") + 4));
}

TEST(Answer, does_not_run_a_stream_for_head) {
  Terms head;
  head.head = true;
  Response response;
  response.stream = [](const Sink&) { FAIL(); };
  const auto all = write(std::move(response), head).all();
  EXPECT_THAT(all, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(all, EndsWith("\r\n\r\n"));
}

TEST(Answer, leaves_small_and_dense_bodies_alone) {
  Terms terms;
  terms.accept_encoding = "gzip";
  EXPECT_THAT(write(json(std::string(1000, 'x')), terms).all(), Not(HasSubstr("Content-Encoding")));
  EXPECT_THAT(write(json(std::string(2000, 'x')), terms).all(), HasSubstr("Content-Encoding: gzip\r\n"));
  auto image = json(std::string(2000, 'x'));
  image.set("Content-Type", "image/png");
  EXPECT_THAT(write(std::move(image), terms).all(), Not(HasSubstr("Content-Encoding")));
}

TEST(Answer, varies_and_has_weak_tags_in_every_coding) {
  for (const auto* accepted : {"", "gzip"}) {
    Terms terms;
    terms.accept_encoding = accepted;
    auto response = json(std::string(2000, 'x'));
    response.set("ETag", "\"v1\"").set("Vary", "Accept");
    const auto all = write(std::move(response), terms).all();
    EXPECT_THAT(all, HasSubstr("ETag: W/\"v1\"\r\n"));
    EXPECT_THAT(all, HasSubstr("Vary: Accept, Accept-Encoding\r\n"));
  }
}

TEST(Answer, gives_a_short_stream_a_length) {
  const auto all = write(streamed(5000)).all();
  EXPECT_THAT(all, HasSubstr("Content-Length: 5000\r\n"));
  EXPECT_THAT(all, Not(HasSubstr("chunked")));
}

TEST(Answer, sends_a_long_stream_in_large_chunks) {
  const auto wire = write(streamed(1'000'000));
  EXPECT_THAT(wire.all(), HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(wire.all(), HasSubstr("\r\n\r\n10000\r\nxxx"));
  EXPECT_THAT(wire.all(), EndsWith("\r\n0\r\n\r\n"));
  EXPECT_LE(wire.sends.size(), 16U);
}

TEST(Answer, ends_a_long_stream_by_closing_for_http_1_0) {
  Terms terms;
  terms.http_1_0 = true;
  const auto wire = write(streamed(100'000), terms);
  EXPECT_FALSE(wire.delivery.keep_alive);
  EXPECT_THAT(wire.all(), HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(wire.all(), Not(HasSubstr("chunked")));
  EXPECT_EQ(wire.all().size() - wire.all().find("\r\n\r\n") - 4, 100'000U);
}

TEST(Answer, replaces_a_stream_that_fails_early) {
  Response response;
  response.stream = [](const Sink& sink) {
    sink("{\"features\":[");
    throw std::runtime_error("secret");
  };
  const auto wire = write(std::move(response));
  EXPECT_TRUE(wire.delivery.complete);
  EXPECT_THAT(wire.all(), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(wire.all(), EndsWith("sorry"));
  EXPECT_THAT(wire.all(), Not(HasSubstr("features")));
}

TEST(Answer, is_incomplete_when_a_stream_fails_late) {
  Response response;
  response.stream = [](const Sink& sink) {
    sink(std::string(100'000, 'x'));
    throw std::runtime_error("secret");
  };
  const auto wire = write(std::move(response));
  EXPECT_FALSE(wire.delivery.complete);
  EXPECT_THAT(wire.all(), Not(EndsWith("0\r\n\r\n")));
}

TEST(Terms, keeps_connections_as_the_version_and_the_client_say) {
  const auto kept = [](bool http_1_0, Headers headers) {
    Request request;
    request.http_1_0 = http_1_0;
    request.headers = std::move(headers);
    return terms_of(request).keep_alive;
  };
  EXPECT_TRUE(kept(false, {}));
  EXPECT_FALSE(kept(false, {{"connection", "TE, Close"}}));
  EXPECT_FALSE(kept(true, {}));
  EXPECT_TRUE(kept(true, {{"Connection", "Keep-Alive"}}));
  EXPECT_FALSE(kept(true, {{"Connection", "keep-alive, close"}}));
}

}  // namespace
}  // namespace hayden::http
