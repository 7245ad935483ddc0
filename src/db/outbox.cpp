#include "db/outbox.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "db/connection.hpp"

namespace hayden::db {
namespace {

/// Any number will do, as long as all releases use the same.
constexpr auto elect_sql = "select pg_try_advisory_lock(4602820200905)";

/// The role alone does not suffice: a standby and a read-only login are members as well.
constexpr auto may_project_sql =
    "select pg_has_role(current_user, 'agdc_admin', 'member') and not pg_is_in_recovery()"
    " and current_setting('transaction_read_only') = 'off'";

template <typename Work>
auto or_problem(const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const pqxx::failure&) {
    rethrow_as_problem();
  }
}

/// Takes notice of an announcement; that there is one is all it says.
class Ear final : public pqxx::notification_receiver {
 public:
  explicit Ear(pqxx::connection_base& connection) : notification_receiver(connection, "hayden_outbox") {}
  void operator()(const std::string&, int) override {}
};

}  // namespace

struct OutboxListener::Session {
  explicit Session(const std::string& url)
      : connection({.url = url, .application = "hayden-api projector"}),
        ear(connection.raw()),
        wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~Session() { ::close(wake); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  bool ask(const char* sql) { return connection.run(Sql{sql}).at(0)[0].as<bool>(); }

  Connection connection;
  Ear ear;
  int wake;
  bool elected = false;
};

OutboxListener::OutboxListener(const std::string& url)
    : session_(or_problem([&] { return std::make_unique<Session>(url); })) {}
OutboxListener::~OutboxListener() = default;

bool OutboxListener::may_project() {
  return or_problem([this] { return session_->ask(may_project_sql); });
}

bool OutboxListener::elect() {
  // A lock taken twice would have to be let go twice.
  if (!session_->elected) session_->elected = or_problem([this] { return session_->ask(elect_sql); });
  return session_->elected;
}

void OutboxListener::wait(std::chrono::milliseconds longest, const std::stop_token& stop) {
  or_problem([&] {
    auto& connection = session_->connection.raw();
    if (connection.get_notifs() > 0) return;
    const std::stop_callback wake_up(stop, [this] { ::eventfd_write(session_->wake, 1); });
    std::array<pollfd, 2> sources{{{connection.sock(), POLLIN, 0}, {session_->wake, POLLIN, 0}}};
    ::poll(sources.data(), sources.size(), static_cast<int>(longest.count()));
    connection.get_notifs();
  });
}

}  // namespace hayden::db
