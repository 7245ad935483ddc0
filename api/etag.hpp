#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace hayden::api {

/// Makes a weak entity tag (RFC 9110 §8.8.3) of everything that a representation depends on; weak, because
/// the same tag serves every content coding. FNV-1a, 64 bits.
class ETag {
 public:
  ETag& add(std::string_view part);
  std::string text() const;  ///< `W/"0123456789abcdef"`

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

}  // namespace hayden::api
