#include "api/signing/signing.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

#include "api/auth.hpp"
#include "api/etag.hpp"
#include "api/log.hpp"
#include "core/problem.hpp"

namespace hayden::api {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 3> door_names{"redirect", "inline", "sas"};
constexpr auto patience_with_regions = 5s;
constexpr auto between_region_lookups = 10s;
constexpr std::string_view uri_start = "s3://";

Instant now_in_microseconds() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::optional<std::string> variable(const sign::Environment& environment, const std::string& name) {
  auto value = environment(name.c_str());
  if (value && value->empty()) return {};
  return value;
}

std::string required_variable(const sign::Environment& environment, const std::string& name) {
  auto value = variable(environment, name);
  if (!value) throw sign::CredentialsError("The environment variable " + name + " is not set.");
  return *std::move(value);
}

sign::Credentials load(const KeySource& source, const sign::Environment& environment,
                       const sign::AskService& ask) {
  if (!source.access_key_id_variable.empty()) {
    sign::Credentials keys{required_variable(environment, source.access_key_id_variable),
                           required_variable(environment, source.secret_access_key_variable),
                           "",
                           {}};
    if (!source.session_token_variable.empty()) {
      keys.session_token = required_variable(environment, source.session_token_variable);
    }
    return keys;
  }
  const auto profile = source.profile.empty() ? std::optional<std::string>{} : source.profile;
  auto settings = sign::load_aws_settings(environment, profile, ask);
  if (!settings.credentials) {
    throw sign::CredentialsError(
        "No keys: none in the environment and the AWS files, and no container or instance gives any.");
  }
  return *std::move(settings.credentials);
}

/// The same URL for all who ask within a while, so that caches have use of it: the time of signing lies back
/// by up to a twelfth of the URL's life.
Instant signing_time(Instant now, std::chrono::seconds lifetime) {
  constexpr std::chrono::seconds shortest = 1s, longest = 300s;
  const auto step = std::clamp(lifetime / 12, shortest, longest);
  return now - now.time_since_epoch() % std::chrono::microseconds{step};
}

bool has_prefix(const BucketPolicy& bucket, std::string_view key) {
  return std::ranges::any_of(bucket.prefixes,
                             [&](const std::string& prefix) { return key.starts_with(prefix); });
}

/// What an href begins with, to name in a sentence: never a query, which may hold a signature, nor a login.
std::string shown(std::string_view href) {
  constexpr std::size_t most = 200;
  auto text = href.substr(0, std::min({href.find('?'), href.find('#'), most}));
  if (const auto at = text.find('@'); at != std::string_view::npos) text.remove_prefix(at + 1);
  return std::string{text};
}

}  // namespace

Signing::Signing(SigningPolicy policy, sign::Environment environment, const sign::AskService& ask)
    : policy_(std::move(policy)),
      environment_(std::move(environment)),
      ask_(ask),
      store_(policy_.reread),
      regions_(policy_.buckets.size()) {
  Mistakes mistakes;
  Json outputs = Json::array({static_cast<int>(policy_.output)});
  for (const auto& [id, output] : policy_.collections) outputs.push_back({id, static_cast<int>(output)});
  for (std::size_t i = 0; i < policy_.buckets.size(); ++i) {
    const auto& bucket = policy_.buckets[i];
    source_of_bucket_.push_back(add_source(bucket.keys, mistakes, "buckets[" + std::to_string(i) + "]"));
    outputs.push_back(
        {bucket.bucket, bucket.prefixes, bucket.endpoint, bucket.anonymous, bucket.role, bucket.region});
    regions_[i] = !bucket.region.empty()    ? bucket.region
                  : bucket.endpoint.empty() ? sign::known_region(bucket.bucket).value_or("")
                                            : "";
  }
  mistakes.throw_if_any();
  fingerprint_ = ETag{}.add(dump_json(outputs)).text();
  look_up_regions();
  store_.refresh(now_in_microseconds());
  for (const auto& status : store_.status(now_in_microseconds())) {
    if (!status.error.empty()) spdlog::warn("signing: {}: {}", status.name, status.error);
  }
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Signing::~Signing() = default;

std::size_t Signing::add_source(const KeySource& source, Mistakes& mistakes, const std::string& where) {
  const auto known = std::ranges::find(sources_, source);
  if (known != sources_.end()) return static_cast<std::size_t>(known - sources_.begin());
  // What fails without anyone having been asked will fail for ever.
  bool asked = false;
  const auto nobody = [&asked](const std::string&, const std::string&, const Pairs&,
                               std::chrono::milliseconds) {
    asked = true;
    return std::optional<sign::ServiceReply>{};
  };
  try {
    load(source, environment_, nobody);
  } catch (const sign::CredentialsError& error) {
    if (!asked) mistakes.add(where, error.what());
  }
  sources_.push_back(source);
  return store_.add(source.name(), [this, source] { return load(source, environment_, ask_); });
}

std::optional<std::string> Signing::look_up_region(const BucketPolicy& bucket) const {
  const auto base = bucket.endpoint.empty() ? std::string{"https://s3.amazonaws.com"} : bucket.endpoint;
  const auto reply = ask_("HEAD", base + "/" + bucket.bucket, {}, patience_with_regions);
  if (!reply) return {};
  if (!reply->bucket_region.empty()) return reply->bucket_region;
  return bucket.endpoint.empty() ? std::optional<std::string>{} : "us-east-1";
}

/// True when all are known.
bool Signing::look_up_regions() {
  std::vector<std::string> regions;
  {
    const std::lock_guard lock(mutex_);
    regions = regions_;
  }
  auto fresh = std::make_shared<Forms>(policy_.buckets.size());
  bool all = true;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    const auto& bucket = policy_.buckets[i];
    if (regions[i].empty()) regions[i] = look_up_region(bucket).value_or("");
    all = all && !regions[i].empty();
    if (!regions[i].empty() || !bucket.endpoint.empty()) {
      (*fresh)[i] = sign::url_forms({bucket.bucket, regions[i], bucket.endpoint, bucket.path_style});
    }
  }
  const std::lock_guard lock(mutex_);
  regions_ = std::move(regions);
  forms_ = std::move(fresh);
  return all;
}

std::string Signing::region_of(std::size_t bucket) const {
  const std::lock_guard lock(mutex_);
  return regions_[bucket];
}

std::shared_ptr<const Signing::Forms> Signing::forms() const {
  const std::lock_guard lock(mutex_);
  return forms_;
}

void Signing::run(const std::stop_token& stop) {
  bool regions_known = false;
  while (!stop.stop_requested()) {
    if (!regions_known) regions_known = look_up_regions();
    const auto before = store_.status(now_in_microseconds());
    auto due = store_.refresh(now_in_microseconds());
    const auto after = store_.status(now_in_microseconds());
    for (std::size_t i = 0; i < after.size(); ++i) {
      if (after[i].error == before[i].error) continue;
      if (after[i].error.empty()) {
        spdlog::info("signing: {}: there are keys again", after[i].name);
      } else {
        spdlog::warn("signing: {}: {}", after[i].name, after[i].error);
      }
    }
    if (!regions_known) due = std::min<Instant>(due, now_in_microseconds() + between_region_lookups);
    std::unique_lock lock(mutex_);
    wake_.wait_until(lock, stop, due, [] { return false; });
  }
}

std::optional<Signable> Signing::find(std::string_view href) const {
  const bool is_uri = href.starts_with(uri_start);
  const auto forms = is_uri ? nullptr : this->forms();
  for (std::size_t i = 0; i < policy_.buckets.size(); ++i) {
    const auto& bucket = policy_.buckets[i];
    Signable found;
    found.bucket = i;
    found.is_uri = is_uri;
    if (is_uri) {
      const auto rest = href.substr(uri_start.size());
      const auto size = bucket.bucket.size();
      if (!rest.starts_with(bucket.bucket) || rest.size() <= size || rest[size] != '/') continue;
      found.written = rest.substr(size + 1);
    } else {
      const auto& mine = (*forms)[i];
      const auto form =
          std::ranges::find_if(mine, [&](const sign::S3UrlForm& one) { return href.starts_with(one.start); });
      if (form == mine.end()) continue;
      found.form = static_cast<std::size_t>(form - mine.begin());
      found.written = href.substr(form->start.size());
    }
    if (!sign::is_plain_key(found.written)) {
      auto key = sign::object_key(found.written, is_uri);
      if (!key) continue;
      found.key = *std::move(key);
    }
    if (has_prefix(bucket, found.key_text())) return found;
  }
  return {};
}

Signable Signing::require(std::string_view href) const {
  if (auto found = find(href)) return *std::move(found);
  const auto invalid = [&](std::string_view why) {
    return Problem(400, "InvalidHref", fmt::format("href: '{}' {}", shown(href), why));
  };
  if (!href.starts_with(uri_start) && !href.starts_with("https://") && !href.starts_with("http://")) {
    throw invalid("must be an s3:// URI or the https URL of an object");
  }
  if (href.find_first_of("?#") != std::string_view::npos) {
    throw invalid("must have no query and no fragment; a URL that is signed already has one");
  }
  const auto rest = href.substr(href.find("://") + 3);
  const auto authority = rest.substr(0, rest.find('/'));
  if (authority.find('@') != std::string_view::npos) throw invalid("must not hold a login");
  if (authority.size() == rest.size() || authority.size() + 1 == rest.size())
    throw invalid("names no object");
  if (!sign::object_key(rest.substr(authority.size() + 1), href.starts_with(uri_start))) {
    throw invalid(
        "has a path that is not signed: no '.' or '..' segments, encoded slashes or dots, backslashes, "
        "control "
        "characters or broken escapes");
  }
  throw Problem(
      403, "NotSignable",
      fmt::format("href: '{}' is not below a bucket and prefix that this service signs", shown(href)));
}

std::string Signing::uri_of(const Signable& href) const {
  return std::string{uri_start}
      .append(policy_.buckets[href.bucket].bucket)
      .append("/")
      .append(href.key_text());
}

Json Signing::health() const {
  Json keys = Json::array();
  bool degraded = false;
  for (const auto& status : store_.status(now_in_microseconds())) {
    degraded = degraded || !status.usable || !status.error.empty();
    Json one{{"source", status.name}, {"usable", status.usable}};
    if (status.expires)
      one["expires"] = format_rfc3339(std::chrono::floor<std::chrono::seconds>(*status.expires));
    if (!status.error.empty()) one["failing"] = true;
    keys.push_back(std::move(one));
  }
  Json unknown = Json::array();
  for (std::size_t i = 0; i < policy_.buckets.size(); ++i) {
    if (region_of(i).empty()) unknown.push_back(policy_.buckets[i].bucket);
  }
  degraded = degraded || !unknown.empty();
  Json health{{"status", degraded ? "degraded" : "ok"}, {"keys", std::move(keys)}};
  if (!unknown.empty()) health["regions_unknown"] = std::move(unknown);
  return health;
}

void Signing::write_metrics(std::string& out) const {
  const auto now = now_in_microseconds();
  const auto end = std::back_inserter(out);
  {
    const std::lock_guard lock(mutex_);
    out +=
        "# HELP hayden_signatures_total Signed URLs handed out, by door.\n# TYPE hayden_signatures_total "
        "counter\n";
    for (std::size_t door = 0; door < door_names.size(); ++door) {
      fmt::format_to(end, "hayden_signatures_total{{door=\"{}\"}} {}\n", door_names[door], signed_[door]);
    }
    out +=
        "# HELP hayden_signing_refused_total Requests refused by limits and quotas.\n"
        "# TYPE hayden_signing_refused_total counter\n";
    fmt::format_to(end, "hayden_signing_refused_total {}\n", refused_);
    out +=
        "# HELP hayden_signing_unavailable_total Requests that found no keys.\n"
        "# TYPE hayden_signing_unavailable_total counter\n";
    fmt::format_to(end, "hayden_signing_unavailable_total {}\n", unavailable_);
  }
  out +=
      "# HELP hayden_signing_keys_usable 1 when a source of keys has some that have not expired.\n"
      "# TYPE hayden_signing_keys_usable gauge\n";
  for (const auto& status : store_.status(now)) {
    fmt::format_to(end, "hayden_signing_keys_usable{{source=\"{}\"}} {}\n", status.name,
                   status.usable ? 1 : 0);
  }
}

struct SigningSession::Ready {
  std::size_t bucket, form;
  sign::S3UrlForm url;
  sign::Presigner presigner;
  Instant ends;
};

SigningSession::SigningSession(Signing& signing, const Caller& caller, std::string remote,
                               std::string request_id, Terms terms)
    : signing_(signing),
      caller_(caller),
      remote_(std::move(remote)),
      request_id_(std::move(request_id)),
      terms_(std::move(terms)),
      now_(now_in_microseconds()),
      forms_(signing.forms()) {
  const auto& buckets = signing_.policy_.buckets;
  const bool any = std::ranges::any_of(buckets, [&](const BucketPolicy& bucket) {
    return caller_.may(bucket.role) && (bucket.anonymous || !caller_.anonymous());
  });
  if (!any) {
    const auto lowest = std::ranges::min_element(
        buckets, {}, [](const BucketPolicy& bucket) { return rank_of(bucket.role); });
    throw refusal(caller_, lowest->role, "signed URLs");
  }
  if (const auto wait = signing_.counts_.wait(account(), limits(), now_)) {
    const std::lock_guard lock(signing_.mutex_);
    ++signing_.refused_;
    throw TooManySignatures(*wait);
  }
}

SigningSession::~SigningSession() { settle(); }

std::string SigningSession::account() const {
  return caller_.anonymous() ? "address " + remote_ : "caller " + caller_.name;
}

const SigningLimits& SigningSession::limits() const {
  return caller_.anonymous() ? signing_.policy_.anonymous_limits : signing_.policy_.limits;
}

bool SigningSession::may(const Signable& href) const {
  const auto& bucket = signing_.policy_.buckets[href.bucket];
  return caller_.may(bucket.role) && (bucket.anonymous || !caller_.anonymous());
}

void SigningSession::require_leave(const Signable& href) const {
  if (!may(href))
    throw refusal(caller_, signing_.policy_.buckets[href.bucket].role, "signed URLs of this bucket");
}

SigningSession::Ready& SigningSession::ready(const Signable& href) {
  for (const auto& one : ready_) {
    if (one->bucket == href.bucket && one->form == href.form) return *one;
  }
  const auto& bucket = signing_.policy_.buckets[href.bucket];
  const auto& forms = (*forms_)[href.bucket];
  const auto unavailable = [&](const std::string& why) {
    const std::lock_guard lock(signing_.mutex_);
    ++signing_.unavailable_;
    return Problem(503, "SigningUnavailable",
                   "URLs of the bucket '" + bucket.bucket + "' cannot be signed now: " + why);
  };
  const auto region = signing_.region_of(href.bucket);
  if (region.empty() || forms.empty()) throw unavailable("its region is not known yet");
  const auto keys = signing_.store_.keys(signing_.source_of_bucket_[href.bucket], now_);
  if (!keys) throw unavailable("there are no valid keys for it");
  const auto asked = std::min(terms_.expiry.value_or(signing_.policy_.expiry), bucket.max_expiry);
  const auto time = signing_time(now_, asked);
  const auto lifetime = sign::allowed_lifetime(asked, bucket.max_expiry, *keys, time);
  if (!lifetime || time + *lifetime <= now_) throw unavailable("there are no valid keys for it");
  sign::PresignTerms terms{.method = terms_.method,
                           .host = forms[href.form].host,
                           .region = region,
                           .request_payer = bucket.requester_pays,
                           .time = time,
                           .lifetime = *lifetime};
  ready_.push_back(std::make_unique<Ready>(Ready{href.bucket, href.form, forms[href.form],
                                                 sign::Presigner(*keys, std::move(terms), signing_.keys_),
                                                 time + *lifetime}));
  first_to_end_ = std::min(first_to_end_.value_or(Instant::max()), ready_.back()->ends);
  return *ready_.back();
}

void SigningSession::append(std::string& out, const Signable& href, std::string_view whole) {
  auto& ready = this->ready(href);
  const auto begin = out.size();
  const auto path_at = begin + ready.url.start.size() - ready.url.path_prefix.size();
  out.append(ready.url.start);
  if (href.key.empty()) {
    out.append(href.written);
  } else {
    out.append(sign::canonical_path(href.key));
  }
  query_.clear();
  ready.presigner.append_query(query_, std::string_view{out}.substr(path_at));
  if (!href.is_uri && !href.key.empty()) {
    // What is asked for comes back as it was written, its query added.
    out.resize(begin);
    out.append(whole);
  }
  out.append("?").append(query_);
  ++unsettled_;
}

Instant SigningSession::expires(const Signable& href) { return ready(href).ends; }

void SigningSession::audit(std::string_view more, std::int64_t signatures) const {
  write_audit_line({.request_id = request_id_,
                    .caller = caller_.name,
                    .remote = remote_,
                    .door = door_names[static_cast<std::size_t>(terms_.door)],
                    .method = terms_.method,
                    .signatures = signatures,
                    .more = more});
}

void SigningSession::settle() {
  if (unsettled_ == 0) return;
  signing_.counts_.charge(account(), limits(), unsettled_, now_in_microseconds());
  const std::lock_guard lock(signing_.mutex_);
  signing_.signed_[static_cast<std::size_t>(terms_.door)] += static_cast<std::uint64_t>(unsettled_);
  unsettled_ = 0;
}

}  // namespace hayden::api
