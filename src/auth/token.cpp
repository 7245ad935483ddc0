#include "auth/token.hpp"

#include <charconv>

#include "auth/secret.hpp"
#include "core/base64url.hpp"

namespace hayden::auth {
namespace {

constexpr std::size_t secret_bytes = 32, secret_characters = 43;
constexpr std::size_t checksum_bytes = 3, checksum_characters = 4;
constexpr std::chrono::days furthest{36'525};

std::string checksum(std::string_view secret) {
  return base64url_encode(sha256(secret).substr(0, checksum_bytes));
}

/// `90d` as a length of time.
std::optional<std::chrono::hours> parse_period(std::string_view text) {
  if (text.size() < 2) return {};
  const std::string_view digits = text.substr(0, text.size() - 1);
  unsigned count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (error != std::errc{} || end != digits.data() + digits.size() || count > 1'000'000) return {};
  switch (text.back()) {
    case 'h':
      return std::chrono::hours{count};
    case 'd':
      return std::chrono::days{count};
    case 'w':
      return std::chrono::weeks{count};
    default:
      return {};
  }
}

}  // namespace

std::string new_token() {
  const auto secret = base64url_encode(random_bytes(secret_bytes));
  return std::string{token_prefix} + secret + checksum(secret);
}

bool is_token(std::string_view text) {
  if (!text.starts_with(token_prefix)) return false;
  text.remove_prefix(token_prefix.size());
  return text.size() == secret_characters + checksum_characters &&
         text.substr(secret_characters) == checksum(text.substr(0, secret_characters));
}

std::string token_hash(std::string_view token) { return sha256(token); }

Expiry parse_expiry(std::string_view text, Instant now, std::string_view where, Mistakes& mistakes) {
  if (text == "never") return {};
  Expiry at;
  if (const auto period = parse_period(text)) {
    at = now + *period;
  } else {
    at = parse_rfc3339(text);
    if (!at) at = parse_rfc3339(std::string{text} + "T00:00:00Z");
  }
  if (!at) {
    mistakes.add(where, "must be never, a period such as 12h, 90d or 8w, a date, or an RFC 3339 date-time");
  } else if (*at <= now) {
    mistakes.add(where, "is in the past");
  } else if (*at > now + furthest) {
    mistakes.add(where, "is more than 100 years ahead; say never");
  }
  return at;
}

}  // namespace hayden::auth
