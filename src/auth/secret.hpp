#pragma once
#include <string>
#include <string_view>

namespace hayden::auth {

/// Bytes nobody can guess. Throws std::runtime_error when the system has none to give.
std::string random_bytes(std::size_t count);

/// 32 bytes.
std::string sha256(std::string_view bytes);

/// A password of 24 letters, digits, `-` and `_`: 144 random bits.
std::string new_password();

/// What PostgreSQL keeps of a password (RFC 5803): given this instead of the password, the server never sees
/// it. `password` is printable ASCII, which SASLprep leaves as it is.
std::string scram_verifier(std::string_view password);

}  // namespace hayden::auth
