#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace hayden::http {

/// State that the receiver of events hangs on a connection.
class Attachment {
 public:
  virtual ~Attachment() = default;
};

/// Told of connections and bytes from the reactor threads. Must not block and must not throw.
class ConnectionEvents {
 public:
  virtual ~ConnectionEvents() = default;
  /// `socket` is a descriptor of the callee's own: it owns and closes it. Null closes the connection at once.
  virtual std::shared_ptr<Attachment> connected(int socket, std::string remote_address) = 0;
  virtual void received(const std::shared_ptr<Attachment>& connection, std::string_view bytes) = 0;
  /// The client sends nothing more; it may still be reading.
  virtual void disconnected(const std::shared_ptr<Attachment>& connection) = 0;
};

/// Accepts connections and reads from them. The only place that knows Pistache (docs/adr/0001).
class Listener {
 public:
  Listener(const std::string& address, std::uint16_t port, int threads, ConnectionEvents& events);
  ~Listener();  ///< ends the threads; connections still open are dropped
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void start();  ///< throws std::runtime_error with one clear sentence
  std::uint16_t port() const;
  void stop_accepting();  ///< new connections are refused by the kernel; open ones go on

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hayden::http
