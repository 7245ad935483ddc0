#pragma once
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "api/caller.hpp"
#include "api/settings.hpp"
#include "auth/oidc.hpp"
#include "core/problem.hpp"
#include "db/pool.hpp"
#include "http/message.hpp"

namespace hayden::api {

/// A Problem(401 or 403) that says in WWW-Authenticate how to do better (RFC 6750 §3).
class Refusal : public Problem {
 public:
  Refusal(int status, std::string code, const std::string& description, std::string challenge)
      : Problem(status, std::move(code), description), challenge_(std::move(challenge)) {}
  const std::string& challenge() const { return challenge_; }

 private:
  std::string challenge_;
};

/// What a caller is told that may not have something, such as `signed URLs`: 401 when nobody is known by what
/// was sent, 403 when somebody is. An anonymous caller may lack nothing but a name.
Refusal refusal(const Caller& caller, std::string_view needed, std::string_view what = "this");

/// Writes down which tokens are in use, for those who tidy up: together and once a minute, not with each
/// request.
class TokenUse {
 public:
  explicit TokenUse(db::Pool& writers);
  ~TokenUse();  ///< writes what is left
  TokenUse(const TokenUse&) = delete;
  TokenUse& operator=(const TokenUse&) = delete;
  void note(int token_id);

 private:
  void write();
  void run(const std::stop_token& stop);

  db::Pool& writers_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::set<int> used_;
  std::jthread thread_;  // last: it uses all of the above
};

/// Finds out who sent a request. Nothing is remembered: a token that is revoked or expires is so at once.
class Authenticator {
 public:
  /// `issuer` may be null. Without `writers` the use of tokens is not written down.
  Authenticator(const Settings& settings, db::Pool& readers, db::Pool* writers, auth::Oidc* issuer);

  /// The caller, if it may what `needed` (a role, or empty) may; throws Refusal if not: 401 when nobody is
  /// known by what was sent, 403 when somebody is.
  Caller require(const http::Request& request, std::string_view needed);

 private:
  Caller identify(const http::Request& request, std::string_view needed);
  Caller holder_of(std::string_view token, std::string_view needed);
  Caller subject_of(std::string_view token) const;

  const Settings& settings_;
  db::Pool& readers_;
  db::Pool* writers_;
  auth::Oidc* issuer_;
  std::optional<TokenUse> use_;
};

}  // namespace hayden::api
