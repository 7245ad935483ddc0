// A token, and after a line break the key set to verify it with: each is understood or refused, nothing else.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "auth/jwt.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hayden::auth;
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};  // NOLINT: bytes are bytes
  const auto line = bytes.substr(0, bytes.find('\n'));
  try {
    const auto token = Jwt::parse(line);
    (void)claim_values(token.claims, "realm_access.roles");
    if (line.size() < size) {
      try {
        (void)KeySet::parse(bytes.substr(line.size() + 1)).verify(token);
      } catch (const std::runtime_error&) {  // NOLINT(bugprone-empty-catch): refused
      }
    }
    check_claims(token.claims, {.issuer = "https://issuer", .audience = "hayden"},
                 hayden::Instant{std::chrono::seconds{1'800'000'000}});
  } catch (const TokenRefused& refused) {
    if (std::string_view{refused.what()}.find_first_of("\"\\") != std::string_view::npos) std::abort();
  }
  return 0;
}
