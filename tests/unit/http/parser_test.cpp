#include "http/parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <sstream>

namespace hayden::http {
namespace {

using testing::HasSubstr;

std::variant<Incomplete, Bad, Complete> parse(std::string_view bytes, const ParserLimits& limits = {}) {
  RequestParser parser(limits);
  return parser.feed(bytes);
}

Request request(std::string_view bytes) {
  auto outcome = parse(bytes);
  auto* complete = std::get_if<Complete>(&outcome);
  if (complete == nullptr) {
    ADD_FAILURE() << "not a complete request: " << bytes;
    return {};
  }
  return complete->request;
}

int status_of(std::string_view bytes, const ParserLimits& limits = {}) {
  const auto outcome = parse(bytes, limits);
  if (const auto* bad = std::get_if<Bad>(&outcome)) return bad->status;
  return std::holds_alternative<Complete>(outcome) ? 200 : 0;
}

std::string get(std::string_view target, std::string_view headers = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n";
}

std::string post(std::string_view headers, std::string_view body) {
  return "POST /search HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

TEST(RequestParser, keeps_path_and_query_raw) {
  const auto parsed = request(get("/collections/a%2Fb?datetime=2020%2F..&x=1?2"));
  EXPECT_EQ(parsed.method, "GET");
  EXPECT_EQ(parsed.path, "/collections/a%2Fb");
  EXPECT_EQ(parsed.query, "datetime=2020%2F..&x=1?2");
  EXPECT_FALSE(parsed.http_1_0);
}

TEST(RequestParser, keeps_header_names_order_and_duplicates) {
  const auto parsed = request(get("/", "X-One: 1\r\naccept:  text/html \r\nX-One: 2\r\n"));
  const Headers expected{{"Host", "a"}, {"X-One", "1"}, {"accept", "text/html"}, {"X-One", "2"}};
  EXPECT_EQ(parsed.headers, expected);
  EXPECT_EQ(parsed.header("x-one"), "1");
}

TEST(RequestParser, leaves_the_next_request_untouched) {
  const auto first = post("Content-Length: 3\r\n", "abc");
  const auto outcome = parse(first + get("/next"));
  const auto* complete = std::get_if<Complete>(&outcome);
  ASSERT_NE(complete, nullptr);
  EXPECT_EQ(complete->consumed, first.size());
  EXPECT_EQ(complete->request.body, "abc");
}

TEST(RequestParser, parses_request_after_request) {
  RequestParser parser(ParserLimits{});
  std::string bytes =
      get("/1") + "\r\n" + post("Transfer-Encoding: chunked\r\n", "1\r\nx\r\n0\r\n\r\n") + get("/3");
  std::vector<std::string> paths;
  while (!bytes.empty()) {
    auto outcome = parser.feed(bytes);
    auto* complete = std::get_if<Complete>(&outcome);
    ASSERT_NE(complete, nullptr);
    paths.push_back(complete->request.path);
    bytes.erase(0, complete->consumed);
  }
  EXPECT_EQ(paths, (std::vector<std::string>{"/1", "/search", "/3"}));
}

TEST(RequestParser, joins_chunks_and_drops_trailers) {
  const auto parsed = request(post("Transfer-Encoding: chunked\r\n",
                                   "5;ext=1\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\nX-Admin: yes\r\n\r\n"));
  EXPECT_EQ(parsed.body, "hello world");
  EXPECT_FALSE(parsed.header("X-Admin"));
}

TEST(RequestParser, survives_a_chunk_split_between_cr_and_lf) {
  RequestParser parser(ParserLimits{});
  EXPECT_TRUE(
      std::holds_alternative<Incomplete>(parser.feed(post("Transfer-Encoding: chunked\r\n", "1\r\nx\r"))));
  EXPECT_TRUE(std::holds_alternative<Incomplete>(parser.feed("\n0\r\n\r")));
  const auto outcome = parser.feed("\n");
  ASSERT_TRUE(std::holds_alternative<Complete>(outcome));
  EXPECT_EQ(std::get<Complete>(outcome).request.body, "x");
}

TEST(RequestParser, ignores_empty_lines_before_a_request) {
  RequestParser parser(ParserLimits{});
  EXPECT_TRUE(std::holds_alternative<Incomplete>(parser.feed("\r\n\r")));
  EXPECT_FALSE(parser.started());
  EXPECT_TRUE(std::holds_alternative<Complete>(parser.feed("\n" + get("/"))));
}

TEST(RequestParser, takes_the_host_of_an_absolute_target) {
  const auto parsed = request("GET http://example.org:81/a?b HTTP/1.1\r\nHost: other\r\n\r\n");
  EXPECT_EQ(parsed.path, "/a");
  EXPECT_EQ(parsed.query, "b");
  EXPECT_EQ(parsed.header("host"), "example.org:81");
  EXPECT_EQ(request("GET http://example.org HTTP/1.1\r\nHost: other\r\n\r\n").path, "/");
}

TEST(RequestParser, takes_the_asterisk_for_options_only) {
  EXPECT_EQ(request("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").path, "*");
  EXPECT_EQ(status_of("GET * HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
}

TEST(RequestParser, wants_exactly_one_host) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.0\r\n\r\n"), 200);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: x:99999\r\n\r\n"), 200);
}

TEST(RequestParser, speaks_http_1_only) {
  EXPECT_EQ(status_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
  EXPECT_EQ(status_of("GET / HTTP/3.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(status_of("GET /\r\n"), 400);
  EXPECT_EQ(status_of("GET / http/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1x\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of("\x16\x03\x01\x02\x01\x01\r\n"), 400);
}

TEST(RequestParser, refuses_what_two_servers_could_frame_differently) {
  for (const std::string_view headers : {
           "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Content-Length: 3\r\nContent-Length: 4\r\n",
           "Content-Length: 3, 4\r\n",
           "Content-Length: +3\r\n",
           "Content-Length: -3\r\n",
           "Content-Length: 0x3\r\n",
           "Content-Length: 3 3\r\n",
           "Content-Length:\r\n",
           "Content-Length: 99999999999999999999\r\n",
           "Content-Length : 3\r\n",
           "Content-Length: 3\n",
           "Content-Length: 3\rX: y\r\n",
           "X: a\r\n Content-Length: 3\r\n",
           "X: a\r\n\tb\r\n",
           "X\r\n",
           ": x\r\n",
           "X: \x01\r\n",
       }) {
    EXPECT_EQ(status_of(post(headers, "abc")), 400) << headers;
  }
  using namespace std::string_literals;
  EXPECT_EQ(status_of(post("X: a\0b\r\n"s, "abc")), 400);
  EXPECT_EQ(status_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
}

TEST(RequestParser, refuses_unknown_transfer_codings_with_501) {
  for (const std::string_view coding :
       {"gzip", "gzip, chunked", "identity", "chunked, identity", "xchunked"}) {
    EXPECT_EQ(status_of(post("Transfer-Encoding: " + std::string(coding) + "\r\n", "0\r\n\r\n")), 501)
        << coding;
  }
}

TEST(RequestParser, refuses_malformed_chunks) {
  for (const std::string_view body :
       {"x\r\nabc\r\n", "-1\r\nabc\r\n", "0x3\r\nabc\r\n0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n",
        "3 3\r\nabc\r\n", "\r\n\r\nabc", "3\nabc\r\n0\r\n\r\n", "3\r\nabc0\r\n\r\n", "3\r\nabc\r\nz\r\n\r\n",
        "3;a=\"\r\n\"\r\nabc\r\n0\r\n\r\n"}) {
    EXPECT_EQ(status_of(post("Transfer-Encoding: chunked\r\n", body)), 400) << body;
  }
  EXPECT_GE(status_of(post("Transfer-Encoding: chunked\r\n", "FFFFFFFFFFFFFFFFF\r\nabc\r\n")), 400);
}

TEST(RequestParser, bounds_every_part_of_a_request) {
  ParserLimits limits;
  limits.head = 1000;
  limits.url = 100;
  limits.header_count = 5;
  limits.body = 10;
  const std::string long_value(900, 'v');
  EXPECT_EQ(status_of(get("/" + std::string(99, 'u')), limits), 200);
  EXPECT_EQ(status_of(get("/" + std::string(100, 'u')), limits), 414);
  EXPECT_EQ(status_of("GET /" + std::string(5000, 'u'), limits), 414);
  EXPECT_EQ(status_of(get("/", "A: " + long_value + "\r\n"), limits), 200);
  EXPECT_EQ(status_of(get("/", "A: " + long_value + long_value + "\r\n"), limits), 431);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: " + std::string(5000, 'h'), limits), 431);
  EXPECT_EQ(status_of(get("/", "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n"), limits), 200);
  EXPECT_EQ(status_of(get("/", "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\n"), limits), 431);
  EXPECT_EQ(status_of(post("Content-Length: 10\r\n", "0123456789"), limits), 200);
  EXPECT_EQ(status_of(post("Content-Length: 11\r\n", ""), limits), 413);
  EXPECT_EQ(status_of(post("Transfer-Encoding: chunked\r\n", "6\r\n012345\r\n5\r\n"), limits), 413);
  EXPECT_EQ(status_of(post("Transfer-Encoding: chunked\r\n", "1;" + std::string(5000, 'x')), limits), 400);
  EXPECT_EQ(status_of(post("Transfer-Encoding: chunked\r\n", "0\r\nT: " + std::string(5000, 'x')), limits),
            400);
  EXPECT_EQ(status_of(std::string(5000, '\r') + "\n", limits), 400);
  std::string line_breaks;
  for (int i = 0; i < 1000; ++i) line_breaks += "\r\n";
  EXPECT_EQ(status_of(line_breaks, limits), 400);
}

TEST(RequestParser, refuses_a_flood_of_chunk_extensions) {
  std::string body;
  for (int i = 0; i < 100; ++i) body += "1;" + std::string(1000, 'x') + "\r\na\r\n";
  EXPECT_EQ(status_of(post("Transfer-Encoding: chunked\r\n", body)), 400);
}

TEST(RequestParser, takes_a_large_body_in_chunks_of_one_byte) {
  std::string body;
  for (int i = 0; i < 100'000; ++i) body += "1\r\na\r\n";
  EXPECT_EQ(request(post("Transfer-Encoding: chunked\r\n", body + "0\r\n\r\n")).body,
            std::string(100'000, 'a'));
}

TEST(RequestParser, asks_for_continue_once_and_only_while_the_body_is_missing) {
  RequestParser parser(ParserLimits{});
  parser.feed(post("Expect: 100-Continue\r\nContent-Length: 3\r\n", ""));
  EXPECT_TRUE(parser.take_continue());
  EXPECT_FALSE(parser.take_continue());
  EXPECT_TRUE(std::holds_alternative<Complete>(parser.feed("abc")));

  RequestParser whole(ParserLimits{});
  whole.feed(post("Expect: 100-continue\r\nContent-Length: 3\r\n", "abc"));
  EXPECT_FALSE(whole.take_continue());
}

TEST(RequestParser, refuses_too_large_a_body_instead_of_asking_for_it) {
  RequestParser parser(ParserLimits{});
  const auto outcome = parser.feed(post("Expect: 100-continue\r\nContent-Length: 3000000\r\n", ""));
  ASSERT_TRUE(std::holds_alternative<Bad>(outcome));
  EXPECT_EQ(std::get<Bad>(outcome).status, 413);
  EXPECT_FALSE(parser.take_continue());
}

TEST(RequestParser, meets_no_other_expectation) {
  EXPECT_EQ(status_of(post("Expect: a-miracle\r\nContent-Length: 3\r\n", "abc")), 417);
}

TEST(RequestParser, stays_bad) {
  RequestParser parser(ParserLimits{});
  EXPECT_TRUE(std::holds_alternative<Bad>(parser.feed("GET /\r\n")));
  EXPECT_TRUE(std::holds_alternative<Bad>(parser.feed(get("/"))));
}

// What a stream of bytes was taken for, in words, so that two ways of feeding it can be compared.
std::string account_of(std::string_view stream, const std::vector<std::size_t>& cuts,
                       const ParserLimits& limits) {
  RequestParser parser(limits);
  std::ostringstream account;
  std::size_t start = 0;
  for (const std::size_t cut : cuts) {
    auto piece = stream.substr(start, cut - start);
    start = cut;
    while (!piece.empty()) {
      auto outcome = parser.feed(piece);
      if (const auto* bad = std::get_if<Bad>(&outcome)) {
        account << bad->status << ' ' << bad->description;
        return account.str();
      }
      const auto* complete = std::get_if<Complete>(&outcome);
      if (complete == nullptr) break;
      const auto& parsed = complete->request;
      account << parsed.method << ' ' << parsed.path << '?' << parsed.query << '\n';
      for (const auto& [name, value] : parsed.headers) account << name << '=' << value << '\n';
      account << parsed.body << '\n';
      piece.remove_prefix(complete->consumed);
    }
  }
  account << (parser.started() ? "unfinished" : "idle");
  return account.str();
}

TEST(RequestParser, does_not_depend_on_how_the_bytes_were_split) {
  ParserLimits limits;
  limits.head = 600;
  limits.url = 200;
  limits.header_count = 6;
  limits.body = 300;
  const std::vector<std::string> parts{
      get("/"),
      get("/a/b?c=d", "Accept: */*\r\n"),
      get("/" + std::string(190, 'u')),
      get("/" + std::string(230, 'u')),
      get("/", "A: " + std::string(550, 'v') + "\r\n"),
      get("/", "A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\nE: 1\r\n"),
      get("/", "A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\nE: 1\r\nF: 1\r\n"),
      get("/", "A: 1\n"),
      get("/", "A: 1\r\n b\r\n"),
      "\r\n",
      "\r\n\r\n",
      "\r",
      "GET /\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      post("Content-Length: 5\r\n", "hello"),
      post("Content-Length: 300\r\n", std::string(300, 'b')),
      post("Content-Length: 301\r\n", std::string(301, 'b')),
      post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"),
      post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      post("Transfer-Encoding: chunked\r\n", "1\r\na\r\n2;x=y\r\nbc\r\n0\r\nT: v\r\nU: w\r\n\r\n"),
      post("Transfer-Encoding: chunked\r\n", "12c\r\n" + std::string(300, 'c') + "\r\n0\r\n\r\n"),
      post("Transfer-Encoding: chunked\r\n", "96\r\n" + std::string(150, 'c') + "\r\n97\r\n"),
      post("Transfer-Encoding: chunked\r\n", "c8;a=\"\r\n\"\r\nx\r\n0\r\n\r\n"),
      post("Transfer-Encoding: chunked\r\n", "1\r\nxy\r\n0\r\n\r\n"),
      post("Transfer-Encoding: chunked\r\n", "1\r\nx\n0\r\n\r\n"),
      post("Transfer-Encoding: chunked\r\n", "0\r\nT: v\n\r\n"),
      post("Transfer-Encoding: gzip\r\n", "x"),
      post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
  };
  std::mt19937 random(46028);
  const auto pick = [&](std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
  };
  for (int round = 0; round < 3000; ++round) {
    std::string stream;
    for (std::size_t i = 0; i < 1 + pick(4); ++i) stream += parts[pick(parts.size())];
    if (pick(3) == 0) stream[pick(stream.size())] = "\r\n :0;\"x"[pick(8)];
    if (pick(4) == 0) stream.resize(1 + pick(stream.size()));
    std::vector<std::size_t> cuts;
    const std::size_t longest = 1 + pick(40);
    for (std::size_t at = 0; at < stream.size();) {
      at = std::min(stream.size(), at + 1 + pick(longest));
      cuts.push_back(at);
    }
    std::vector<std::size_t> each_byte(stream.size());
    for (std::size_t i = 0; i < stream.size(); ++i) each_byte[i] = i + 1;
    const auto whole = account_of(stream, {stream.size()}, limits);
    ASSERT_EQ(whole, account_of(stream, cuts, limits)) << stream;
    ASSERT_EQ(whole, account_of(stream, each_byte, limits)) << stream;
  }
}

}  // namespace
}  // namespace hayden::http
