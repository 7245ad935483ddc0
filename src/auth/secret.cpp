#include "auth/secret.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <limits>
#include <stdexcept>

#include "core/base64url.hpp"

namespace hayden::auth {
namespace {

constexpr int scram_iterations = 4096;  // PostgreSQL's own default
constexpr std::size_t salt_bytes = 16;

const unsigned char* unsigned_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());  // NOLINT: OpenSSL's view of bytes
}
unsigned char* unsigned_bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());  // NOLINT: OpenSSL's view of bytes
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::string mac(SHA256_DIGEST_LENGTH, '\0');
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), unsigned_bytes(text), text.size(),
           unsigned_bytes(mac), nullptr) == nullptr) {
    throw std::runtime_error("OpenSSL cannot compute an HMAC");
  }
  return mac;
}

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int length =
      EVP_EncodeBlock(unsigned_bytes(text), unsigned_bytes(bytes), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

}  // namespace

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (count > std::numeric_limits<int>::max() ||
      RAND_bytes(unsigned_bytes(bytes), static_cast<int>(count)) != 1) {
    throw std::runtime_error("there are no random bytes to be had");
  }
  return bytes;
}

std::string sha256(std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(unsigned_bytes(bytes), bytes.size(), unsigned_bytes(digest));
  return digest;
}

std::string new_password() { return base64url_encode(random_bytes(18)); }

std::string scram_verifier(std::string_view password) {
  const auto salt = random_bytes(salt_bytes);
  std::string salted(SHA256_DIGEST_LENGTH, '\0');
  if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), unsigned_bytes(salt),
                        static_cast<int>(salt.size()), scram_iterations, EVP_sha256(), SHA256_DIGEST_LENGTH,
                        unsigned_bytes(salted)) != 1) {
    throw std::runtime_error("OpenSSL cannot derive a key");
  }
  return fmt::format("SCRAM-SHA-256${}:{}${}:{}", scram_iterations, base64(salt),
                     base64(sha256(hmac_sha256(salted, "Client Key"))),
                     base64(hmac_sha256(salted, "Server Key")));
}

}  // namespace hayden::auth
