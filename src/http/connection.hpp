#pragma once
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "http/listener.hpp"
#include "http/parser.hpp"

namespace hayden::http {

enum class Phase {
  idle,       ///< waits for a request
  reading,    ///< a request has begun
  answering,  ///< a request is queued or with a worker
  flushing,   ///< the answer is made, not all of it is sent
  lingering,  ///< the last answer is sent; what still comes in is dropped, so that no reset overtakes the
              ///< answer
  closed,
};

/// One client. Everything after the constructor is called with `mutex` held.
class Connection final : public Attachment {
 public:
  /// `unsent` sums what all connections keep for sending.
  Connection(int socket, std::string remote_address, const ParserLimits& limits,
             std::atomic<std::size_t>& unsent, std::function<void()> on_destruction);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  std::mutex mutex;
  std::condition_variable sent;  ///< notified when `outgoing` has shrunk or the connection is closed

  int socket;  ///< our own duplicate of the descriptor
  std::string remote_address;

  Phase phase = Phase::idle;
  Clock::time_point deadline;  ///< of this phase, or of the write under way
  bool last = false;           ///< no request is taken after the current one
  bool half_closed = false;    ///< the client sends nothing more
  Clock::time_point moved;     ///< when the socket last took some of `outgoing`
  std::size_t progress = 0;    ///< bytes sent since `deadline` was last put off
  std::size_t dropped = 0;     ///< bytes that came in while lingering

  RequestParser parser;
  std::string unread;         ///< arrived during the current answer
  std::size_t unread_at = 0;  ///< how much of `unread` is parsed

  bool accepts_request() const { return phase == Phase::idle || phase == Phase::reading; }
  std::string_view unparsed() const { return std::string_view(unread).substr(unread_at); }
  void drop_parsed(std::size_t count);

  std::size_t outgoing() const { return outgoing_.size() - outgoing_at_; }
  /// Sends what the socket takes now and keeps the rest. False when the client has gone: the connection is
  /// closed then.
  bool send(std::string bytes);
  /// Sends more of what is kept; returns how much. Closes the connection when the client has gone.
  std::size_t flush();

  void finish();  ///< says that nothing more is coming, and lingers
  void close();   ///< in order
  void cut();     ///< with a reset, so that what was sent cannot be taken for whole
  void drop();    ///< at once and with a reset: the client sends without end

 private:
  /// Returns how much was taken; sets `gone` on an error.
  std::size_t push(std::string_view bytes, bool& gone) const;

  void reset_at_the_end() const;
  void drop_all();

  std::string outgoing_;
  std::size_t outgoing_at_ = 0;
  std::atomic<std::size_t>& unsent_;
  std::function<void()> on_destruction_;
};

}  // namespace hayden::http
