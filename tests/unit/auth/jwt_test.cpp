#include "auth/jwt.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <memory>

#include "core/base64url.hpp"

namespace hayden::auth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Verdict = KeySet::Verdict;

std::string encoded(const Json& json) { return base64url_encode(dump_json(json)); }

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());  // NOLINT: OpenSSL's view of bytes
}
unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());  // NOLINT: OpenSSL's view of bytes
}

/// A key pair of an issuer.
class Signer {
 public:
  explicit Signer(EVP_PKEY* key) : key_(key, EVP_PKEY_free) {}
  static Signer rsa(unsigned bits = 2048) { return Signer{EVP_RSA_gen(bits)}; }
  static Signer p256() { return Signer{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")}; }
  static Signer ed25519() { return Signer{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")}; }

  Json jwk(const Json& more = Json::object()) const {
    Json jwk;
    if (EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_RSA) {
      jwk = {
          {"kty", "RSA"}, {"n", number(OSSL_PKEY_PARAM_RSA_N, 0)}, {"e", number(OSSL_PKEY_PARAM_RSA_E, 0)}};
    } else if (EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_EC) {
      jwk = {{"kty", "EC"},
             {"crv", "P-256"},
             {"x", number(OSSL_PKEY_PARAM_EC_PUB_X, 32)},
             {"y", number(OSSL_PKEY_PARAM_EC_PUB_Y, 32)}};
    } else {
      std::string raw(32, '\0');
      std::size_t size = raw.size();
      EVP_PKEY_get_raw_public_key(key_.get(), bytes(raw), &size);
      jwk = {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", base64url_encode(raw)}};
    }
    jwk.update(more);
    return jwk;
  }
  std::string sign(const Json& header, const Json& claims) const {
    const auto signed_part = encoded(header) + "." + encoded(claims);
    return signed_part + "." + base64url_encode(signature(header["alg"], signed_part));
  }

 private:
  std::string number(const char* name, int size) const {
    BIGNUM* found = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &found);
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> owned{found, BN_free};
    std::string raw(static_cast<std::size_t>(std::max(size, BN_num_bytes(found))), '\0');
    BN_bn2binpad(found, bytes(raw), static_cast<int>(raw.size()));
    return base64url_encode(raw);
  }
  std::string signature(const std::string& algorithm, const std::string& text) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
    EVP_PKEY_CTX* parameters = nullptr;
    EVP_DigestSignInit(context.get(), &parameters, algorithm == "EdDSA" ? nullptr : EVP_sha256(), nullptr,
                       key_.get());
    if (algorithm == "PS256") {
      EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
      EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST);
    }
    std::string made(1024, '\0');
    std::size_t size = made.size();
    EXPECT_EQ(EVP_DigestSign(context.get(), bytes(made), &size, bytes(text), text.size()), 1);
    made.resize(size);
    if (algorithm != "ES256") return made;
    const auto* at = bytes(std::string_view{made});
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair{
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(made.size())), ECDSA_SIG_free};
    std::string side_by_side(64, '\0');
    BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), bytes(side_by_side), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), bytes(side_by_side) + 32, 32);
    return side_by_side;
  }

  std::shared_ptr<EVP_PKEY> key_;
};

const Signer& rsa() {
  static const auto signer = Signer::rsa();
  return signer;
}
const Signer& other_rsa() {
  static const auto signer = Signer::rsa();
  return signer;
}
const Signer& ed25519() {
  static const auto signer = Signer::ed25519();
  return signer;
}
const Signer& p256() {
  static const auto signer = Signer::p256();
  return signer;
}

KeySet set_of(std::initializer_list<Json> keys) {
  return KeySet::parse(dump_json({{"keys", Json(std::vector<Json>(keys))}}));
}

std::string refusal_of(std::string_view compact) {
  try {
    Jwt::parse(compact);
  } catch (const TokenRefused& refused) {
    return refused.what();
  }
  return "";
}

std::string refusal_of_keys(const std::string& text) {
  try {
    KeySet::parse(text);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(jwt, is_taken_apart) {
  const auto token =
      Jwt::parse(rsa().sign({{"alg", "RS256"}, {"kid", "one"}, {"typ", "at+JWT"}}, {{"sub", "ada"}}));
  EXPECT_EQ(token.algorithm, Algorithm::rs256);
  EXPECT_EQ(token.key_id, "one");
  EXPECT_EQ(token.claims["sub"], "ada");
}

TEST(jwt, is_refused_with_none_and_with_symmetric_algorithms) {
  for (const auto* algorithm :
       {"none", "None", "HS256", "HS512", "RS1", "", "ES256K", "ES512", "dir", "rs256"}) {
    const auto token = encoded({{"alg", algorithm}}) + "." + encoded({{"sub", "ada"}}) + ".AAAA";
    EXPECT_THAT(refusal_of(token), HasSubstr("RS256, PS256, ES256 or EdDSA")) << algorithm;
  }
}

TEST(jwt, is_refused_when_it_is_none) {
  const auto header = encoded({{"alg", "RS256"}}), claims = encoded({{"sub", "ada"}});
  EXPECT_THAT(refusal_of("opaque"), HasSubstr("no JSON Web Token"));
  EXPECT_THAT(refusal_of("a.b"), HasSubstr("no JSON Web Token"));
  EXPECT_THAT(refusal_of("a.b.c.d.e"), HasSubstr("no JSON Web Token"));
  EXPECT_THAT(refusal_of(header + "." + claims + "."), HasSubstr("no signature"));
  EXPECT_THAT(refusal_of(header + "." + claims + ".*"), HasSubstr("no signature"));
  EXPECT_THAT(refusal_of("e30=." + claims + ".AAAA"), HasSubstr("base64url"));
  EXPECT_THAT(refusal_of(header + "." + base64url_encode("[]") + ".AAAA"), HasSubstr("JSON objects"));
  EXPECT_THAT(refusal_of(header + "." + base64url_encode("{") + ".AAAA"), HasSubstr("JSON objects"));
  EXPECT_THAT(refusal_of(header + "." + base64url_encode(std::string(100, '[')) + ".AAAA"),
              HasSubstr("JSON objects"));
  EXPECT_THAT(refusal_of(encoded({{"alg", 7}}) + "." + claims + ".AAAA"), HasSubstr("header"));
  EXPECT_THAT(refusal_of(header + "." + claims + "." + std::string(20'000, 'A')), HasSubstr("too long"));
}

TEST(jwt, is_refused_when_it_is_for_something_else) {
  const auto claims = encoded({{"sub", "ada"}});
  EXPECT_THAT(refusal_of(encoded({{"alg", "RS256"}, {"crit", {"exp"}}}) + "." + claims + ".AAAA"),
              HasSubstr("extensions"));
  EXPECT_THAT(refusal_of(encoded({{"alg", "RS256"}, {"typ", "logout+jwt"}}) + "." + claims + ".AAAA"),
              HasSubstr("not an access token"));
}

TEST(key_set, verifies_what_its_keys_signed) {
  const auto keys =
      set_of({rsa().jwk({{"kid", "r"}}), p256().jwk({{"kid", "e"}}), ed25519().jwk({{"kid", "d"}})});
  for (const auto* algorithm : {"RS256", "PS256"}) {
    EXPECT_EQ(keys.verify(Jwt::parse(rsa().sign({{"alg", algorithm}, {"kid", "r"}}, {{"sub", "ada"}}))),
              Verdict::good);
    EXPECT_EQ(keys.verify(Jwt::parse(rsa().sign({{"alg", algorithm}}, {{"sub", "ada"}}))), Verdict::good);
  }
  EXPECT_EQ(keys.verify(Jwt::parse(p256().sign({{"alg", "ES256"}, {"kid", "e"}}, {{"sub", "ada"}}))),
            Verdict::good);
  EXPECT_EQ(keys.verify(Jwt::parse(ed25519().sign({{"alg", "EdDSA"}, {"kid", "d"}}, {{"sub", "ada"}}))),
            Verdict::good);
}

TEST(key_set, takes_no_signature_that_is_cut_or_empty_of_content) {
  const auto keys = set_of({rsa().jwk(), p256().jwk(), ed25519().jwk()});
  for (const auto* algorithm : {"RS256", "PS256", "ES256", "EdDSA"}) {
    for (const std::size_t size : {1U, 32U, 64U, 256U}) {
      const auto token = encoded({{"alg", algorithm}}) + "." + encoded({{"sub", "eve"}}) + "." +
                         base64url_encode(std::string(size, '\0'));
      EXPECT_EQ(keys.verify(Jwt::parse(token)), Verdict::forged) << algorithm << size;
    }
  }
}

TEST(key_set, tells_forged_tokens_from_those_of_unknown_keys) {
  const auto keys = set_of({rsa().jwk({{"kid", "r"}})});
  EXPECT_EQ(keys.verify(Jwt::parse(other_rsa().sign({{"alg", "RS256"}, {"kid", "r"}}, {{"sub", "ada"}}))),
            Verdict::forged);
  EXPECT_EQ(keys.verify(Jwt::parse(other_rsa().sign({{"alg", "RS256"}, {"kid", "x"}}, {{"sub", "ada"}}))),
            Verdict::unknown_key);
  EXPECT_EQ(keys.verify(Jwt::parse(p256().sign({{"alg", "ES256"}, {"kid", "r"}}, {{"sub", "ada"}}))),
            Verdict::unknown_key);
  auto changed = rsa().sign({{"alg", "RS256"}, {"kid", "r"}}, {{"sub", "ada"}});
  const auto dot = changed.find('.');
  changed.replace(dot + 1, changed.rfind('.') - dot - 1, encoded({{"sub", "eve"}}));
  EXPECT_EQ(keys.verify(Jwt::parse(changed)), Verdict::forged);
}

TEST(key_set, never_takes_a_public_key_for_a_shared_secret) {
  const auto jwk = rsa().jwk({{"kid", "r"}});
  const auto signed_part = encoded({{"alg", "HS256"}, {"kid", "r"}}) + "." + encoded({{"sub", "eve"}});
  const auto secret = *base64url_decode(jwk["n"].get<std::string>());
  unsigned char mac[32];
  unsigned length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(signed_part.data()), signed_part.size(), mac,
       &length);                                                            // NOLINT
  const std::string signature{reinterpret_cast<const char*>(mac), length};  // NOLINT
  EXPECT_THAT(refusal_of(signed_part + "." + base64url_encode(signature)), HasSubstr("must be signed with"));
}

TEST(key_set, passes_over_keys_that_must_not_be_used) {
  const Json good = rsa().jwk({{"kid", "good"}});
  const auto ignores = [&](const Json& bad) {
    return set_of({good, bad})
               .verify(Jwt::parse(other_rsa().sign({{"alg", "RS256"}, {"kid", "bad"}}, {{"sub", "eve"}}))) ==
           Verdict::unknown_key;
  };
  EXPECT_FALSE(
      ignores(other_rsa().jwk({{"kid", "bad"}, {"use", "sig"}, {"key_ops", {"verify"}}, {"alg", "RS256"}})));
  EXPECT_TRUE(ignores(other_rsa().jwk({{"kid", "bad"}, {"use", "enc"}})));
  EXPECT_TRUE(ignores(other_rsa().jwk({{"kid", "bad"}, {"key_ops", {"encrypt"}}})));
  EXPECT_TRUE(ignores(other_rsa().jwk({{"kid", "bad"}, {"alg", "PS256"}})));
  EXPECT_TRUE(ignores({{"kty", "oct"}, {"k", "c2VjcmV0"}, {"kid", "bad"}}));
  EXPECT_TRUE(ignores(7));
  EXPECT_TRUE(ignores({{"kty", "EC"}, {"crv", "P-256"}, {"x", "AQ=="}, {"y", "AQ=="}, {"kid", "bad"}}));
  const auto weak = Signer::rsa(1024);
  EXPECT_EQ(set_of({good, weak.jwk({{"kid", "weak"}})})
                .verify(Jwt::parse(weak.sign({{"alg", "RS256"}, {"kid", "weak"}}, {{"sub", "eve"}}))),
            Verdict::unknown_key);
}

TEST(key_set, is_refused_when_it_is_none) {
  EXPECT_THAT(refusal_of_keys("<html>"), HasSubstr("not JSON"));
  EXPECT_THAT(refusal_of_keys("[]"), HasSubstr("no JSON Web Key Set"));
  EXPECT_THAT(refusal_of_keys(R"({"keys":{}})"), HasSubstr("no JSON Web Key Set"));
  EXPECT_THAT(refusal_of_keys(R"({"keys":[]})"), HasSubstr("no key for"));
  EXPECT_THAT(refusal_of_keys(R"({"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]})"),
              HasSubstr("no key for"));
}

class claims : public ::testing::Test {
 protected:
  std::string refusal(const Json& change) {
    Json all{
        {"iss", "https://issuer"}, {"aud", "hayden"}, {"sub", "ada"}, {"exp", now_s + 300}, {"iat", now_s}};
    for (const auto& [name, value] : change.items()) {
      if (value.is_null()) {
        all.erase(name);
      } else {
        all[name] = value;
      }
    }
    try {
      check_claims(all, {"https://issuer", "hayden"}, Instant{std::chrono::seconds{now_s}});
    } catch (const TokenRefused& refused) {
      return refused.what();
    }
    return "";
  }
  static constexpr long now_s = 1'800'000'000;
};

TEST_F(claims, are_accepted_when_they_are_right) {
  EXPECT_EQ(refusal(Json::object()), "");
  EXPECT_EQ(refusal({{"aud", {"other", "hayden"}}}), "");
  EXPECT_EQ(refusal({{"nbf", now_s - 1}, {"iat", nullptr}, {"exp", now_s + 0.5}}), "");
}

TEST_F(claims, are_refused_from_another_issuer_or_for_another_audience) {
  EXPECT_EQ(refusal({{"iss", "https://issuer/"}}), "the token is from another issuer");
  EXPECT_EQ(refusal({{"iss", nullptr}}), "the token is from another issuer");
  EXPECT_EQ(refusal({{"iss", {"https://issuer"}}}), "the token is from another issuer");
  EXPECT_EQ(refusal({{"aud", "hayden2"}}), "the token is for another audience");
  EXPECT_EQ(refusal({{"aud", nullptr}}), "the token is for another audience");
  EXPECT_EQ(refusal({{"aud", {{"hayden", true}}}}), "the token is for another audience");
}

TEST_F(claims, are_refused_out_of_their_time_give_or_take_a_minute) {
  EXPECT_EQ(refusal({{"exp", now_s - 59}}), "");
  EXPECT_EQ(refusal({{"exp", now_s - 60}}), "the token has expired");
  EXPECT_EQ(refusal({{"exp", nullptr}}), "the token has no time of expiry");
  EXPECT_EQ(refusal({{"exp", "tomorrow"}}), "the token's exp is not a number");
  EXPECT_EQ(refusal({{"nbf", now_s + 60}}), "");
  EXPECT_EQ(refusal({{"nbf", now_s + 61}}), "the token is not valid yet");
  EXPECT_EQ(refusal({{"iat", now_s + 61}}), "the token was issued in the future");
}

TEST_F(claims, name_a_subject) {
  EXPECT_EQ(refusal({{"sub", nullptr}}), "the token has no subject");
  EXPECT_EQ(refusal({{"sub", ""}}), "the token has no subject");
  EXPECT_EQ(refusal({{"sub", 7}}), "the token has no subject");
}

TEST_F(claims, hold_roles_as_words_or_lists_however_deep) {
  EXPECT_THAT(claim_values({{"scope", " read  write "}}, "scope"), ElementsAre("read", "write"));
  EXPECT_THAT(claim_values({{"realm_access", {{"roles", {"a", 7, "b c"}}}}}, "realm_access.roles"),
              ElementsAre("a", "b c"));
  EXPECT_THAT(claim_values({{"https://example.org/roles", {"a"}}}, "https://example.org/roles"),
              ElementsAre("a"));
  EXPECT_THAT(claim_values({{"https://example.org/x", {{"y", "a"}}}}, "https://example.org/x.y"),
              ElementsAre("a"));
  EXPECT_THAT(claim_values({{"roles", {{"a", true}}}}, "roles"), IsEmpty());
  EXPECT_THAT(claim_values({{"roles", "a"}}, "roles.a"), IsEmpty());
  EXPECT_THAT(claim_values(Json::object(), "scope"), IsEmpty());
}

}  // namespace
}  // namespace hayden::auth
