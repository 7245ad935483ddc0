#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hayden::http {

using Clock = std::chrono::steady_clock;
using Headers = std::vector<std::pair<std::string, std::string>>;

/// One framed request. Nothing is decoded: `path` and `query` are the raw bytes of the target around its
/// first `?`.
struct Request {
  std::string method;
  std::string path;
  std::string query;
  Headers headers;   ///< names as sent; look them up with header()
  std::string body;  ///< de-chunked; never content-decoded
  bool http_1_0 = false;
  std::string remote_address;
  Clock::time_point deadline;  ///< the handler must have answered by then

  /// The value of the first header of that name (case-insensitive).
  std::optional<std::string_view> header(std::string_view name) const;
};

/// Out of a Sink: the client has gone or does not read. Let it pass; the server cuts the connection.
class ClientGone : public std::runtime_error {
 public:
  ClientGone() : std::runtime_error("the client has gone") {}
};

/// Takes the next piece of a streamed body. Throws ClientGone when the client no longer reads.
using Sink = std::function<void(std::string_view)>;

/// What a handler answers. Either `body`, or `stream`, which is called once to produce the body in pieces
/// (sent chunked, compressed on the way; an exception out of it cuts the connection, so no short answer looks
/// whole).
struct Response {
  int status = 200;
  Headers headers;  ///< without Content-Length, Transfer-Encoding, Content-Encoding, Connection, Date: the
                    ///< server's
  std::string body;
  std::function<void(const Sink&)> stream;

  Response& set(std::string name, std::string value);  ///< replaces or adds
  std::optional<std::string_view> header(std::string_view name) const;
};

/// Case-insensitive comparison of header names.
bool same_name(std::string_view a, std::string_view b);

}  // namespace hayden::http
