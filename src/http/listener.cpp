#include "http/listener.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pistache/listener.h>
#include <pistache/net.h>
#include <pistache/peer.h>
#include <pistache/tcp.h>
#include <pistache/version.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace hayden::http {

static_assert(Pistache::Version::Git == 20220901, "built around the details of Debian's Pistache 0.0.5");

namespace {

// Pistache stops accepting and reading together, and keeps the listening socket to itself; draining needs the
// first without the second. An explicit instantiation may name a private member ([temp.spec]/6).
int listening_socket(const Pistache::Tcp::Listener& listener);
template <auto member>
struct Reveal {
  friend int listening_socket(const Pistache::Tcp::Listener& listener) { return listener.*member; }
};
template struct Reveal<&Pistache::Tcp::Listener::listen_fd>;

constexpr int backlog = 1024;

std::string address_text(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes =
      address.ss_family == AF_INET
          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(&address)->sin_addr)
          : static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr);
  if (::inet_ntop(address.ss_family, bytes, text.data(), text.size()) == nullptr) return {};
  std::string result = text.data();
  // An IPv4 client of an IPv6 socket.
  if (constexpr std::string_view mapped = "::ffff:"; result.starts_with(mapped))
    result.erase(0, mapped.size());
  return result;
}

bool has_ipv6() {
  const int probe = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  const bool bound = ::bind(probe, reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0;
  ::close(probe);
  return bound;
}

/// What hangs on Pistache's peer. Its destructor is ours, so that thread checkers see references dropped that
/// the library, built without them, would drop out of their sight.
struct Holder {
  std::shared_ptr<Attachment> attachment;
};

/// Pistache's HTTP handler and its timers are passed over: this is the plain TCP layer below them.
class Reactor final : public Pistache::Tcp::Handler {
  using Peer = std::shared_ptr<Pistache::Tcp::Peer>;

 public:
  PROTOTYPE_OF(Pistache::Tcp::Handler, Reactor)  // Pistache copies it once per reactor thread
  explicit Reactor(ConnectionEvents& events) : events_(&events) {}

  void onConnection(const Peer& peer) override {
    // Pistache closes its descriptor when the client stops sending, and the number is used again; answers may
    // be under way still.
    const int own = ::fcntl(peer->fd(), F_DUPFD_CLOEXEC, 0);
    std::shared_ptr<Attachment> attachment;
    if (own >= 0) attachment = events_->connected(own, address_text(own));
    if (attachment) {
      peer->putData(holder_name, std::make_shared<Holder>(Holder{std::move(attachment)}));
    } else {
      ::shutdown(peer->fd(), SHUT_RDWR);
    }
  }

  void onInput(const char* bytes, std::size_t count, const Peer& peer) override {
    const auto attachment = attachment_of(peer);
    if (!attachment) return;
    try {
      events_->received(attachment, {bytes, count});
    } catch (...) {  // out of memory: this client pays, not the reactor thread
      ::shutdown(peer->fd(), SHUT_RDWR);
    }
  }

  void onDisconnection(const Peer& peer) override {
    if (const auto attachment = attachment_of(peer)) events_->disconnected(attachment);
  }

 private:
  static constexpr const char* holder_name = "hayden";

  static std::shared_ptr<Attachment> attachment_of(const Peer& peer) {
    const auto holder = std::static_pointer_cast<Holder>(peer->tryGetData(holder_name));
    return holder ? holder->attachment : nullptr;
  }

  ConnectionEvents* events_;
};

}  // namespace

class Listener::Impl {
 public:
  Impl(const std::string& address, std::uint16_t port, int threads, ConnectionEvents& events)
      : host_(address == "::" && !has_ipv6() ? "0.0.0.0" : address),
        name_((host_.find(':') == std::string::npos ? host_ : "[" + host_ + "]") + ":" +
              std::to_string(port)),
        threads_(threads),
        handler_(std::make_shared<Reactor>(events)) {}

  void start() {
    using Options = Pistache::Tcp::Options;
    try {
      listener_.init(static_cast<std::size_t>(threads_),
                     Pistache::Flags<Options>(Options::ReuseAddr) | Options::NoDelay | Options::CloseOnExec,
                     "hayden", backlog);
      listener_.setHandler(handler_);
      listener_.bind(Pistache::Address(name_));
    } catch (const std::exception& error) {
      throw std::runtime_error("cannot listen on " + name_ + ": " + error.what());
    }
    listener_.runThreaded();
  }

  std::uint16_t port() const { return static_cast<std::uint16_t>(listener_.getPort()); }

  void stop_accepting() {
    if (!listener_.isBound()) return;
    // A plain socket in its place: the last reference to the listening one goes, and the descriptor stays
    // valid for Pistache, whose accept() on it fails harmlessly.
    const int plain = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (plain < 0) return;
    ::dup3(plain, listening_socket(listener_), O_CLOEXEC);
    ::close(plain);
  }

 private:
  std::string host_;
  std::string name_;
  int threads_;
  std::shared_ptr<Reactor> handler_;
  Pistache::Tcp::Listener listener_;
};

Listener::Listener(const std::string& address, std::uint16_t port, int threads, ConnectionEvents& events)
    : impl_(std::make_unique<Impl>(address, port, threads, events)) {}
Listener::~Listener() = default;
void Listener::start() { impl_->start(); }
std::uint16_t Listener::port() const { return impl_->port(); }
void Listener::stop_accepting() { impl_->stop_accepting(); }

}  // namespace hayden::http
