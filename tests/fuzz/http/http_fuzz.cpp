// Whatever arrives is answered with a verdict, and the verdict does not depend on how the bytes were split.
// The first byte of the input seeds the splitting; the rest is the stream.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "http/parser.hpp"

namespace {

using namespace hayden::http;

ParserLimits narrow() {
  ParserLimits limits;
  limits.head = 512;
  limits.url = 128;
  limits.header_count = 8;
  limits.body = 256;
  return limits;
}

/// What the stream was taken for, fed in pieces of 1 to `longest` bytes.
std::string account_of(std::string_view stream, std::size_t longest, std::uint32_t seed) {
  RequestParser parser(narrow());
  std::string account;
  while (!stream.empty()) {
    seed = seed * 1664525U + 1013904223U;
    auto piece = stream.substr(0, longest == SIZE_MAX ? longest : 1 + (seed >> 16) % longest);
    stream.remove_prefix(piece.size());
    while (!piece.empty()) {
      const auto outcome = parser.feed(piece);
      if (const auto* bad = std::get_if<Bad>(&outcome))
        return account + std::to_string(bad->status) + bad->description;
      const auto* complete = std::get_if<Complete>(&outcome);
      if (complete == nullptr) break;
      if (complete->consumed == 0 || complete->consumed > piece.size()) std::abort();
      const auto& request = complete->request;
      account += request.method + ' ' + request.path + '?' + request.query + '\n';
      for (const auto& [name, value] : request.headers)
        account.append(name).append("=").append(value).append("\n");
      account += request.body + '\n';
      piece.remove_prefix(complete->consumed);
    }
  }
  return account + (parser.started() ? "unfinished" : "idle");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::uint32_t seed = data[0];
  const auto whole = account_of(stream, SIZE_MAX, 0);
  for (const std::size_t longest : {std::size_t{1}, std::size_t{3}, std::size_t{40}}) {
    const auto split = account_of(stream, longest, seed);
    if (split == whole) continue;
    std::fprintf(stderr, "whole: %s\nsplit: %s\n", whole.c_str(), split.c_str());
    std::abort();
  }
  return 0;
}
