#pragma once
#include <chrono>
#include <memory>
#include <stop_token>
#include <string>

namespace hayden::db {

/// A session that hears of new entries in hayden.outbox and may be elected to project them: of all sessions
/// on a database one is, until it ends. One thread at a time. Throws Problem(503) when the database is away.
class OutboxListener {
 public:
  explicit OutboxListener(const std::string& url);
  ~OutboxListener();
  OutboxListener(const OutboxListener&) = delete;
  OutboxListener& operator=(const OutboxListener&) = delete;

  /// Whether the login and the server let this session write both faces.
  bool may_project();
  /// True when this session is the one that projects.
  bool elect();
  /// Returns when something is announced, after `longest`, and at once when `stop` is requested.
  void wait(std::chrono::milliseconds longest, const std::stop_token& stop);

 private:
  struct Session;
  std::unique_ptr<Session> session_;
};

}  // namespace hayden::db
