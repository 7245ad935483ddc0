#include "raw_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

#include "http/message.hpp"

namespace hayden::http::test {

std::optional<std::string> RawResponse::header(std::string_view name) const {
  std::size_t at = head.find("\r\n");
  while (at != std::string::npos) {
    at += 2;
    const auto end = head.find("\r\n", at);
    if (end == std::string::npos) return {};
    const auto line = std::string_view(head).substr(at, end - at);
    const auto colon = line.find(": ");
    if (colon != std::string_view::npos && same_name(line.substr(0, colon), name)) {
      return std::string(line.substr(colon + 2));
    }
    at = end;
  }
  return {};
}

RawClient::RawClient(std::uint16_t port, const char* address, int receive_buffer) {
  const bool v6 = std::string_view(address).find(':') != std::string_view::npos;
  socket_ = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer > 0)
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval timeout{10, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  sockaddr_storage target{};
  socklen_t size = 0;
  if (v6) {
    auto* in6 = reinterpret_cast<sockaddr_in6*>(&target);
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(port);
    ::inet_pton(AF_INET6, address, &in6->sin6_addr);
    size = sizeof *in6;
  } else {
    auto* in = reinterpret_cast<sockaddr_in*>(&target);
    in->sin_family = AF_INET;
    in->sin_port = htons(port);
    ::inet_pton(AF_INET, address, &in->sin_addr);
    size = sizeof *in;
  }
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&target), size) != 0) {
    ::close(socket_);
    throw std::runtime_error("cannot connect");
  }
}

RawClient::~RawClient() { ::close(socket_); }

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawClient::end_of_input() { ::shutdown(socket_, SHUT_WR); }

bool RawClient::fill() {
  std::array<char, 65'536> bytes{};
  const auto count = ::recv(socket_, bytes.data(), bytes.size(), 0);
  was_reset_ = was_reset_ || (count < 0 && errno == ECONNRESET);
  if (count <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

RawResponse RawClient::response(bool head) {
  RawResponse response;
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return response;
  }
  response.head = buffer_.substr(0, end + 4);
  buffer_.erase(0, end + 4);
  response.status = std::stoi(response.head.substr(9, 3));
  const auto take = [&](std::size_t count) {
    while (buffer_.size() < count && fill()) {
    }
    auto taken = buffer_.substr(0, count);
    buffer_.erase(0, taken.size());
    return taken;
  };
  const bool bodyless = head || response.status < 200 || response.status == 204 || response.status == 304;
  if (bodyless) {
    response.whole = true;
  } else if (const auto length = response.header("Content-Length")) {
    const auto wanted = static_cast<std::size_t>(std::stoul(*length));
    response.body = take(wanted);
    response.whole = response.body.size() == wanted;
  } else if (response.header("Transfer-Encoding")) {
    while (true) {
      std::size_t line = 0;
      while ((line = buffer_.find("\r\n")) == std::string::npos) {
        if (!fill()) return response;
      }
      const auto size = static_cast<std::size_t>(std::stoul(buffer_.substr(0, line), nullptr, 16));
      buffer_.erase(0, line + 2);
      response.body += take(size);
      if (take(2) != "\r\n") return response;
      if (size == 0) break;
    }
    response.whole = true;
  } else {
    response.body = rest();
  }
  return response;
}

std::string RawClient::rest() {
  while (fill()) {
  }
  return std::exchange(buffer_, {});
}

bool RawClient::closed() {
  if (!buffer_.empty()) return false;
  char byte = 0;
  return ::recv(socket_, &byte, 1, 0) == 0;
}

RawResponse ask(std::uint16_t port, std::string_view request) {
  RawClient client(port);
  client.send(request);
  return client.response(request.starts_with("HEAD"));
}

}  // namespace hayden::http::test
