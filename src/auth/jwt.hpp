#pragma once
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "auth/public_key.hpp"
#include "core/json.hpp"
#include "core/time.hpp"

namespace hayden::auth {

/// Why a token is not accepted: plain ASCII without quotes and backslashes, for its sender.
class TokenRefused : public std::runtime_error {
 public:
  using runtime_error::runtime_error;
};

/// A JSON Web Token in compact form (RFC 7519, RFC 7515 §7.1), taken apart. Nothing in it is to be believed
/// before KeySet::verify() says so.
struct Jwt {
  std::string signed_part;  ///< what the signature is over
  std::string signature;    ///< decoded
  Algorithm algorithm;
  std::string key_id;  ///< empty when it names none
  Json claims;         ///< an object

  /// Throws TokenRefused on anything else than a signed token with one of the algorithms. `none` and the
  /// symmetric algorithms, whose key would be a public one, are refused by name here (RFC 8725 §3.1).
  static Jwt parse(std::string_view compact);
};

/// The public keys of an issuer (RFC 7517).
class KeySet {
 public:
  /// Keeps the keys that are fit for one of the algorithms and not meant for encryption. Throws
  /// std::runtime_error with one sentence when `text` is no key set or holds no such key.
  static KeySet parse(std::string_view text);

  enum class Verdict { good, forged, unknown_key };
  /// A token that names a key is tried with keys of that name only.
  Verdict verify(const Jwt& token) const;

 private:
  struct Key {
    std::string id;                      ///< empty when it has none
    std::optional<Algorithm> algorithm;  ///< the only one it is for
    PublicKey key;
    bool fits(const Jwt& token) const;
  };
  std::vector<Key> keys_;
};

/// What a token's claims must say.
struct Expectations {
  std::string issuer, audience;
  std::chrono::seconds leeway{60};  ///< by which clocks may differ
};

/// Checks iss, aud, exp (required), nbf, iat (RFC 7519 §4.1) and that there is a sub. Throws TokenRefused.
void check_claims(const Json& claims, const Expectations& expected, Instant now);

/// The values of a claim that is a string, which counts as words between spaces (as `scope` does), or an
/// array of strings. `path` is the name of a claim, or leads through objects with dots: `realm_access.roles`.
/// Empty when it is not there.
std::vector<std::string> claim_values(const Json& claims, std::string_view path);

}  // namespace hayden::auth
