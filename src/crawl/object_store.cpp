#include "crawl/object_store.hpp"

namespace hayden::crawl {
namespace {

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

char32_t decode(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first;
  char32_t code = first & (0x7FU >> character.size());
  for (const char byte : character.substr(1))
    code = (code << 6U) | (static_cast<unsigned char>(byte) & 0x3FU);
  return code;
}

std::string encode(char32_t code) {
  const auto tail = [code](unsigned shift) { return static_cast<char>(0x80U | ((code >> shift) & 0x3FU)); };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xC0U | (code >> 6U)), tail(0)};
  if (code < 0x10000) return {static_cast<char>(0xE0U | (code >> 12U)), tail(6), tail(0)};
  return {static_cast<char>(0xF0U | (code >> 18U)), tail(12), tail(6), tail(0)};
}

}  // namespace

std::string before_prefix(const std::string& prefix) {
  if (prefix.empty()) return {};
  auto last = prefix.size() - 1;
  while (last > 0 && continues(prefix[last])) --last;
  auto code = decode(std::string_view{prefix}.substr(last)) - 1;
  if (code == 0xDFFF) code = 0xD7FF;  // between them are surrogates, which UTF-8 does not have
  const auto head = prefix.substr(0, last);
  return code == 0 ? head : end_of_prefix(head + encode(code));
}

}  // namespace hayden::crawl
