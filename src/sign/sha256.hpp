#pragma once
// Only src/sign includes this file.
//
// OpenSSL 3 calls these functions old and would have a digest's state allocated by a provider. A presigned
// URL hashes a dozen blocks; going through EVP_MD_CTX costs as much again as the hashing.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <array>
#include <string>
#include <string_view>

namespace hayden::sign {

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

inline std::string_view bytes_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// SHA-256 (FIPS 180-4) of what is added. A copy goes on from the same state.
class Sha256 {
 public:
  Sha256() { SHA256_Init(&state_); }
  Sha256& add(std::string_view text) {
    SHA256_Update(&state_, text.data(), text.size());
    return *this;
  }
  Digest finish() {
    Digest digest;
    SHA256_Final(digest.data(), &state_);
    return digest;
  }

 private:
  SHA256_CTX state_{};
};

inline Digest sha256(std::string_view text) { return Sha256{}.add(text).finish(); }

/// HMAC-SHA-256 (RFC 2104) under one key, whose padding is hashed once.
class HmacKey {
 public:
  explicit HmacKey(std::string_view key) {
    std::array<char, SHA256_CBLOCK> block{};
    const Digest shortened = key.size() > block.size() ? sha256(key) : Digest{};
    const auto used = key.size() > block.size() ? bytes_of(shortened) : key;
    used.copy(block.data(), block.size());
    for (char& byte : block) byte = static_cast<char>(byte ^ 0x36);
    inner_.add({block.data(), block.size()});
    for (char& byte : block) byte = static_cast<char>(byte ^ 0x36 ^ 0x5c);
    outer_.add({block.data(), block.size()});
  }

  /// To add the text to.
  Sha256 start() const { return inner_; }
  /// What `start()` gave, with all of the text added.
  Digest finish(Sha256 text) const {
    const Digest inner = text.finish();
    return Sha256{outer_}.add(bytes_of(inner)).finish();
  }
  Digest of(std::string_view text) const { return finish(start().add(text)); }

 private:
  Sha256 inner_, outer_;
};

using HexDigest = std::array<char, std::size_t{2} * SHA256_DIGEST_LENGTH>;

inline HexDigest hex_of(const Digest& digest) {
  static constexpr std::string_view digits = "0123456789abcdef";
  HexDigest text;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    text[2 * i] = digits[digest[i] >> 4U];
    text[2 * i + 1] = digits[digest[i] & 0x0FU];
  }
  return text;
}

inline void append_hex(std::string& out, const Digest& digest) {
  const auto text = hex_of(digest);
  out.append(text.data(), text.size());
}

}  // namespace hayden::sign
