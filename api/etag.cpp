#include "api/etag.hpp"

#include <algorithm>
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

std::string with_part(const std::string& tag, std::string_view added) {
  if (added.empty()) return tag;
  const auto part = ETag{}.add(added).text();
  return tag.substr(0, tag.size() - 1) + '-' + part.substr(part.find('"') + 1);
}

std::string document_tags(std::string_view header) {
  std::string tags;
  while (!header.empty()) {
    const auto dash = std::min(header.find('-'), header.size());
    tags += header.substr(0, dash);
    header.remove_prefix(std::min(header.find('"', dash), header.size()));
  }
  return tags;
}

}  // namespace hayden::api
