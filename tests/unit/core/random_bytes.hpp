#pragma once
#include <random>
#include <string>

namespace hayden {

/// Up to `longest` arbitrary bytes.
inline std::string random_bytes(std::mt19937& random, std::size_t longest) {
  std::string bytes(random() % (longest + 1), '\0');
  for (char& byte : bytes) byte = static_cast<char>(random() & 0xFFU);
  return bytes;
}

}  // namespace hayden
