#include "http/connection.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace hayden::http {

Connection::Connection(int descriptor, std::string remote, const ParserLimits& limits,
                       std::atomic<std::size_t>& unsent, std::function<void()> on_destruction)
    : socket(descriptor),
      remote_address(std::move(remote)),
      parser(limits),
      unsent_(unsent),
      on_destruction_(std::move(on_destruction)) {}

Connection::~Connection() {
  drop_all();
  ::close(socket);
  on_destruction_();
}

void Connection::drop_parsed(std::size_t count) {
  unread_at = std::min(unread_at + count, unread.size());
  if (unread_at == unread.size()) {
    unread = {};
    unread_at = 0;
  } else if (unread_at > unread.size() / 2) {
    unread.erase(0, unread_at);
    unread_at = 0;
  }
}

bool Connection::send(std::string bytes) {
  if (phase == Phase::closed) return false;
  if (outgoing() > 0) {
    if (outgoing_at_ > outgoing_.size() / 2) {
      outgoing_.erase(0, outgoing_at_);
      outgoing_at_ = 0;
    }
    outgoing_ += bytes;
    unsent_ += bytes.size();
    return true;
  }
  bool gone = false;
  const auto taken = push(bytes, gone);
  if (gone) {
    cut();
    return false;
  }
  if (taken < bytes.size()) {
    outgoing_ = std::move(bytes);
    outgoing_at_ = taken;
    unsent_ += outgoing();
  }
  return true;
}

std::size_t Connection::flush() {
  bool gone = false;
  const auto taken = push(std::string_view(outgoing_).substr(outgoing_at_), gone);
  outgoing_at_ += taken;
  unsent_ -= taken;
  if (gone) {
    cut();
  } else if (outgoing() == 0) {
    outgoing_ = {};
    outgoing_at_ = 0;
  }
  sent.notify_all();
  return taken;
}

void Connection::finish() {
  unread = {};
  unread_at = 0;
  if (half_closed) return close();
  ::shutdown(socket, SHUT_WR);
  phase = Phase::lingering;
}

void Connection::close() {
  phase = Phase::closed;
  drop_all();
  ::shutdown(socket, SHUT_RDWR);
  sent.notify_all();
}

void Connection::cut() {
  reset_at_the_end();
  // Shutting the writing side down as well would end the stream in order. The reader sees the end of input
  // and closes its descriptor; the reset goes out when ours follows.
  ::shutdown(socket, SHUT_RD);
  phase = Phase::closed;
  drop_all();
  sent.notify_all();
}

void Connection::drop() {
  reset_at_the_end();
  close();
}

void Connection::reset_at_the_end() const {
  const linger reset{1, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

void Connection::drop_all() {
  unread = {};
  unread_at = 0;
  unsent_ -= outgoing();
  outgoing_ = {};
  outgoing_at_ = 0;
}

std::size_t Connection::push(std::string_view bytes, bool& gone) const {
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    const auto count =
        ::send(socket, bytes.data() + taken, bytes.size() - taken, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) {
      taken += static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      gone = errno != EAGAIN && errno != EWOULDBLOCK;
      break;
    }
  }
  return taken;
}

}  // namespace hayden::http
