#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hayden::bench {

struct HttpAnswer {
  int status = 0;
  std::size_t body_size = 0;
  std::string_view tail;  ///< the last 16 kB of the body
};

/// Keep-alive connections to one server, driven from one thread with epoll, so that many clients cost little.
class HttpLoad {
 public:
  /// `url`: http://host:port.
  HttpLoad(const std::string& url, std::size_t connections);
  ~HttpLoad();
  HttpLoad(const HttpLoad&) = delete;
  HttpLoad& operator=(const HttpLoad&) = delete;

  /// What connection number i is to ask for next; nothing ends its part.
  using NextTarget = std::function<std::optional<std::string>(std::size_t connection)>;
  /// Called with each complete answer and how long it took.
  using OnAnswer =
      std::function<void(std::size_t connection, const HttpAnswer& answer, std::chrono::nanoseconds took)>;
  /// Keeps all connections busy, each with one request at a time, until none has a next target and all are
  /// answered.
  void run(const NextTarget& next, const OnAnswer& answered);

 private:
  struct Connection;
  void ask(std::size_t index, const NextTarget& next);
  void read(std::size_t index, const NextTarget& next, const OnAnswer& answered);

  std::string host_, port_;
  int epoll_ = -1;
  std::size_t busy_ = 0;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace hayden::bench
