#include "auth/oidc.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "auth/fetch.hpp"
#include "core/json.hpp"
#include "core/problem.hpp"

namespace hayden::auth {
namespace {

constexpr std::chrono::seconds patience{3};

std::string discovery_url(std::string issuer) {
  if (issuer.ends_with('/')) issuer.pop_back();
  return issuer + "/.well-known/openid-configuration";
}

std::string discovered_jwks_url(const std::string& issuer) {
  const auto url = discovery_url(issuer);
  Json document;
  try {
    document = parse_json(fetch(url));
  } catch (const Problem&) {
    throw std::runtime_error(url + " does not answer with JSON");
  }
  const auto text = [&](const char* name) {
    const auto found = document.is_object() ? document.find(name) : document.end();
    return found != document.end() && found->is_string() ? found->get<std::string>() : std::string{};
  };
  if (text("issuer") != issuer) {
    throw std::runtime_error(url + " says that the issuer is '" + text("issuer") + "', not '" + issuer + "'");
  }
  auto jwks_url = text("jwks_uri");
  if (const auto mistake = mistake_of_url(jwks_url); !mistake.empty()) {
    throw std::runtime_error("the jwks_uri in " + url + " " + mistake);
  }
  return jwks_url;
}

void check(const OidcOptions& options) {
  Mistakes mistakes;
  if (const auto mistake = mistake_of_url(options.issuer); !mistake.empty()) {
    mistakes.add("--oidc-issuer", mistake);
  }
  if (options.audience.empty()) {
    mistakes.add("--oidc-audience", "is missing: without it any token of the issuer would be taken");
  }
  if (options.role_claim.empty()) mistakes.add("--oidc-role-claim", "is empty");
  if (!options.jwks_url.empty()) {
    if (const auto mistake = mistake_of_url(options.jwks_url); !mistake.empty()) {
      mistakes.add("--oidc-jwks-url", mistake);
    }
  }
  mistakes.throw_if_any();
}

}  // namespace

Oidc::Oidc(OidcOptions options) : options_(std::move(options)) {
  check(options_);
  try {
    keys_ = std::make_shared<const KeySet>(fetch_keys());
  } catch (const Unreachable& away) {
    spdlog::warn("OpenID Connect: {}; its tokens are refused until it answers", away.what());
  }
  next_fetch_ = std::chrono::steady_clock::now() + options_.retry;
  thread_ = std::jthread([this](const std::stop_token& stop) { keep_fresh(stop); });
}

Oidc::~Oidc() = default;

Identity Oidc::identify(std::string_view token, Instant now) {
  const auto jwt = Jwt::parse(token);
  check_claims(jwt.claims, {.issuer = options_.issuer, .audience = options_.audience}, now);
  auto set = keys();
  auto verdict = set ? set->verify(jwt) : KeySet::Verdict::unknown_key;
  if (verdict == KeySet::Verdict::unknown_key) {
    const auto newer = newer_keys();
    set = newer.value_or(nullptr);
    if (!set) {
      throw Problem(503, "IssuerUnavailable",
                    "the issuer of this token cannot be asked for its keys at the moment");
    }
    verdict = set->verify(jwt);
  }
  if (verdict == KeySet::Verdict::unknown_key) throw TokenRefused("the token is signed with an unknown key");
  if (verdict == KeySet::Verdict::forged) throw TokenRefused("the signature of the token is wrong");
  return {jwt.claims["sub"].get<std::string>(), claim_values(jwt.claims, options_.role_claim)};
}

Oidc::Keys Oidc::keys() {
  const std::lock_guard lock(mutex_);
  return keys_;
}

std::optional<Oidc::Keys> Oidc::newer_keys() {
  std::unique_lock lock(mutex_);
  if (!wanted_ && std::chrono::steady_clock::now() < next_fetch_) return keys_;
  if (std::exchange(awaited_, true)) return {};
  wanted_ = true;
  changed_.notify_all();
  changed_.wait_for(lock, patience, [this, seen = fetches_] { return fetches_ != seen; });
  awaited_ = false;
  return keys_;
}

KeySet Oidc::fetch_keys() {
  const auto url = options_.jwks_url.empty() ? discovered_jwks_url(options_.issuer) : options_.jwks_url;
  const auto text = auth::fetch(url);
  try {
    return KeySet::parse(text);
  } catch (const std::exception& error) {
    throw std::runtime_error(url + ": " + error.what());
  }
}

bool Oidc::fetch() {
  Keys fresh;
  try {
    fresh = std::make_shared<const KeySet>(fetch_keys());
  } catch (const std::exception& error) {
    spdlog::warn("OpenID Connect: {}; the keys that are known stay in use", error.what());
  }
  const std::lock_guard lock(mutex_);
  if (fresh) keys_ = fresh;
  next_fetch_ = std::chrono::steady_clock::now() + options_.retry;
  wanted_ = false;
  ++fetches_;
  changed_.notify_all();
  return fresh != nullptr;
}

void Oidc::keep_fresh(const std::stop_token& stop) {
  bool fresh = keys() != nullptr;
  while (!stop.stop_requested()) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, fresh ? options_.refresh : options_.retry, [this] { return wanted_; });
    lock.unlock();
    if (!stop.stop_requested()) fresh = fetch();
  }
}

}  // namespace hayden::auth
