#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "api/signing/policy.hpp"
#include "core/time.hpp"

namespace hayden::api {

/// Counts the signatures of each caller. How many a page takes is known only afterwards, so whoever has any
/// left gets what it asks for, and pays off what was too much before it gets more. Safe to share between
/// threads.
class SigningCounts {
 public:
  /// In how long the caller may ask again; nothing when it may now.
  std::optional<std::chrono::seconds> wait(const std::string& caller, const SigningLimits& limits,
                                           Instant now);
  void charge(const std::string& caller, const SigningLimits& limits, std::int64_t signatures, Instant now);

 private:
  struct Account {
    double left = 0;  ///< of this minute's; below zero after a large page
    Instant seen{};
    std::chrono::sys_days day{};
    std::int64_t today = 0;
  };
  /// Callers beyond this many are forgotten, those first that have long been idle.
  static constexpr std::size_t most_accounts = 20'000;

  Account& account(const std::string& caller, const SigningLimits& limits, Instant now);

  std::mutex mutex_;
  std::map<std::string, Account> accounts_;
};

}  // namespace hayden::api
