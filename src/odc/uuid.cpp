#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <stdexcept>

#include "odc/dataset.hpp"

namespace hayden::odc {
namespace {

constexpr std::size_t uuid_size = 16;
constexpr std::string_view landsat_namespace = "276af61d-99f8-4aa3-b2fb-d7df68c5e28f";

std::string uuid_bytes(std::string_view uuid) {
  std::string digits;
  for (const char c : uuid) {
    if (c != '-') digits += c;
  }
  std::string bytes;
  for (std::size_t at = 0; at + 2 <= digits.size(); at += 2) {
    unsigned int byte = 0;
    const char* end = digits.data() + at + 2;
    const auto [stop, error] = std::from_chars(digits.data() + at, end, byte, 16);
    if (error != std::errc{} || stop != end) throw std::invalid_argument("not a UUID");
    bytes += static_cast<char>(byte);
  }
  if (bytes.size() != uuid_size || digits.size() != 2 * uuid_size) throw std::invalid_argument("not a UUID");
  return bytes;
}

}  // namespace

std::string uuid5(std::string_view namespace_uuid, std::string_view name) {
  const std::string message = uuid_bytes(namespace_uuid) + std::string(name);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  EVP_Digest(message.data(), message.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  digest[6] = static_cast<unsigned char>((digest[6] & 0x0fU) | 0x50U);  // version 5
  digest[8] = static_cast<unsigned char>((digest[8] & 0x3fU) | 0x80U);  // variant of RFC 4122

  constexpr std::string_view hex_digits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < uuid_size; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += hex_digits[digest.at(i) >> 4U];
    text += hex_digits[digest.at(i) & 15U];
  }
  return text;
}

std::string landsat_dataset_id(std::string_view landsat_product_id) {
  return uuid5(landsat_namespace, landsat_product_id);
}

}  // namespace hayden::odc
