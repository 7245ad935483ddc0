#pragma once
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace hayden::api {

/// The ladder of the Open Data Cube, lowest first; each may what those before it may.
inline constexpr std::array<std::string_view, 4> roles{"agdc_user", "agdc_ingest", "agdc_manage",
                                                       "agdc_admin"};

/// Where a role stands on the ladder, from 1; 0 for a name that is not on it, such as the empty one.
inline std::size_t rank_of(std::string_view role) {
  const auto* const found = std::ranges::find(roles, role);
  return found == roles.end() ? 0 : static_cast<std::size_t>(found - roles.begin()) + 1;
}

/// Who sent a request.
struct Caller {
  std::string name;  ///< of the token or the OIDC subject; empty when anonymous
  std::string role;  ///< one of `roles`; empty: may do nothing
  bool anonymous() const { return name.empty(); }
  /// Whether what `needed` may, this caller may. Everyone may what needs no role (an empty one).
  bool may(std::string_view needed) const { return rank_of(role) >= rank_of(needed); }
};

}  // namespace hayden::api
