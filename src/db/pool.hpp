#pragma once
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace hayden::db {

class Connection;  ///< a pqxx connection; defined in connection.hpp, which only src/db includes

struct PoolOptions {
  std::string url;                     ///< libpq URL or key=value string
  std::string application = "hayden";  ///< shown in pg_stat_activity
  std::size_t size = 8;
  std::chrono::milliseconds lease_timeout{5'000};       ///< then Problem(503)
  std::chrono::milliseconds statement_timeout{20'000};  ///< enforced by the server
  bool read_only = false;
};

struct PoolStatus {
  std::size_t size = 0, open = 0, in_use = 0, waiting = 0;
};

/// Connections, opened at first use. A broken one is thrown away, never reused (libpqxx reconnects silently
/// and would lose its settings).
class Pool {
 public:
  explicit Pool(PoolOptions options);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// A connection of one's own until the lease dies. Throws Problem(503, "DatabaseUnavailable").
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Connection> connection);
    ~Lease();
    Lease(Lease&&) noexcept;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Lease& operator=(Lease&&) = delete;
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };
  Lease lease();
  PoolStatus status() const;

 private:
  friend class Lease;
  std::unique_ptr<Connection> open();
  void give_back(std::unique_ptr<Connection> connection);

  PoolOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t in_use_ = 0, waiting_ = 0;
};

}  // namespace hayden::db
