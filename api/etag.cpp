#include "api/etag.hpp"

#include <cstdio>

namespace hayden::api {

ETag& ETag::add(std::string_view part) {
  const auto mix = [this](char c) { hash_ = (hash_ ^ static_cast<std::uint8_t>(c)) * 0x100000001b3U; };
  for (const char c : part) mix(c);
  mix('\0');
  return *this;
}

std::string ETag::text() const {
  char text[24];
  const int length =
      std::snprintf(text, sizeof text, R"(W/"%016llx")", static_cast<unsigned long long>(hash_));
  return {text, static_cast<std::size_t>(length)};
}

}  // namespace hayden::api
