#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace hayden::api {

/// One answered request.
struct AccessEntry {
  std::string request_id, method, route, path, remote;
  std::string caller;  ///< of a token or an OpenID Connect subject; empty when anonymous
  int status = 0;
  double milliseconds = 0;
  std::int64_t rows = 0;
  std::uint64_t bytes = 0;  ///< of the body, before content coding
  bool cut = false;         ///< the body was not sent to its end
};

/// URLs that were signed, without what makes them work.
struct AuditEntry {
  std::string_view request_id, caller, remote;
  std::string_view door, method;
  std::int64_t signatures = 0;
  std::string_view more;  ///< further members, ready as JSON, with a comma at the end
};

/// Makes spdlog write one JSON object per line to stderr. `level`: trace, debug, info, warn, error, critical
/// or off. Access lines are written at info; audit lines always, unless it is off.
void start_logging(std::string_view level);
void write_access_line(const AccessEntry& entry);
void write_audit_line(const AuditEntry& entry);

}  // namespace hayden::api
