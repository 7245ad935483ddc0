#pragma once
#include <memory>
#include <optional>
#include <string_view>

#include "core/json.hpp"

struct evp_pkey_st;

namespace hayden::auth {

/// How tokens may be signed (RFC 7518 §3.1, RFC 8037 §3.1).
enum class Algorithm { rs256, ps256, es256, eddsa };

/// As written in a token's `alg`; nothing for any other, `none` and the symmetric ones among them.
std::optional<Algorithm> algorithm_of(std::string_view name);

/// An issuer's key for checking signatures. Copies share it; it may be used by several threads.
class PublicKey {
 public:
  /// From the public members of a JSON Web Key (RFC 7517): RSA of 2048 to 8192 bits, P-256 or Ed25519.
  /// Nothing when it is of another kind or mathematically no key.
  static std::optional<PublicKey> from_jwk(const Json& jwk);

  /// Whether keys of this kind are for that algorithm.
  bool fits(Algorithm algorithm) const;
  /// `signature` as in a token: for ES256 two numbers of 32 bytes. `algorithm` must fit.
  bool verify(Algorithm algorithm, std::string_view message, std::string_view signature) const;

 private:
  enum class Kind { rsa, p256, ed25519 };
  PublicKey(Kind kind, std::shared_ptr<evp_pkey_st> key) : kind_(kind), key_(std::move(key)) {}

  Kind kind_;
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace hayden::auth
