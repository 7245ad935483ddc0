#include "http/server.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "http/answer.hpp"
#include "http/connection.hpp"
#include "http/worker_pool.hpp"

namespace hayden::http {

namespace {

using namespace std::chrono_literals;

constexpr int reactor_threads = 1;
constexpr auto tick = 100ms;
constexpr auto drain_tick = 10ms;
constexpr auto linger_timeout = 2'000ms;
// A client that is in the middle of a conversation sends its next request within this time after stop().
constexpr auto drain_grace = 300ms;
// Progress of a slow reader counts in blocks, so that one byte now and then does not hold a connection for
// ever.
constexpr std::size_t progress_block = std::size_t{64} * 1024;
// A streamed answer waits for its reader when this much is unsent …
constexpr std::size_t stream_ahead = std::size_t{256} * 1024;
// … and when all connections together keep this much, those whose reader has not moved for `stall` are cut.
constexpr std::size_t unsent_budget = std::size_t{128} * 1024 * 1024;
constexpr auto stall = 1'000ms;
// Beyond the connection limit, so many are still told 503; any more are closed without a word.
constexpr std::size_t courtesy_connections = 64;
// Of what a client sends after its last answer, this much is read and dropped.
constexpr std::size_t drop_limit = std::size_t{8} * 1024 * 1024;
constexpr std::size_t descriptors_elsewhere = 256;

/// Each connection takes two descriptors. Raises the soft limit where it can; returns how many connections
/// fit.
std::size_t connections_that_fit(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const rlim_t needed = 2 * (wanted + courtesy_connections) + descriptors_elsewhere;
  if (limit.rlim_cur < needed) {
    limit.rlim_cur = std::min<rlim_t>(needed, limit.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur >= needed) return wanted;
  const rlim_t taken = 2 * courtesy_connections + descriptors_elsewhere;
  return limit.rlim_cur > taken ? static_cast<std::size_t>((limit.rlim_cur - taken) / 2) : 1;
}

bool has_unread_bytes(int socket) {
  int count = 0;
  return ::ioctl(socket, FIONREAD, &count) == 0 && count > 0;
}

}  // namespace

/// Three kinds of thread: the listener's reactor frames requests and never waits; workers run the application
/// and write; the caretaker sends what sockets did not take at once and watches every deadline.
class Server::Impl final : public ConnectionEvents {
 public:
  Impl(ServerOptions options, Application& application)
      : options_(std::move(options)),
        limits_{options_.head_limit, options_.url_limit, options_.header_count_limit, options_.body_limit},
        application_(application),
        workers_(std::max<std::size_t>(options_.workers, 1), options_.queue) {}

  ~Impl() override {
    stop();
    if (epoll_ >= 0) ::close(epoll_);
    if (wake_ >= 0) ::close(wake_);
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void start() {
    connection_limit_ = connections_that_fit(options_.connections);
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = wake_;
    if (epoll_ < 0 || wake_ < 0 || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) != 0) {
      throw std::runtime_error("cannot start the server: out of file descriptors");
    }
    listener_ = std::make_unique<Listener>(options_.address, options_.port, reactor_threads, *this);
    workers_.start();
    caretaker_ = std::thread([this] { take_care(); });
    running_ = true;
    listener_->start();
    port_ = listener_->port();
  }

  std::uint16_t port() const { return port_; }

  void stop() {
    if (!std::exchange(running_, false)) return;
    // First, so that who is refused a connection can rely on it that answers from then on end theirs.
    drain_start_ = Clock::now();
    draining_ = true;
    listener_->stop_accepting();
    wake_caretaker();
    {
      std::unique_lock lock(open_mutex_);
      all_closed_.wait_for(lock, options_.drain_timeout, [this] { return open_ == 0; });
    }
    for (const auto& client : clients()) {
      const std::lock_guard lock(client->mutex);
      if (client->phase != Phase::closed) client->cut();
    }
    workers_.stop();
    listener_.reset();
    ended_ = true;
    wake_caretaker();
    caretaker_.join();
    watched_.clear();
  }

  ServerStatus status() const {
    ServerStatus status;
    {
      const std::lock_guard lock(open_mutex_);
      status.connections = open_;
    }
    status.queued = workers_.queued();
    status.busy_workers = workers_.busy();
    status.workers = workers_.size();
    status.refused = refused_;
    return status;
  }

 private:
  using Client = std::shared_ptr<Connection>;

  // From the reactor threads.

  std::shared_ptr<Attachment> connected(int socket, std::string remote_address) override {
    std::size_t open = 0;
    {
      const std::lock_guard lock(open_mutex_);
      open = ++open_;
    }
    auto client = std::make_shared<Connection>(socket, std::move(remote_address), limits_, unsent_,
                                               [this] { forget_one(); });
    if (open > connection_limit_ + courtesy_connections) return nullptr;
    client->deadline = Clock::now() + options_.idle_timeout;
    {
      const std::lock_guard lock(registry_mutex_);
      registry_.push_back(client);
    }
    if (open > connection_limit_) {
      const std::lock_guard lock(client->mutex);
      refuse(client, 503, "The server has too many connections.");
    }
    return client;
  }

  void received(const std::shared_ptr<Attachment>& connection, std::string_view bytes) override {
    const auto client = std::static_pointer_cast<Connection>(connection);
    const std::lock_guard lock(client->mutex);
    while (!bytes.empty() && client->accepts_request()) bytes.remove_prefix(feed(client, bytes));
    keep(client, bytes);
  }

  void disconnected(const std::shared_ptr<Attachment>& connection) override {
    const auto client = std::static_pointer_cast<Connection>(connection);
    const std::lock_guard lock(client->mutex);
    client->half_closed = true;
    if (client->accepts_request() || client->phase == Phase::lingering) client->close();
  }

  // With client->mutex held, from any thread. None of these waits.

  /// Returns how many of the bytes are dealt with.
  std::size_t feed(const Client& client, std::string_view bytes) {
    auto outcome = client->parser.feed(bytes);
    if (auto* complete = std::get_if<Complete>(&outcome)) {
      const auto consumed = complete->consumed;
      enqueue(client, std::move(complete->request));
      return consumed;
    }
    if (const auto* bad = std::get_if<Bad>(&outcome)) {
      refuse(client, bad->status, bad->description);
      return bytes.size();
    }
    if (client->phase == Phase::idle && client->parser.started()) {
      client->phase = Phase::reading;
      client->deadline = Clock::now() + options_.read_timeout;
    }
    if (client->parser.take_continue()) post(client, "HTTP/1.1 100 Continue\r\n\r\n");
    return bytes.size();
  }

  /// Keeps what is pipelined behind the answer under way.
  void keep(const Client& client, std::string_view bytes) {
    if (bytes.empty() || client->phase == Phase::closed) return;
    if (client->last) {
      client->dropped += bytes.size();
      if (client->dropped > drop_limit) client->drop();
      return;
    }
    if (client->unparsed().size() + bytes.size() > options_.head_limit + options_.body_limit) {
      ++refused_;
      client->drop();
      return;
    }
    client->unread += bytes;
  }

  void enqueue(const Client& client, Request request) {
    client->phase = Phase::answering;
    request.remote_address = client->remote_address;
    request.deadline = Clock::now() + options_.handler_timeout;
    auto shared = std::make_shared<const Request>(std::move(request));
    if (workers_.offer([this, client, shared] { answer(client, *shared); })) return;
    ++refused_;
    deliver(client, refusal(503, "The server is busy; try again in a moment."), terms_of(*shared));
  }

  void refuse(const Client& client, int status, const std::string& description) {
    ++refused_;
    Terms terms;
    terms.keep_alive = false;
    deliver(client, refusal(status, description), terms);
  }

  Response refusal(int status, const std::string& description) {
    Response response;
    try {
      response = application_.refuse(status, description);
    } catch (...) {
      response.status = status;
    }
    if (status == 503 && !response.header("Retry-After")) response.set("Retry-After", "1");
    return response;
  }

  void deliver(const Client& client, Response response, const Terms& terms) {
    const auto transmit = [&](std::string bytes) {
      if (!post(client, std::move(bytes))) throw ClientGone();
    };
    settle(client, write_answer(std::move(response), terms, transmit, [] {
             return Response{500, {}, {}, {}};
           }));
  }

  bool post(const Client& client, std::string bytes) {
    const bool was_waiting = client->outgoing() > 0;
    if (!client->send(std::move(bytes))) return false;
    if (client->outgoing() > 0 && !was_waiting) {
      client->deadline = Clock::now() + options_.write_timeout;
      client->progress = 0;
      client->moved = Clock::now();
      watch(client);
    }
    return true;
  }

  /// An answer is written, if perhaps not all of it sent.
  void settle(const Client& client, const Delivery& delivery) {
    if (client->phase == Phase::closed) return;
    if (!delivery.complete) return client->cut();
    if (!delivery.keep_alive) client->last = true;
    if (client->outgoing() > 0) {
      client->phase = Phase::flushing;
    } else {
      rest(client);
    }
  }

  /// An answer is sent.
  void rest(const Client& client) {
    if (client->last) {
      client->finish();
      client->deadline = Clock::now() + linger_timeout;
    } else {
      client->phase = Phase::idle;
      client->deadline = Clock::now() + options_.idle_timeout;
    }
  }

  /// Takes up the requests that arrived during the last answer.
  void go_on(const Client& client) {
    while (client->accepts_request() && !client->unparsed().empty()) {
      client->drop_parsed(feed(client, client->unparsed()));
    }
    if (client->accepts_request() && client->half_closed) client->close();
  }

  void watch(const Client& client) {
    {
      const std::lock_guard lock(watch_mutex_);
      watched_[client->socket] = client;
    }
    epoll_event event{};
    event.events = EPOLLOUT;
    event.data.fd = client->socket;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, client->socket, &event) != 0) client->cut();
  }

  void unwatch(const Client& client) {
    const std::lock_guard lock(watch_mutex_);
    if (watched_.erase(client->socket) > 0) ::epoll_ctl(epoll_, EPOLL_CTL_DEL, client->socket, nullptr);
  }

  // From worker threads.

  void answer(const Client& client, const Request& request) {
    auto terms = terms_of(request);
    auto response = Clock::now() < request.deadline
                        ? handle(request)
                        : refusal(503, "The server is busy; try again in a moment.");
    if (draining_) {
      const std::lock_guard lock(client->mutex);
      if (client->unparsed().empty()) terms.keep_alive = false;
    }
    const auto transmit = [&](std::string bytes) { send_in_step(client, std::move(bytes)); };
    const auto failure = [this] { return refusal(500, "The request could not be answered."); };
    const auto delivery = write_answer(std::move(response), terms, transmit, failure);
    const std::lock_guard lock(client->mutex);
    settle(client, delivery);
    go_on(client);
  }

  Response handle(const Request& request) {
    try {
      return application_.handle(request);
    } catch (...) {
      return refusal(500, "The request could not be answered.");
    }
  }

  /// Sends, and waits where the client is too far behind.
  void send_in_step(const Client& client, std::string bytes) {
    std::unique_lock lock(client->mutex);
    const auto in_step = [&] { return client->phase == Phase::closed || client->outgoing() <= stream_ahead; };
    if (!in_step()) {
      if (workers_.step_aside()) {
        client->sent.wait(lock, in_step);
        workers_.step_back();
      } else if (!client->sent.wait_for(lock, stall, in_step)) {
        client->cut();  // too many wait already for this one to keep a worker as well
      }
    }
    if (!post(client, std::move(bytes))) throw ClientGone();
  }

  // The caretaker thread.

  void take_care() {
    std::array<epoll_event, 64> events{};
    auto next_sweep = Clock::now() + tick;
    while (!ended_) {
      const auto wait = draining_ ? drain_tick : tick;
      const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                     static_cast<int>(std::chrono::milliseconds(wait).count()));
      for (int i = 0; i < ready; ++i) {
        const int socket = events.at(static_cast<std::size_t>(i)).data.fd;
        if (socket == wake_) {
          std::uint64_t count = 0;
          [[maybe_unused]] const auto read = ::read(wake_, &count, sizeof count);
        } else if (const auto client = watched(socket)) {
          const std::lock_guard lock(client->mutex);
          send_more(client);
        }
      }
      const auto now = Clock::now();
      if (now < next_sweep && !draining_) continue;
      next_sweep = now + tick;
      for (const auto& client : clients()) {
        const std::lock_guard lock(client->mutex);
        check_deadline(client, now);
      }
    }
  }

  void send_more(const Client& client) {
    const auto taken = client->flush();
    if (taken > 0) client->moved = Clock::now();
    client->progress += taken;
    if (client->progress >= progress_block) {
      client->progress = 0;
      client->deadline = Clock::now() + options_.write_timeout;
    }
    if (client->outgoing() > 0) return;
    unwatch(client);
    if (client->phase == Phase::flushing) {
      rest(client);
      go_on(client);
    }
  }

  void check_deadline(const Client& client, Clock::time_point now) {
    const bool late = now >= client->deadline;
    const bool draining = draining_ && now >= drain_start_.load() + drain_grace;
    const bool stalled = unsent_ > unsent_budget && client->outgoing() > 0 && now >= client->moved + stall;
    switch (client->phase) {
      case Phase::idle:
        if ((late || draining) && !has_unread_bytes(client->socket)) client->close();
        break;
      case Phase::reading:
        if (late) refuse(client, 408, "The request took too long to arrive.");
        break;
      case Phase::answering:
        if (stalled || (late && client->outgoing() > 0)) client->cut();
        break;
      case Phase::flushing:
        if (stalled || late) client->cut();
        break;
      case Phase::lingering:
        if (late || draining) client->close();
        break;
      case Phase::closed:
        break;
    }
    if (client->phase == Phase::closed) unwatch(client);
  }

  Client watched(int socket) {
    const std::lock_guard lock(watch_mutex_);
    const auto found = watched_.find(socket);
    return found == watched_.end() ? nullptr : found->second;
  }

  /// All that are alive; forgets the others.
  std::vector<Client> clients() {
    std::vector<Client> alive;
    const std::lock_guard lock(registry_mutex_);
    alive.reserve(registry_.size());
    std::erase_if(registry_, [&alive](const std::weak_ptr<Connection>& known) {
      auto client = known.lock();
      if (!client) return true;
      alive.push_back(std::move(client));
      return false;
    });
    return alive;
  }

  void forget_one() {
    const std::lock_guard lock(open_mutex_);
    --open_;
    all_closed_.notify_all();
  }

  void wake_caretaker() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
  }

  const ServerOptions options_;
  const ParserLimits limits_;
  Application& application_;
  std::size_t connection_limit_ = 0;
  std::uint16_t port_ = 0;
  bool running_ = false;
  std::atomic<bool> draining_ = false;
  std::atomic<Clock::time_point> drain_start_ = Clock::time_point{};
  std::atomic<bool> ended_ = false;
  std::atomic<std::uint64_t> refused_ = 0;
  std::atomic<std::size_t> unsent_ = 0;

  mutable std::mutex open_mutex_;
  std::condition_variable all_closed_;
  std::size_t open_ = 0;

  std::mutex registry_mutex_;
  std::vector<std::weak_ptr<Connection>> registry_;

  int epoll_ = -1;
  int wake_ = -1;
  std::mutex watch_mutex_;
  std::unordered_map<int, Client> watched_;

  WorkerPool workers_;
  std::thread caretaker_;
  std::unique_ptr<Listener> listener_;  // last: its threads call everything above
};

Server::Server(ServerOptions options, Application& application)
    : impl_(std::make_unique<Impl>(std::move(options), application)) {}
Server::~Server() = default;
void Server::start() { impl_->start(); }
std::uint16_t Server::port() const { return impl_->port(); }
void Server::stop() { impl_->stop(); }
ServerStatus Server::status() const { return impl_->status(); }

}  // namespace hayden::http
