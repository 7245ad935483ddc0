#pragma once
#include <array>
#include <string>
#include <string_view>

namespace hayden::api {

/// The ladder of the Open Data Cube, lowest first; each may what those before it may.
inline constexpr std::array<std::string_view, 4> roles{"agdc_user", "agdc_ingest", "agdc_manage",
                                                       "agdc_admin"};

/// Who sent a request.
struct Caller {
  std::string name;  ///< of the token or the OIDC subject; empty when anonymous
  std::string role;  ///< one of `roles`; empty: may do nothing
  bool anonymous() const { return name.empty(); }
};

}  // namespace hayden::api
