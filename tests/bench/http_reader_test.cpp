#include "http_reader.hpp"

#include <gmock/gmock.h>

#include <stdexcept>
#include <string>

namespace hayden::bench {
namespace {

const std::string chunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n";
const std::string sized = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone";

TEST(HttpReader, reads_an_answer_however_it_is_cut) {
  for (std::size_t piece = 1; piece <= chunked.size(); ++piece) {
    HttpReader reader;
    reader.start();
    bool done = false;
    for (std::size_t at = 0; at < chunked.size(); at += piece) {
      EXPECT_FALSE(done);
      done = reader.take(std::string_view(chunked).substr(at, piece));
    }
    EXPECT_TRUE(done);
    EXPECT_EQ(reader.status(), 200);
    EXPECT_EQ(reader.tail(), "hello world");
    EXPECT_EQ(reader.body_size(), 11U);
  }
}

TEST(HttpReader, reads_one_answer_after_the_other) {
  HttpReader reader;
  reader.start();
  EXPECT_TRUE(reader.take(chunked));
  reader.start();
  EXPECT_TRUE(reader.take(sized));
  EXPECT_EQ(reader.status(), 404);
  EXPECT_EQ(reader.tail(), "gone");
}

TEST(HttpReader, keeps_the_end_of_a_long_body) {
  std::string body(1'000'000, 'x');
  body += "end";
  const std::string answer =
      "HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  HttpReader reader;
  reader.start();
  bool done = false;
  for (std::size_t at = 0; at < answer.size(); at += 5000) {
    done = reader.take(std::string_view(answer).substr(at, 5000));
  }
  EXPECT_TRUE(done);
  EXPECT_EQ(reader.body_size(), body.size());
  EXPECT_EQ(reader.tail().size(), HttpReader::kept);
  EXPECT_TRUE(reader.tail().ends_with("xend"));
}

TEST(HttpReader, refuses_what_is_no_answer) {
  HttpReader reader;
  reader.start();
  EXPECT_THROW(reader.take("SSH-2.0-OpenSSH\r\n\r\n"), std::runtime_error);
  reader.start();
  EXPECT_THROW(reader.take("HTTP/1.1 200 OK\r\n\r\n"), std::runtime_error);
}

}  // namespace
}  // namespace hayden::bench
