#include "http/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "decode.hpp"
#include "raw_client.hpp"

namespace hayden::http {
namespace {

using namespace std::chrono_literals;
using test::ask;
using test::RawClient;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

// Incompressible enough that no coding hides a slow reader, yet plain text.
std::string noise(std::size_t size) {
  std::string text(size, ' ');
  std::uint32_t state = 1;
  for (char& c : text) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>('!' + (state >> 24) % 90);
  }
  return text;
}

/// What the tests ask for by path.
class Echo final : public Application {
 public:
  static constexpr int long_pieces = 20;

  Response handle(const Request& request) override {
    Response response;
    response.set("Content-Type", "text/plain");
    if (request.path == "/wait") {
      {
        const std::lock_guard lock(mutex_);
        ++waiting_;
      }
      arrived_.notify_all();
      released_.wait();
      response.body = "waited";
    } else if (request.path == "/big") {
      response.body = big();
    } else if (request.path == "/stream") {
      response.stream = [](const Sink& sink) {
        for (std::size_t at = 0; at < big().size(); at += 5000)
          sink(std::string_view(big()).substr(at, 5000));
      };
    } else if (request.path == "/text") {
      response.stream = [](const Sink& sink) {
        for (std::size_t at = 0; at < text_size; at += 5000) sink(std::string_view(big()).substr(at, 5000));
      };
    } else if (request.path == "/endless") {
      response.stream = [this](const Sink& sink) {
        try {
          while (true) sink(big());
        } catch (const ClientGone&) {
          gone_.set_value();
          throw;
        }
      };
    } else if (request.path == "/long") {
      response.stream = [](const Sink& sink) {
        for (int i = 0; i < long_pieces; ++i) sink(big());
      };
    } else if (request.path == "/broken") {
      response.stream = [](const Sink& sink) {
        sink(std::string(200'000, 'x'));
        throw std::runtime_error("secret");
      };
    } else if (request.path == "/throw") {
      throw std::runtime_error("secret");
    } else {
      response.body = request.method + " " + request.path + "?" + request.query + " " + request.body;
    }
    return response;
  }

  Response refuse(int status, const std::string& description) override {
    Response response;
    response.status = status;
    response.body = description;
    return response;
  }

  /// Returns when so many requests for /wait are being handled.
  void await(int count) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(arrived_.wait_for(lock, 10s, [&] { return waiting_ >= count; }));
  }
  void release() { release_.set_value(); }
  std::future<void> gone() { return gone_.get_future(); }

  static constexpr std::size_t text_size = 1'000'000;
  static const std::string& big() {
    static const std::string text = noise(20'000'000);
    return text;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  int waiting_ = 0;
  std::promise<void> release_;
  std::shared_future<void> released_ = release_.get_future().share();
  std::promise<void> gone_;
};

ServerOptions small() {
  ServerOptions options;
  options.address = "127.0.0.1";
  options.port = 0;
  options.workers = 2;
  return options;
}

/// A server of its own for each test.
class Serving {
 public:
  explicit Serving(ServerOptions options = small()) : server_(std::move(options), application) {
    server_.start();
  }
  Server& operator*() { return server_; }
  Server* operator->() { return &server_; }
  std::uint16_t port() const { return server_.port(); }

  Echo application;

 private:
  Server server_;
};

std::string get(const std::string& target, const std::string& headers = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
}

TEST(Server, answers_over_ipv4_and_ipv6_on_a_free_port) {
  auto options = small();
  options.address = "::";
  Serving server(options);
  EXPECT_NE(server.port(), 0);
  for (const auto* address : {"127.0.0.1", "::1"}) {
    std::unique_ptr<RawClient> client;
    try {
      client = std::make_unique<RawClient>(server.port(), address);
    } catch (const std::exception&) {
      EXPECT_STREQ(address, "::1");  // a machine without IPv6
      continue;
    }
    client->send(get("/a?b"));
    EXPECT_EQ(client->response().body, "GET /a?b ");
  }
}

TEST(Server, says_in_one_sentence_that_the_port_is_taken) {
  Serving first;
  auto options = small();
  options.port = first.port();
  Echo application;
  Server second(options, application);
  try {
    second.start();
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(error.what(),
              "cannot listen on 127.0.0.1:" + std::to_string(first.port()) + ": Address already in use");
  }
}

TEST(Server, survives_a_chunked_request_split_between_cr_and_lf) {
  Serving server;
  RawClient client(server.port());
  const std::string request =
      "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  for (const char byte : request) ASSERT_TRUE(client.send({&byte, 1}));
  EXPECT_EQ(client.response().body, "POST /p? abcde");
  EXPECT_EQ(ask(server.port(), get("/")).status, 200);
}

TEST(Server, answers_pipelined_requests_in_order) {
  Serving server;
  RawClient client(server.port());
  std::string requests;
  for (int i = 0; i < 500; ++i) requests += get("/" + std::to_string(i));
  ASSERT_TRUE(client.send(requests));
  for (int i = 0; i < 500; ++i) ASSERT_EQ(client.response().body, "GET /" + std::to_string(i) + "? ");
}

TEST(Server, keeps_connections_as_http_says) {
  Serving server;
  RawClient kept(server.port());
  kept.send(get("/1"));
  EXPECT_FALSE(kept.response().header("Connection"));
  kept.send(get("/2", "Connection: close\r\n"));
  EXPECT_EQ(kept.response().header("Connection"), "close");
  EXPECT_TRUE(kept.closed());

  RawClient old(server.port());
  old.send("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(old.response().header("Connection"), "keep-alive");
  old.send("GET /2 HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.response().header("Connection"), "close");
  EXPECT_TRUE(old.closed());
}

TEST(Server, answers_a_client_that_has_finished_sending) {
  Serving server;
  RawClient client(server.port());
  client.send(get("/1") + get("/2"));
  client.end_of_input();
  EXPECT_EQ(client.response().body, "GET /1? ");
  EXPECT_EQ(client.response().body, "GET /2? ");
  EXPECT_TRUE(client.closed());
}

TEST(Server, answers_head_without_a_body) {
  Serving server;
  RawClient client(server.port());
  client.send("HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.response(true).header("Content-Length"), "11");
  client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_FALSE(client.response(true).header("Content-Length"));
  client.send(get("/next"));
  EXPECT_EQ(client.response().body, "GET /next? ");
}

TEST(Server, says_continue_before_the_body) {
  Serving server;
  RawClient client(server.port());
  client.send("POST /p HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(client.response().status, 100);
  client.send("abc");
  EXPECT_EQ(client.response().body, "POST /p? abc");
}

TEST(Server, refuses_too_large_a_body_before_it_is_sent_and_closes) {
  Serving server;
  RawClient client(server.port());
  client.send("POST /p HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3000000\r\n\r\n");
  const auto response = client.response();
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(response.header("Connection"), "close");
  EXPECT_TRUE(client.closed());
}

TEST(Server, does_not_take_the_rest_of_a_refused_body_for_a_request) {
  Serving server;
  RawClient client(server.port());
  client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n" + get("/smuggled"));
  EXPECT_EQ(client.response().status, 413);
  EXPECT_EQ(client.rest(), "");
}

TEST(Server, delivers_a_refusal_to_a_client_that_goes_on_sending) {
  Serving server;
  RawClient client(server.port());
  client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n");
  client.send(std::string(3'000'000, 'x'));
  EXPECT_EQ(client.response().status, 413);
}

TEST(Server, hides_what_a_handler_throws) {
  Serving server;
  const auto response = ask(server.port(), get("/throw"));
  EXPECT_EQ(response.status, 500);
  EXPECT_THAT(response.body, Not(HasSubstr("secret")));
}

TEST(Server, streams_large_bodies_in_every_coding) {
  Serving server;
  RawClient client(server.port());
  for (const std::string coding : {"gzip", "br", "zstd"}) {
    client.send(get("/text", "Accept-Encoding: " + coding + "\r\n"));
    const auto response = client.response();
    ASSERT_TRUE(response.whole);
    EXPECT_EQ(response.header("Content-Encoding"), coding);
    EXPECT_EQ(response.header("Vary"), "Accept-Encoding");
    EXPECT_TRUE(test::decode(coding, response.body) == Echo::big().substr(0, Echo::text_size));
  }
  client.send(get("/stream"));
  EXPECT_TRUE(client.response().body == Echo::big());
}

TEST(Server, streams_to_http_1_0_by_closing) {
  Serving server;
  RawClient client(server.port());
  client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto response = client.response();
  EXPECT_EQ(response.header("Connection"), "close");
  EXPECT_TRUE(response.body == Echo::big());
}

TEST(Server, cuts_the_connection_when_a_stream_fails) {
  Serving server;
  RawClient client(server.port());
  client.send("GET /broken HTTP/1.0\r\n\r\n");
  client.response();
  EXPECT_TRUE(client.was_reset());  // not an end that looks like the body's
  EXPECT_EQ(ask(server.port(), get("/")).status, 200);
}

TEST(Server, does_not_let_slow_readers_hold_up_others) {
  Serving server;
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 5; ++i) {  // more than there are workers
    slow.push_back(std::make_unique<RawClient>(server.port(), "127.0.0.1", 4096));
    slow.back()->send(get("/big"));
  }
  for (int i = 0; i < 50; ++i) ASSERT_EQ(ask(server.port(), get("/")).status, 200);
  EXPECT_TRUE(slow.front()->response().body == Echo::big());
  slow.clear();
  EXPECT_EQ(ask(server.port(), get("/")).status, 200);
}

TEST(Server, does_not_let_readers_of_long_streams_hold_up_others) {
  Serving server;
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 12; ++i) {  // more than there are workers, each far ahead of its reader
    slow.push_back(std::make_unique<RawClient>(server.port(), "127.0.0.1", 4096));
    slow.back()->send(get("/long"));
  }
  for (int i = 0; i < 50; ++i) ASSERT_EQ(ask(server.port(), get("/")).status, 200);
  EXPECT_EQ(slow.back()->response().body.size(), Echo::long_pieces * Echo::big().size());
  slow.clear();
  EXPECT_EQ(ask(server.port(), get("/")).status, 200);
}

TEST(Server, cuts_readers_that_make_no_progress) {
  auto options = small();
  options.write_timeout = 200ms;
  Serving server(options);
  RawClient slow(server.port(), "127.0.0.1", 4096);
  auto gone = server.application.gone();
  slow.send(get("/endless"));
  EXPECT_EQ(gone.wait_for(10s), std::future_status::ready);
}

TEST(Server, tells_a_stream_that_its_client_has_gone) {
  Serving server;
  auto gone = server.application.gone();
  {
    RawClient client(server.port());
    client.send(get("/endless"));
  }
  EXPECT_EQ(gone.wait_for(10s), std::future_status::ready);
}

TEST(Server, answers_408_to_slow_writers_and_closes) {
  auto options = small();
  options.read_timeout = 100ms;
  Serving server(options);
  RawClient head(server.port());
  head.send("GET / HTTP/1.1\r\nHo");
  RawClient body(server.port());
  body.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(head.response().status, 408);
  EXPECT_TRUE(head.closed());
  EXPECT_EQ(body.response().status, 408);
  EXPECT_TRUE(body.closed());
}

TEST(Server, closes_idle_connections_silently) {
  auto options = small();
  options.idle_timeout = 100ms;
  Serving server(options);
  RawClient fresh(server.port());
  RawClient used(server.port());
  used.send(get("/"));
  EXPECT_EQ(used.response().status, 200);
  EXPECT_TRUE(fresh.closed());
  EXPECT_TRUE(used.closed());
}

TEST(Server, does_not_time_out_while_a_handler_works) {
  auto options = small();
  options.idle_timeout = 50ms;
  options.read_timeout = 50ms;
  Serving server(options);
  RawClient client(server.port());
  client.send(get("/wait"));
  server.application.await(1);
  RawClient idle(server.port());
  EXPECT_TRUE(idle.closed());  // so the time-outs have passed
  server.application.release();
  EXPECT_EQ(client.response().body, "waited");
}

TEST(Server, answers_503_when_the_queue_is_full_and_goes_on) {
  auto options = small();
  options.workers = 1;
  options.queue = 1;
  Serving server(options);
  RawClient busy(server.port());
  busy.send(get("/wait"));
  server.application.await(1);
  RawClient queued(server.port());
  queued.send(get("/wait"));
  while (server->status().queued == 0) std::this_thread::yield();
  RawClient refused(server.port());
  refused.send(get("/1"));
  const auto response = refused.response();
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.header("Retry-After"), "1");
  server.application.release();
  EXPECT_EQ(busy.response().status, 200);
  EXPECT_EQ(queued.response().status, 200);
  refused.send(get("/2"));
  EXPECT_EQ(refused.response().status, 200);
  EXPECT_EQ(server->status().refused, 1U);
}

TEST(Server, limits_its_connections) {
  auto options = small();
  options.connections = 3;
  Serving server(options);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    clients.back()->send(get("/"));
    ASSERT_EQ(clients.back()->response().status, 200);
  }
  {
    RawClient extra(server.port());
    const auto response = extra.response();
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(response.header("Connection"), "close");
    EXPECT_TRUE(extra.closed());
  }
  clients.pop_back();
  while (server->status().connections > 2) std::this_thread::yield();
  EXPECT_EQ(ask(server.port(), get("/")).status, 200);
}

TEST(Server, closes_on_clients_that_pipeline_without_bounds) {
  Serving server;
  RawClient flood(server.port());
  flood.send(get("/wait"));
  server.application.await(1);
  const std::string bytes = get("/" + std::string(1000, 'f'));
  std::string block;
  while (block.size() < 100'000) block += bytes;
  bool open = true;
  for (int i = 0; i < 200 && open; ++i) open = flood.send(block);
  EXPECT_FALSE(open);
  EXPECT_EQ(ask(server.port(), get("/")).status, 200);
  server.application.release();
}

TEST(Server, serves_while_many_connections_are_idle) {
  Serving server;
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < 300; ++i) idle.push_back(std::make_unique<RawClient>(server.port()));
  EXPECT_EQ(ask(server.port(), get("/")).status, 200);
  idle.back()->send(get("/last"));
  EXPECT_EQ(idle.back()->response().body, "GET /last? ");
}

TEST(Server, counts_what_it_does) {
  Serving server;
  RawClient client(server.port());
  client.send(get("/wait"));
  server.application.await(1);
  const auto status = server->status();
  EXPECT_EQ(status.connections, 1U);
  EXPECT_EQ(status.busy_workers, 1U);
  EXPECT_EQ(status.workers, 2U);
  server.application.release();
  EXPECT_EQ(client.response().status, 200);
}

TEST(Server, finishes_what_it_has_received_before_it_stops) {
  auto options = small();
  options.workers = 1;
  Serving server(options);
  RawClient pipelining(server.port());
  pipelining.send(get("/wait") + get("/behind"));
  server.application.await(1);
  RawClient queued(server.port());
  queued.send(get("/queued"));
  while (server->status().queued == 0) std::this_thread::yield();
  RawClient talking(server.port());
  RawClient reading(server.port());
  reading.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na");
  while (server->status().connections < 4) std::this_thread::yield();

  std::thread stopping([&] { server->stop(); });
  while (true) {
    try {
      const RawClient late(server.port());
    } catch (const std::exception&) {
      break;  // it no longer accepts
    }
  }
  talking.send(get("/talking"));
  reading.send("bc");
  server.application.release();

  EXPECT_EQ(pipelining.response().body, "waited");
  const auto behind = pipelining.response();
  EXPECT_EQ(behind.body, "GET /behind? ");
  EXPECT_EQ(behind.header("Connection"), "close");
  EXPECT_TRUE(pipelining.closed());
  EXPECT_EQ(queued.response().header("Connection"), "close");
  EXPECT_EQ(talking.response().body, "GET /talking? ");
  EXPECT_EQ(reading.response().body, "POST /p? abc");
  EXPECT_TRUE(reading.closed());
  stopping.join();
}

TEST(Server, sends_a_large_answer_whole_before_it_stops) {
  Serving server;
  RawClient client(server.port(), "127.0.0.1", 4096);
  client.send(get("/stream"));
  while (server->status().busy_workers == 0) std::this_thread::yield();
  std::thread stopping([&] { server->stop(); });
  EXPECT_TRUE(client.response().body == Echo::big());
  stopping.join();
}

TEST(Server, stops_in_bounded_time) {
  auto options = small();
  options.drain_timeout = 200ms;
  Serving server(options);
  RawClient never_reading(server.port(), "127.0.0.1", 4096);
  never_reading.send(get("/endless"));
  RawClient never_finishing(server.port());
  never_finishing.send("GET / HTTP/1.1\r\n");
  while (server->status().busy_workers == 0) std::this_thread::yield();
  const auto start = Clock::now();
  server->stop();
  EXPECT_LT(Clock::now() - start, 5s);
}

}  // namespace
}  // namespace hayden::http
