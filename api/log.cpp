#include "api/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "core/json.hpp"
#include "core/time.hpp"

namespace hayden::api {
namespace {

constexpr auto access_logger = "access", audit_logger = "audit";

/// Access and audit lines come as ready JSON members; what all other loggers say is text.
class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const std::string_view level{spdlog::level::to_string_view(message.level).data()};
    const std::string_view text{message.payload.data(), message.payload.size()};
    const std::string_view logger{message.logger_name.data(), message.logger_name.size()};
    const auto time = std::chrono::time_point_cast<std::chrono::microseconds>(message.time);
    std::string line = R"({"time":")" + format_rfc3339(time) + R"(","level":")" + std::string{level} + "\",";
    if (logger == access_logger || logger == audit_logger) {
      line += text;
    } else {
      append_json_string(line.append(R"("message":)"), text);
    }
    line += "}\n";
    out.append(line.data(), line.data() + line.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

void append_member(std::string& out, std::string_view name, std::string_view value) {
  out.append("\"").append(name).append("\":");
  append_json_string(out, value);
  out += ',';
}

}  // namespace

void start_logging(std::string_view level) {
  const auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  sink->set_formatter(std::make_unique<JsonFormatter>());
  const auto threshold = spdlog::level::from_str(std::string{level});
  for (const auto* name : {"hayden", access_logger, audit_logger}) {
    spdlog::drop(name);
    const auto logger = std::make_shared<spdlog::logger>(name, sink);
    const bool always = name == audit_logger && threshold != spdlog::level::off;
    logger->set_level(always ? spdlog::level::info : threshold);
    spdlog::register_logger(logger);
  }
  spdlog::set_default_logger(spdlog::get("hayden"));
}

void write_access_line(const AccessEntry& entry) {
  static const auto logger = spdlog::get(access_logger);
  if (!logger || !logger->should_log(spdlog::level::info)) return;
  std::string members;
  members.reserve(256);
  append_member(members, "request_id", entry.request_id);
  append_member(members, "method", entry.method);
  append_member(members, "route", entry.route);
  append_member(members, "path", entry.path);
  fmt::format_to(std::back_inserter(members), R"("status":{},"ms":{:.3f},"rows":{},"bytes":{},)",
                 entry.status, entry.milliseconds, entry.rows, entry.bytes);
  if (entry.cut) members += R"("cut":true,)";
  if (!entry.caller.empty()) append_member(members, "caller", entry.caller);
  append_member(members, "remote", entry.remote);
  members.pop_back();
  logger->info(members);
}

void write_audit_line(const AuditEntry& entry) {
  static const auto logger = spdlog::get(audit_logger);
  if (!logger || !logger->should_log(spdlog::level::info)) return;
  std::string members = R"("event":"sign",)";
  members.reserve(512);
  append_member(members, "request_id", entry.request_id);
  append_member(members, "door", entry.door);
  append_member(members, "method", entry.method);
  members.append(entry.more);
  fmt::format_to(std::back_inserter(members), R"("signatures":{},)", entry.signatures);
  if (!entry.caller.empty()) append_member(members, "caller", entry.caller);
  append_member(members, "remote", entry.remote);
  members.pop_back();
  logger->info(members);
}

}  // namespace hayden::api
