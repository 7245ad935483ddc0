#pragma once
#include <unistd.h>

#include <cstdlib>
#include <pqxx/pqxx>
#include <stdexcept>
#include <string>

#include "db/migrate.hpp"

namespace hayden::test {

/// A database of one's own in the cluster that HAYDEN_TEST_URL names (scripts/test starts it), migrated, gone
/// when the object dies.
class TestDatabase {
 public:
  TestDatabase() : name_("hayden_test_" + std::to_string(::getpid()) + "_" + std::to_string(next_++)) {
    pqxx::connection server{server_url()};
    pqxx::nontransaction work{server};
    work.exec("create database " + work.quote_name(name_) + " template template_postgis");
    db::migrate(url());
  }
  ~TestDatabase() {
    try {
      pqxx::connection server{server_url()};
      pqxx::nontransaction work{server};
      work.exec("drop database " + work.quote_name(name_) + " with (force)");
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
    }
  }
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  /// As login hayden, who owns the database.
  std::string url() const {
    const auto server = server_url();
    return server.substr(0, server.rfind('/') + 1) + name_;
  }

  /// Runs a statement as the owner.
  template <typename... Values>
  pqxx::result run(const std::string& sql, Values&&... values) const {
    pqxx::connection connection{url()};
    pqxx::nontransaction work{connection};
    return work.exec_params(sql, std::forward<Values>(values)...);
  }

 private:
  static std::string server_url() {
    const char* const url = std::getenv("HAYDEN_TEST_URL");
    if (url == nullptr)
      throw std::runtime_error("HAYDEN_TEST_URL is not set: run these tests with scripts/test");
    return url;
  }

  static inline int next_ = 0;
  std::string name_;
};

}  // namespace hayden::test
