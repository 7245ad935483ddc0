#include "sign/sigv4.hpp"

#include <algorithm>
#include <map>

#include "sign/sha256.hpp"

namespace hayden::sign {

class SigningKey {
 public:
  SigningKey(const std::string& secret, std::string_view day, std::string_view region,
             std::string_view service)
      : key_(derive(secret, day, region, service)) {}
  const HmacKey& key() const { return key_; }

 private:
  static HmacKey derive(const std::string& secret, std::string_view day, std::string_view region,
                        std::string_view service) {
    Digest key = HmacKey("AWS4" + secret).of(day);
    for (const std::string_view part : {region, service, std::string_view{"aws4_request"}}) {
      key = HmacKey(bytes_of(key)).of(part);
    }
    return HmacKey(bytes_of(key));
  }

  HmacKey key_;
};

namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

/// 20130524T000000Z
std::string basic_time(Instant now) {
  std::string time = format_rfc3339(std::chrono::floor<std::chrono::seconds>(now));
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return time;
}

std::string_view day_of(std::string_view time) { return time.substr(0, 8); }

/// Without blanks around it, and with one for each row of them inside.
std::string trimmed(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c != ' ' || (!out.empty() && out.back() != ' ')) out += c;
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string lower(std::string name) {
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

/// By name in lower case, sorted.
std::map<std::string, std::string> canonical_headers(const Pairs& headers) {
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : headers) {
    const auto [at, fresh] = out.try_emplace(lower(name), trimmed(value));
    if (!fresh) at->second += "," + trimmed(value);
  }
  return out;
}

std::string names_of(const std::map<std::string, std::string>& headers) {
  std::string names;
  for (const auto& [name, value] : headers) {
    if (!names.empty()) names += ';';
    names += name;
  }
  return names;
}

/// Without `.`, `..` and empty segments; a slash at the end stays.
std::string normalised(std::string_view path) {
  std::vector<std::string_view> kept;
  for (std::size_t at = 0; at <= path.size();) {
    const auto end = std::min(path.find('/', at), path.size());
    const auto segment = path.substr(at, end - at);
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!segment.empty() && segment != "." && segment != "..") kept.push_back(segment);
    at = end + 1;
  }
  std::string out;
  for (const auto segment : kept) out.append("/").append(segment);
  if (out.empty() || path.ends_with('/')) out += '/';
  return out;
}

Pairs presign_parameters(const Credentials& credentials, const std::string& scope, std::string_view time,
                         std::chrono::seconds lifetime, std::string signed_headers) {
  Pairs query{{"X-Amz-Algorithm", std::string{algorithm}},
              {"X-Amz-Credential", credentials.access_key_id + "/" + scope},
              {"X-Amz-Date", std::string{time}},
              {"X-Amz-Expires", std::to_string(lifetime.count())},
              {"X-Amz-SignedHeaders", std::move(signed_headers)}};
  if (!credentials.session_token.empty())
    query.emplace_back("X-Amz-Security-Token", credentials.session_token);
  return query;
}

std::string scope_of(std::string_view time, const std::string& region, const std::string& service) {
  return std::string{day_of(time)}.append("/").append(region).append("/").append(service).append(
      "/aws4_request");
}

}  // namespace

std::optional<std::chrono::seconds> allowed_lifetime(std::chrono::seconds asked, std::chrono::seconds most,
                                                     const Credentials& credentials, Instant now) {
  auto lifetime = std::min({asked, most, longest_lifetime});
  if (credentials.expires) {
    lifetime = std::min(lifetime, std::chrono::floor<std::chrono::seconds>(*credentials.expires - now));
  }
  if (lifetime < std::chrono::seconds{1}) return {};
  return lifetime;
}

std::shared_ptr<const SigningKey> SigningKeys::key(const std::string& secret, std::string_view day,
                                                   const std::string& region, const std::string& service) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& kept) {
    return kept.day == day && kept.secret == secret && kept.region == region && kept.service == service;
  });
  if (found != kept_.end()) return found->key;
  if (kept_.size() == most_kept) kept_.erase(kept_.begin());
  kept_.push_back({secret, std::string{day}, region, service,
                   std::make_shared<const SigningKey>(secret, day, region, service)});
  return kept_.back().key;
}

std::string canonical_query(const Pairs& query) {
  Pairs encoded;
  encoded.reserve(query.size());
  for (const auto& [name, value] : query) encoded.emplace_back(percent_encode(name), percent_encode(value));
  std::sort(encoded.begin(), encoded.end());
  std::string out;
  for (const auto& [name, value] : encoded) {
    if (!out.empty()) out += '&';
    out.append(name).append("=").append(value);
  }
  return out;
}

std::string canonical_path(std::string_view path) { return percent_encode(path, "/"); }

Signer::Signer(Credentials credentials, std::string region, SigningRules rules)
    : credentials_(std::move(credentials)), region_(std::move(region)), rules_(std::move(rules)) {}

std::string Signer::scope(std::string_view time) const { return scope_of(time, region_, rules_.service); }

std::string Signer::signature(const std::string& canonical_request, const std::string& time) const {
  std::string text{algorithm};
  text.append("\n").append(time).append("\n").append(scope(time)).append("\n");
  append_hex(text, sha256(canonical_request));
  const auto key = keys_.key(credentials_.secret_access_key, day_of(time), region_, rules_.service);
  std::string out;
  append_hex(out, key->key().of(text));
  return out;
}

std::string Signer::canonical_request(const Request& request, const std::string& query, const Pairs& headers,
                                      std::string_view payload_hash) const {
  const auto path = canonical_path(rules_.normalise_path ? normalised(request.path) : request.path);
  std::string out = request.method + "\n" + path + "\n" + query + "\n";
  const auto canonical = canonical_headers(headers);
  for (const auto& [name, value] : canonical) out.append(name).append(":").append(value).append("\n");
  return out.append("\n").append(names_of(canonical)).append("\n").append(payload_hash);
}

Pairs Signer::sign_headers(const Request& request, Instant now) const {
  const auto time = basic_time(now);
  Pairs added{{"x-amz-content-sha256", std::string{empty_payload_hash}}, {"x-amz-date", time}};
  if (!credentials_.session_token.empty())
    added.emplace_back("x-amz-security-token", credentials_.session_token);

  Pairs all = added;
  all.insert(all.end(), request.headers.begin(), request.headers.end());
  all.emplace_back("host", request.host);
  const auto canonical = canonical_request(request, canonical_query(request.query), all, empty_payload_hash);

  std::string authorization{algorithm};
  authorization += " Credential=" + credentials_.access_key_id + "/" + scope(time) +
                   ",SignedHeaders=" + names_of(canonical_headers(all)) +
                   ",Signature=" + signature(canonical, time);
  added.emplace_back("Authorization", std::move(authorization));
  return added;
}

std::string Signer::presign_query(const Request& request, Instant now, std::chrono::seconds lifetime) const {
  const auto time = basic_time(now);
  Pairs headers = request.headers;
  headers.emplace_back("host", request.host);
  Pairs query = request.query;
  const auto own =
      presign_parameters(credentials_, scope(time), time, lifetime, names_of(canonical_headers(headers)));
  query.insert(query.end(), own.begin(), own.end());
  const auto text = canonical_query(query);
  const auto canonical = canonical_request(request, text, headers, rules_.presigned_payload_hash);
  return text + "&X-Amz-Signature=" + signature(canonical, time);
}

struct Presigner::State {
  PresignTerms terms;
  std::string query;        ///< all but the signature's value
  std::string behind_path;  ///< of the canonical request
  std::shared_ptr<const SigningKey> key;
  Sha256 string_to_sign;       ///< up to the hash of the canonical request
  std::string start;           ///< of the last canonical request: method and path
  std::vector<Sha256> hashed;  ///< after each whole block of `start`; the first is of none

  Sha256 hash_start(std::string_view path);
};

/// The hash of method and path.
Sha256 Presigner::State::hash_start(std::string_view path) {
  constexpr std::size_t block = SHA256_CBLOCK;
  const auto method = terms.method.size() + 1;
  const auto size = method + path.size();
  const auto same = [&](std::size_t end) {
    // The method is always the same.
    const auto begin = std::max(end - block, method);
    return end <= start.size() && end <= size &&
           start.compare(begin, end - begin, path.substr(begin - method, end - begin)) == 0;
  };
  std::size_t known = 0;
  while (known + 1 < hashed.size() && same((known + 1) * block)) ++known;
  hashed.resize(known + 1);
  start.resize(std::max(known * block, method));
  start.append(path.substr(start.size() - method));
  for (auto at = known * block; at + block <= size; at += block) {
    hashed.push_back(hashed.back());
    hashed.back().add(std::string_view{start}.substr(at, block));
  }
  auto hash = hashed.back();
  return hash.add(std::string_view{start}.substr((hashed.size() - 1) * block));
}

Presigner::Presigner(const Credentials& credentials, PresignTerms terms, SigningKeys& keys)
    : state_(std::make_unique<State>()) {
  const std::string service = "s3";
  const auto time = basic_time(terms.time);
  const auto scope = scope_of(time, terms.region, service);
  auto parameters = presign_parameters(credentials, scope, time, terms.lifetime, "host");
  if (terms.request_payer) parameters.emplace_back("x-amz-request-payer", "requester");
  state_->query = canonical_query(parameters);
  state_->behind_path = "\n" + state_->query + "\nhost:" + terms.host + "\n\nhost\nUNSIGNED-PAYLOAD";
  state_->query += "&X-Amz-Signature=";
  state_->key = keys.key(credentials.secret_access_key, day_of(time), terms.region, service);
  state_->string_to_sign =
      state_->key->key().start().add(algorithm).add("\n").add(time).add("\n").add(scope).add("\n");
  state_->start = terms.method + "\n";
  state_->hashed.emplace_back();
  state_->terms = std::move(terms);
}

Presigner::Presigner(Presigner&&) noexcept = default;
Presigner& Presigner::operator=(Presigner&&) noexcept = default;
Presigner::~Presigner() = default;
const PresignTerms& Presigner::terms() const { return state_->terms; }

void Presigner::append_query(std::string& out, std::string_view encoded_path) {
  const auto canonical = hex_of(state_->hash_start(encoded_path).add(state_->behind_path).finish());
  out.append(state_->query);
  append_hex(out, state_->key->key().finish(
                      Sha256{state_->string_to_sign}.add({canonical.data(), canonical.size()})));
}

}  // namespace hayden::sign
