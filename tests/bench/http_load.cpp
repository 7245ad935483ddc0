#include "http_load.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "http_reader.hpp"

namespace hayden::bench {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

int connect_to(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0)
    throw std::runtime_error("unknown host " + host);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  const int socket = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) fail("socket");
  if (::connect(socket, found->ai_addr, found->ai_addrlen) != 0) {
    ::close(socket);
    fail("cannot connect to " + host + ":" + port);
  }
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

}  // namespace

struct HttpLoad::Connection {
  explicit Connection(int opened) : socket(opened) {}
  ~Connection() { ::close(socket); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int socket;
  HttpReader reader;
  Clock::time_point asked;
};

HttpLoad::HttpLoad(const std::string& url, std::size_t connections) {
  constexpr std::string_view scheme = "http://";
  const auto colon = url.rfind(':');
  if (!url.starts_with(scheme) || colon < scheme.size())
    throw std::runtime_error("the API URL must be http://host:port");
  host_ = url.substr(scheme.size(), colon - scheme.size());
  port_ = url.substr(colon + 1, url.find('/', colon) - colon - 1);
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) fail("epoll_create1");
  for (std::size_t i = 0; i < connections; ++i) {
    connections_.push_back(std::make_unique<Connection>(connect_to(host_, port_)));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_.back()->socket, &event) != 0) fail("epoll_ctl");
  }
}

HttpLoad::~HttpLoad() { ::close(epoll_); }

void HttpLoad::ask(std::size_t index, const NextTarget& next) {
  const auto target = next(index);
  if (!target) return;
  Connection& connection = *connections_[index];
  const std::string request = "GET " + *target + " HTTP/1.1\r\nHost: " + host_ + ":" + port_ + "\r\n\r\n";
  connection.reader.start();
  connection.asked = Clock::now();
  // A request of a few hundred bytes always fits into an empty socket buffer.
  if (::send(connection.socket, request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    fail("send");
  }
  ++busy_;
}

void HttpLoad::read(std::size_t index, const NextTarget& next, const OnAnswer& answered) {
  constexpr std::size_t fits_the_cache = 128 * 1024;
  static thread_local std::vector<char> buffer(fits_the_cache);
  Connection& connection = *connections_[index];
  const ssize_t size = ::recv(connection.socket, buffer.data(), buffer.size(), 0);
  if (size < 0) fail("recv");
  if (size == 0) throw std::runtime_error("the server closed a connection within an answer");
  if (!connection.reader.take({buffer.data(), static_cast<std::size_t>(size)})) return;
  const auto took = Clock::now() - connection.asked;
  --busy_;
  const HttpReader& reader = connection.reader;
  answered(index, {reader.status(), reader.body_size(), reader.tail()}, took);
  ask(index, next);
}

void HttpLoad::run(const NextTarget& next, const OnAnswer& answered) {
  for (std::size_t i = 0; i < connections_.size(); ++i) ask(i, next);
  std::array<epoll_event, 64> events{};
  while (busy_ > 0) {
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 60'000);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("epoll_wait");
    if (count == 0) throw std::runtime_error("no answer within 60 seconds");
    for (int i = 0; i < count; ++i) read(events.at(static_cast<std::size_t>(i)).data.u64, next, answered);
  }
}

}  // namespace hayden::bench
