#pragma once
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "auth/jwt.hpp"
#include "core/time.hpp"

namespace hayden::auth {

struct OidcOptions {
  std::string issuer;    ///< exactly as in the tokens' `iss`
  std::string audience;  ///< one that tokens for this service carry in `aud`
  std::string jwks_url;  ///< empty: from the issuer's discovery document (OpenID Connect Discovery 1.0 §4)
  std::string role_claim = "scope";            ///< see claim_values()
  std::chrono::milliseconds retry{30'000};     ///< the issuer is asked for new keys at most this often
  std::chrono::milliseconds refresh{600'000};  ///< and at least this often
};

/// Who a token speaks for.
struct Identity {
  std::string subject;
  std::vector<std::string> roles;  ///< values of the role claim
};

/// Recognises the bearer tokens of an OpenID Connect issuer. Its keys are fetched by a thread of their own
/// and kept while the issuer does not answer; a token needs no question to anyone.
class Oidc {
 public:
  /// Asks the issuer once. Throws std::runtime_error with one sentence for the operator when an option is
  /// wrong or what the issuer answers does not fit; an issuer that is away is asked again later.
  explicit Oidc(OidcOptions options);
  ~Oidc();
  Oidc(const Oidc&) = delete;
  Oidc& operator=(const Oidc&) = delete;

  /// Throws TokenRefused, or Problem(503) while no keys were ever had. A key that is not known is asked for,
  /// but not more often than every `retry`; one caller waits for the answer, 3 seconds at most, and others
  /// who name unknown keys meanwhile are refused at once with Problem(503), so that an issuer that hangs
  /// costs the service one of its threads.
  Identity identify(std::string_view token, Instant now = current_time());

 private:
  using Keys = std::shared_ptr<const KeySet>;
  static Instant current_time() {
    return std::chrono::time_point_cast<Instant::duration>(std::chrono::system_clock::now());
  }
  Keys keys();
  /// Nothing when another thread waits for them.
  std::optional<Keys> newer_keys();
  KeySet fetch_keys();
  bool fetch();
  void keep_fresh(const std::stop_token& stop);

  OidcOptions options_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  Keys keys_;
  std::chrono::steady_clock::time_point next_fetch_;  ///< not before, whoever wants keys
  unsigned fetches_ = 0;
  bool wanted_ = false;
  bool awaited_ = false;  ///< by a thread in newer_keys()
  std::jthread thread_;   // last: it uses all of the above
};

}  // namespace hayden::auth
