#include "auth/public_key.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <string>

#include "core/base64url.hpp"

namespace hayden::auth {
namespace {

constexpr std::size_t least_modulus = 256, largest_modulus = 1024;  // bytes
constexpr std::size_t coordinate = 32;                              // bytes, of P-256 and Ed25519

struct Free {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* parameters) const { OSSL_PARAM_free(parameters); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

const unsigned char* unsigned_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());  // NOLINT: OpenSSL's view of bytes
}

/// The bytes of a member in base64url; empty when it is not there or not that.
std::string bytes_of(const Json& jwk, const char* name) {
  const auto found = jwk.find(name);
  if (found == jwk.end() || !found->is_string()) return {};
  return base64url_decode(found->get_ref<const std::string&>()).value_or("");
}

Owned<BIGNUM> number(std::string_view bytes) {
  return Owned<BIGNUM>{BN_bin2bn(unsigned_bytes(bytes), static_cast<int>(bytes.size()), nullptr)};
}

/// The key made of parameters, if it is one.
std::shared_ptr<EVP_PKEY> checked_key(const char* kind, OSSL_PARAM_BLD* builder) {
  const Owned<OSSL_PARAM> parameters{OSSL_PARAM_BLD_to_param(builder)};
  const Owned<EVP_PKEY_CTX> maker{EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr)};
  EVP_PKEY* made = nullptr;
  if (!parameters || !maker || EVP_PKEY_fromdata_init(maker.get()) != 1 ||
      EVP_PKEY_fromdata(maker.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return {};
  }
  std::shared_ptr<EVP_PKEY> key{made, EVP_PKEY_free};
  const Owned<EVP_PKEY_CTX> checker{EVP_PKEY_CTX_new_from_pkey(nullptr, made, nullptr)};
  if (!checker || EVP_PKEY_public_check(checker.get()) != 1) return {};
  return key;
}

std::shared_ptr<EVP_PKEY> rsa_key(const Json& jwk) {
  const auto modulus = bytes_of(jwk, "n"), exponent = bytes_of(jwk, "e");
  if (modulus.size() < least_modulus || modulus.size() > largest_modulus || exponent.empty() ||
      exponent.size() > sizeof(std::uint64_t)) {
    return {};
  }
  const auto n = number(modulus), e = number(exponent);
  const Owned<OSSL_PARAM_BLD> builder{OSSL_PARAM_BLD_new()};
  if (!n || !e || !builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return {};
  }
  return checked_key("RSA", builder.get());
}

std::shared_ptr<EVP_PKEY> p256_key(const Json& jwk) {
  const auto x = bytes_of(jwk, "x"), y = bytes_of(jwk, "y");
  if (x.size() != coordinate || y.size() != coordinate) return {};
  const std::string point = '\x04' + x + y;  // uncompressed (SEC 1 §2.3.3)
  const Owned<OSSL_PARAM_BLD> builder{OSSL_PARAM_BLD_new()};
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) !=
          1) {
    return {};
  }
  return checked_key("EC", builder.get());
}

std::shared_ptr<EVP_PKEY> ed25519_key(const Json& jwk) {
  const auto x = bytes_of(jwk, "x");
  if (x.size() != coordinate) return {};
  return {EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, unsigned_bytes(x), x.size()), EVP_PKEY_free};
}

/// A token holds the two numbers side by side (RFC 7518 §3.4), OpenSSL takes them as DER. Empty when they are
/// not two.
std::string ecdsa_der(std::string_view signature) {
  if (signature.size() != 2 * coordinate) return {};
  auto r = number(signature.substr(0, coordinate)), s = number(signature.substr(coordinate));
  const Owned<ECDSA_SIG> pair{ECDSA_SIG_new()};
  if (!r || !s || !pair || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
  (void)r.release();  // both belong to the pair now
  (void)s.release();
  unsigned char* der = nullptr;
  const int length = i2d_ECDSA_SIG(pair.get(), &der);
  if (length <= 0) return {};
  std::string bytes{reinterpret_cast<const char*>(der),
                    static_cast<std::size_t>(length)};  // NOLINT: as above
  OPENSSL_free(der);
  return bytes;
}

bool is_member(const Json& jwk, const char* name, std::string_view value) {
  const auto found = jwk.find(name);
  return found != jwk.end() && found->is_string() && found->get_ref<const std::string&>() == value;
}

}  // namespace

std::optional<Algorithm> algorithm_of(std::string_view name) {
  if (name == "RS256") return Algorithm::rs256;
  if (name == "PS256") return Algorithm::ps256;
  if (name == "ES256") return Algorithm::es256;
  if (name == "EdDSA") return Algorithm::eddsa;
  return {};
}

std::optional<PublicKey> PublicKey::from_jwk(const Json& jwk) {
  std::optional<PublicKey> key;
  if (!jwk.is_object()) return key;
  if (is_member(jwk, "kty", "RSA")) {
    key = PublicKey{Kind::rsa, rsa_key(jwk)};
  } else if (is_member(jwk, "kty", "EC") && is_member(jwk, "crv", "P-256")) {
    key = PublicKey{Kind::p256, p256_key(jwk)};
  } else if (is_member(jwk, "kty", "OKP") && is_member(jwk, "crv", "Ed25519")) {
    key = PublicKey{Kind::ed25519, ed25519_key(jwk)};
  }
  if (key && key->key_ == nullptr) key.reset();
  ERR_clear_error();
  return key;
}

bool PublicKey::fits(Algorithm algorithm) const {
  switch (algorithm) {
    case Algorithm::rs256:
    case Algorithm::ps256:
      return kind_ == Kind::rsa;
    case Algorithm::es256:
      return kind_ == Kind::p256;
    case Algorithm::eddsa:
      return kind_ == Kind::ed25519;
  }
  return false;
}

bool PublicKey::verify(Algorithm algorithm, std::string_view message, std::string_view signature) const {
  const std::string given{algorithm == Algorithm::es256 ? ecdsa_der(signature) : signature};
  const Owned<EVP_MD_CTX> context{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* parameters = nullptr;  // belongs to the context
  const auto* const digest = algorithm == Algorithm::eddsa ? nullptr : EVP_sha256();
  bool ready = context && EVP_DigestVerifyInit(context.get(), &parameters, digest, nullptr, key_.get()) == 1;
  if (algorithm == Algorithm::ps256) {
    ready = ready && EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  const bool good = ready && EVP_DigestVerify(context.get(), unsigned_bytes(given), given.size(),
                                              unsigned_bytes(message), message.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace hayden::auth
