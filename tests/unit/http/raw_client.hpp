#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hayden::http::test {

struct RawResponse {
  int status = 0;
  std::string head;    ///< status line and headers, as received
  std::string body;    ///< de-chunked, still content-encoded
  bool whole = false;  ///< the body ended as its framing says

  std::optional<std::string> header(std::string_view name) const;
};

/// A blocking TCP client that sends exactly the bytes it is told to. Reads fail after ten seconds.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, const char* address = "127.0.0.1", int receive_buffer = 0);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  /// False when the other side no longer takes bytes.
  bool send(std::string_view bytes);
  void end_of_input();  ///< half-closes

  /// The next response; `head` for the answer to a HEAD request. Status 0 when there is none.
  RawResponse response(bool head = false);
  /// Everything up to the end of the connection.
  std::string rest();
  /// True when the server has closed in order and nothing is left to read; false on a reset or further bytes.
  bool closed();
  /// True when a read has failed because of a reset.
  bool was_reset() const { return was_reset_; }

 private:
  bool fill();

  int socket_;
  std::string buffer_;
  bool was_reset_ = false;
};

/// Sends the request on a connection of its own and reads the answer.
RawResponse ask(std::uint16_t port, std::string_view request);

}  // namespace hayden::http::test
