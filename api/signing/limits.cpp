#include "api/signing/limits.hpp"

#include <algorithm>
#include <cmath>

namespace hayden::api {
namespace {

using Seconds = std::chrono::duration<double>;
constexpr double minute = 60;

}  // namespace

SigningCounts::Account& SigningCounts::account(const std::string& caller, const SigningLimits& limits,
                                               Instant now) {
  if (accounts_.size() >= most_accounts && accounts_.count(caller) == 0) {
    // All who have not been seen today or for a minute have nothing to pay off, or little.
    std::erase_if(accounts_, [&](const auto& one) { return now - one.second.seen > std::chrono::hours{24}; });
    if (accounts_.size() >= most_accounts) {
      accounts_.erase(std::ranges::min_element(accounts_, {}, [](const auto& one) {
        return std::pair{one.second.today, one.second.seen};
      }));
    }
  }
  auto& account = accounts_[caller];
  const auto most = static_cast<double>(limits.per_minute.value_or(0));
  const auto passed = Seconds(now - account.seen).count();
  account.left = account.seen == Instant{} ? most : std::min(most, account.left + passed * most / minute);
  account.seen = now;
  const auto day = std::chrono::floor<std::chrono::days>(now);
  if (account.day != day) account.today = 0;
  account.day = day;
  return account;
}

std::optional<std::chrono::seconds> SigningCounts::wait(const std::string& caller,
                                                        const SigningLimits& limits, Instant now) {
  if (!limits.per_minute && !limits.per_day) return {};
  const std::lock_guard lock(mutex_);
  const auto& mine = account(caller, limits, now);
  if (limits.per_day && mine.today >= *limits.per_day) {
    return std::chrono::ceil<std::chrono::seconds>(mine.day + std::chrono::days{1} - now);
  }
  if (limits.per_minute && mine.left < 1) {
    const auto seconds = std::ceil((1 - mine.left) * minute / static_cast<double>(*limits.per_minute));
    return std::chrono::seconds{static_cast<std::int64_t>(seconds)};
  }
  return {};
}

void SigningCounts::charge(const std::string& caller, const SigningLimits& limits, std::int64_t signatures,
                           Instant now) {
  if (signatures == 0 || (!limits.per_minute && !limits.per_day)) return;
  const std::lock_guard lock(mutex_);
  auto& mine = account(caller, limits, now);
  mine.left -= static_cast<double>(signatures);
  mine.today += signatures;
}

}  // namespace hayden::api
