#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace hayden::bench {

/// Takes one HTTP/1.1 answer apart as its bytes arrive: enough for answers of our own server, with a
/// Content-Length or chunked. Of the body it keeps the last bytes only: 64 pages of 20 MB would not fit.
class HttpReader {
 public:
  static constexpr std::size_t kept = 16 * 1024;

  void start();
  /// Takes bytes; true when the answer is complete. Throws std::runtime_error on what is no HTTP answer.
  bool take(std::string_view bytes);

  int status() const { return status_; }
  std::size_t body_size() const { return body_size_; }
  /// The end of the body: all of it when it is no longer than `kept`.
  std::string_view tail() const;

 private:
  enum class State { head, body, chunk_size, chunk, chunk_end, trailer, done };
  void read_head();
  void keep(std::string_view bytes);
  bool take_line(std::string_view& bytes);

  State state_ = State::head;
  int status_ = 0;
  std::size_t left_ = 0, body_size_ = 0;
  std::string line_, tail_;
};

}  // namespace hayden::bench
