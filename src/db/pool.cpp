#include "db/pool.hpp"

#include <utility>

#include "core/problem.hpp"
#include "db/connection.hpp"

namespace hayden::db {

Pool::Pool(PoolOptions options) : options_(std::move(options)) {}
Pool::~Pool() = default;

Pool::Lease::Lease(Pool& pool, std::unique_ptr<Connection> connection)
    : pool_(&pool), connection_(std::move(connection)) {}
Pool::Lease::Lease(Lease&&) noexcept = default;
Pool::Lease::~Lease() {
  if (connection_ != nullptr) pool_->give_back(std::move(connection_));
}

Pool::Lease Pool::lease() {
  std::unique_lock lock{mutex_};
  ++waiting_;
  const bool free =
      returned_.wait_for(lock, options_.lease_timeout, [this] { return in_use_ < options_.size; });
  --waiting_;
  if (!free) throw Problem(503, "DatabaseBusy", "all database connections are in use; try again later");
  ++in_use_;
  if (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return {*this, std::move(connection)};
  }
  lock.unlock();
  try {
    return {*this, open()};
  } catch (...) {
    lock.lock();
    --in_use_;
    lock.unlock();
    returned_.notify_one();
    throw;
  }
}

std::unique_ptr<Connection> Pool::open() {
  try {
    return std::make_unique<Connection>(options_);
  } catch (const pqxx::failure&) {
    rethrow_as_problem();
  }
}

void Pool::give_back(std::unique_ptr<Connection> connection) {
  std::vector<std::unique_ptr<Connection>> dead;
  {
    const std::lock_guard lock{mutex_};
    --in_use_;
    if (connection->broken()) {
      // What broke one connection (a restart of the database) has broken those that lie idle too.
      dead.swap(idle_);
    } else {
      idle_.push_back(std::move(connection));
    }
  }
  returned_.notify_one();
}

PoolStatus Pool::status() const {
  const std::lock_guard lock{mutex_};
  return {options_.size, idle_.size() + in_use_, in_use_, waiting_};
}

}  // namespace hayden::db
