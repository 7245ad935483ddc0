#include "api/auth.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "auth/token.hpp"
#include "db/access.hpp"

namespace hayden::api {
namespace {

constexpr std::chrono::minutes between_notes{1};
constexpr std::string_view challenge = R"(Bearer realm="hayden")";

/// Nobody can be told from what was sent.
Refusal unknown_sender(const std::string& why) {
  return {401, "InvalidToken", why,
          fmt::format(R"({}, error="invalid_token", error_description="{}")", challenge, why)};
}

bool is_token68(std::string_view text) {
  const auto padding = text.find_last_not_of('=');
  return padding != std::string_view::npos &&
         std::ranges::all_of(text.substr(0, padding + 1), [](unsigned char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  std::string_view{"-._~+/"}.find(static_cast<char>(c)) != std::string_view::npos;
         });
}

/// What stands behind `Bearer` (RFC 6750 §2.1); nothing when no credentials were sent.
std::optional<std::string_view> bearer_token(const http::Request& request) {
  const auto is_authorization = [](const auto& header) {
    return http::same_name(header.first, "Authorization");
  };
  const auto count = std::ranges::count_if(request.headers, is_authorization);
  if (count == 0) return {};
  if (count > 1) throw unknown_sender("there must be one Authorization header");
  const std::string_view value = *request.header("Authorization");
  const auto space = value.find(' ');
  if (!http::same_name(value.substr(0, space), "Bearer")) {
    throw unknown_sender("the Authorization header must be Bearer and a token");
  }
  const auto begin = space == std::string_view::npos ? space : value.find_first_not_of(' ', space);
  const auto token = begin == std::string_view::npos ? std::string_view{} : value.substr(begin);
  if (!is_token68(token)) throw unknown_sender("the Authorization header must be Bearer and a token");
  return token;
}

}  // namespace

Refusal refusal(const Caller& caller, std::string_view needed, std::string_view what) {
  const auto has = caller.role.empty() ? std::string{"no role"} : "the role " + caller.role;
  if (caller.anonymous()) {
    return {401, "Unauthorized",
            caller.may(needed)
                ? fmt::format("{} takes a token; send one as Authorization: Bearer", what)
                : fmt::format("{} takes the role {}, and without a token you have {}; send one as "
                              "Authorization: Bearer",
                              what, needed, has),
            std::string{challenge}};
  }
  return {403, "Forbidden",
          fmt::format("{} takes the role {}, and '{}' has {}", what, needed, caller.name, has),
          fmt::format(R"({}, error="insufficient_scope", scope="{}")", challenge, needed)};
}

TokenUse::TokenUse(db::Pool& writers)
    : writers_(writers), thread_([this](const std::stop_token& stop) { run(stop); }) {}
TokenUse::~TokenUse() = default;

void TokenUse::note(int token_id) {
  const std::lock_guard lock(mutex_);
  used_.insert(token_id);
}

void TokenUse::write() {
  std::vector<int> ids;
  {
    const std::lock_guard lock(mutex_);
    ids.assign(used_.begin(), used_.end());
    used_.clear();
  }
  if (ids.empty()) return;
  try {
    db::note_token_use(writers_, ids);
  } catch (const std::exception& error) {
    spdlog::warn("the use of {} tokens is not written down: {}", ids.size(), error.what());
  }
}

void TokenUse::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, between_notes, [] { return false; });
    lock.unlock();
    write();
  }
}

Authenticator::Authenticator(const Settings& settings, db::Pool& readers, db::Pool* writers,
                             auth::Oidc* issuer)
    : settings_(settings), readers_(readers), writers_(writers), issuer_(issuer) {
  if (writers_ != nullptr) use_.emplace(*writers_);
}

Caller Authenticator::require(const http::Request& request, std::string_view needed) {
  auto caller = identify(request, needed);
  if (caller.may(needed)) return caller;
  throw refusal(caller, needed);
}

Caller Authenticator::identify(const http::Request& request, std::string_view needed) {
  const auto token = bearer_token(request);
  if (!token) return {.name = {}, .role = settings_.anonymous_role};
  return token->starts_with(auth::token_prefix) ? holder_of(*token, needed) : subject_of(*token);
}

Caller Authenticator::holder_of(std::string_view token, std::string_view needed) {
  if (!auth::is_token(token)) throw unknown_sender("the token is mistyped or cut");
  // The reader may be a replica that learns of a revocation a moment later: what writes asks where it writes.
  const bool writes = rank_of(needed) > rank_of(roles.front());
  auto found = db::find_token(writes && writers_ != nullptr ? *writers_ : readers_, auth::token_hash(token));
  if (!found) throw unknown_sender("the token is not known here");
  if (found->state == db::FoundToken::State::revoked) throw unknown_sender("the token was revoked");
  if (found->state == db::FoundToken::State::expired) throw unknown_sender("the token has expired");
  if (use_) use_->note(found->id);
  return {.name = std::move(found->name), .role = std::move(found->role)};
}

Caller Authenticator::subject_of(std::string_view token) const {
  if (issuer_ == nullptr) throw unknown_sender("the token is not one of this service");
  try {
    auto identity = issuer_->identify(token);
    // Whoever gives a name has no fewer rights than those who give none.
    Caller caller{.name = std::move(identity.subject), .role = settings_.anonymous_role};
    for (const auto& [value, role] : settings_.role_map) {
      if (std::ranges::find(identity.roles, value) != identity.roles.end() && !caller.may(role)) {
        caller.role = role;
      }
    }
    return caller;
  } catch (const auth::TokenRefused& refused) {
    throw unknown_sender(refused.what());
  }
}

}  // namespace hayden::api
