#include "stac/text_digest.hpp"

#include <openssl/evp.h>

#include <array>

namespace hayden::stac {

std::string text_digest(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned length = 0;
  EVP_Digest(text.data(), text.size(), bytes.data(), &length, EVP_sha256(), nullptr);
  constexpr std::size_t bytes_kept = 16;
  static constexpr std::string_view hex = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < bytes_kept; ++i) {
    out += hex[bytes[i] >> 4U];
    out += hex[bytes[i] & 0x0FU];
  }
  return out;
}

}  // namespace hayden::stac
