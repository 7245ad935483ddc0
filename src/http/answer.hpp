#pragma once
#include <functional>
#include <string>

#include "http/message.hpp"

namespace hayden::http {

/// What the request allows its answer to be.
struct Terms {
  bool head = false;  ///< HEAD: no body
  bool http_1_0 = false;
  bool keep_alive = true;
  std::string accept_encoding = {};  ///< all Accept-Encoding headers, joined by commas
};

Terms terms_of(const Request& request);

/// How writing an answer ended.
struct Delivery {
  bool complete = true;    ///< false: the client got less than a whole answer; the connection must be cut
  bool keep_alive = true;  ///< false: close the connection, that is how the client knows where the body ends
};

/// Takes bytes for the wire, in order. Throws ClientGone when they cannot be sent.
using Transmit = std::function<void(std::string)>;

/// Puts one answer on the wire: framing, content coding, the headers that are the server's. `failure` makes
/// the answer to send instead when a stream throws before its first 64 KiB are out.
Delivery write_answer(Response response, const Terms& terms, const Transmit& transmit,
                      const std::function<Response()>& failure);

}  // namespace hayden::http
