#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "http/message.hpp"

namespace hayden::http {

struct ServerOptions {
  std::string address = "::";  ///< `::` listens on IPv4 and IPv6
  std::uint16_t port = 8080;   ///< 0: any free port, see Server::port()
  std::size_t workers = 8;
  std::size_t queue = 256;         ///< requests waiting for a worker; beyond it 503 with Retry-After
  std::size_t connections = 1024;  ///< beyond it 503 and close
  std::size_t head_limit = std::size_t{16} * 1024;
  std::size_t url_limit = std::size_t{8} * 1024;
  std::size_t header_count_limit = 100;
  std::size_t body_limit = std::size_t{2} * 1024 * 1024;
  std::chrono::milliseconds read_timeout{15'000};  ///< from the first byte of a request to its last
  std::chrono::milliseconds handler_timeout{30'000};
  std::chrono::milliseconds write_timeout{30'000};  ///< without progress
  std::chrono::milliseconds idle_timeout{60'000};   ///< kept-alive connection without a request
  std::chrono::milliseconds drain_timeout{20'000};
};

/// What the product makes of requests. Called from worker threads, several at once.
class Application {
 public:
  virtual ~Application() = default;
  /// Must not throw. HEAD arrives here as HEAD; the server drops the body it gets back.
  virtual Response handle(const Request& request) = 0;
  /// The answer where there is no handler's: 400, 408, 413, 414, 417, 431, 501, 503, 505 when a request could
  /// not be framed or queued, 500 when a stream failed before anything was sent. Called from any thread; must
  /// not wait.
  virtual Response refuse(int status, const std::string& description) = 0;
};

/// Counters for /metrics, readable at any time.
struct ServerStatus {
  std::size_t connections = 0, queued = 0, busy_workers = 0, workers = 0;
  std::uint64_t refused = 0;
};

/// HTTP/1.1 over Pistache's listener (docs/adr/0001): keep-alive, pipelining, chunked requests and answers,
/// Expect: 100-continue, Content-Encoding by Accept-Encoding (zstd, br, gzip), deadlines on read, handler and
/// write.
class Server {
 public:
  Server(ServerOptions options, Application& application);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void
  start();  ///< returns when listening; throws std::runtime_error with one clear sentence (port taken, …)
  std::uint16_t port() const;
  void stop();  ///< stops accepting, lets requests in flight finish within drain_timeout, then closes
  ServerStatus status() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hayden::http
