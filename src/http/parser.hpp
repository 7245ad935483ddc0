#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "http/message.hpp"

namespace hayden::http {

/// In bytes, except header_count.
struct ParserLimits {
  std::size_t head = std::size_t{16} * 1024;        ///< request line and headers; beyond it 431
  std::size_t url = std::size_t{8} * 1024;          ///< request target; beyond it 414
  std::size_t header_count = 100;                   ///< beyond it 431
  std::size_t body = std::size_t{2} * 1024 * 1024;  ///< without chunk framing; beyond it 413
};

/// More bytes are needed.
struct Incomplete {};

/// The bytes are no acceptable request; the connection cannot be used any further.
struct Bad {
  int status;  ///< 400, 413, 414, 417, 431, 501, 505
  std::string description;
};

struct Complete {
  Request request;  ///< remote_address and deadline are the server's to fill
  std::size_t
      consumed;  ///< how many of the bytes of this feed() belonged to the request; the rest was not touched
};

/// Frames HTTP/1.x requests (RFC 9112). Boost.Beast parses; this class decides how much Beast sees at once,
/// so that the outcome never depends on how the bytes were split, sets limits, and refuses what proxies
/// disagree about (request smuggling). Work is linear in the bytes fed. One parser serves one connection,
/// request after request.
class RequestParser {
 public:
  explicit RequestParser(const ParserLimits& limits);
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;
  RequestParser(RequestParser&&) noexcept;
  RequestParser& operator=(RequestParser&&) noexcept;
  ~RequestParser();

  std::variant<Incomplete, Bad, Complete> feed(std::string_view bytes);

  /// True from the first byte of a request (line breaks before it do not count) to its last.
  bool started() const;

  /// True once per request, when its head is accepted and it waits for `100 Continue` before sending the
  /// body.
  bool take_continue();

 private:
  class Framing;
  std::unique_ptr<Framing> framing_;
};

}  // namespace hayden::http
