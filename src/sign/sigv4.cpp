#include "sign/sigv4.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <stdexcept>

namespace hayden::sign {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view empty_body_hash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

std::string bytes_of(const Digest& digest, unsigned int size) {
  return {digest.begin(), digest.begin() + size};
}

std::string sha256(std::string_view text) {
  Digest digest{};
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 is not available");
  }
  return bytes_of(digest, size);
}

std::string hmac_sha256(const std::string& key, std::string_view text) {
  const std::vector<unsigned char> bytes(text.begin(), text.end());
  Digest digest{};
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes.data(), bytes.size(), digest.data(),
           &size) == nullptr) {
    throw std::runtime_error("HMAC-SHA-256 is not available");
  }
  return bytes_of(digest, size);
}

std::string hex(std::string_view bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    out += digits[byte >> 4U];
    out += digits[byte & 0x0FU];
  }
  return out;
}

struct SignedHeaders {
  std::string lines;  ///< `name:value\n`, sorted
  std::string names;  ///< `host;x-amz-date`
};

SignedHeaders signed_headers(Pairs headers) {
  std::sort(headers.begin(), headers.end());
  SignedHeaders out;
  for (const auto& [name, value] : headers) {
    out.lines.append(name).append(":").append(value).append("\n");
    if (!out.names.empty()) out.names += ';';
    out.names += name;
  }
  return out;
}

std::string canonical_request(const Request& request, const std::string& query, const SignedHeaders& headers,
                              std::string_view body_hash) {
  std::string out = request.method + "\n" + canonical_path(request.path) + "\n" + query + "\n" +
                    headers.lines + "\n" + headers.names + "\n";
  out += body_hash;
  return out;
}

}  // namespace

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

Signer::Signer(Credentials credentials, std::string region, std::string service)
    : credentials_(std::move(credentials)), region_(std::move(region)), service_(std::move(service)) {}

Signer::Stamp Signer::stamp(Instant now) const {
  std::string time = format_rfc3339(std::chrono::floor<std::chrono::seconds>(now));
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return {time, time.substr(0, 8) + "/" + region_ + "/" + service_ + "/aws4_request"};
}

std::string Signer::signing_key(std::string_view day) const {
  const std::lock_guard lock(mutex_);
  if (cached_day_ != day) {
    cached_key_ = hmac_sha256("AWS4" + credentials_.secret_access_key, day);
    for (const std::string_view part :
         {std::string_view{region_}, std::string_view{service_}, std::string_view{"aws4_request"}}) {
      cached_key_ = hmac_sha256(cached_key_, part);
    }
    cached_day_ = day;
  }
  return cached_key_;
}

std::string Signer::signature(const std::string& canonical_request, const Stamp& stamp) const {
  std::string text{algorithm};
  text += "\n" + stamp.time + "\n" + stamp.scope + "\n" + hex(sha256(canonical_request));
  return hex(hmac_sha256(signing_key(std::string_view{stamp.time}.substr(0, 8)), text));
}

Pairs Signer::sign_headers(const Request& request, Instant now) const {
  const Stamp at = stamp(now);
  Pairs added{{"x-amz-content-sha256", std::string{empty_body_hash}}, {"x-amz-date", at.time}};
  if (!credentials_.session_token.empty())
    added.emplace_back("x-amz-security-token", credentials_.session_token);

  Pairs all = added;
  all.insert(all.end(), request.headers.begin(), request.headers.end());
  all.emplace_back("host", request.host);
  const auto headers = signed_headers(std::move(all));
  const auto canonical = canonical_request(request, canonical_query(request.query), headers, empty_body_hash);

  std::string authorization{algorithm};
  authorization += " Credential=" + credentials_.access_key_id + "/" + at.scope +
                   ",SignedHeaders=" + headers.names + ",Signature=" + signature(canonical, at);
  added.emplace_back("Authorization", std::move(authorization));
  return added;
}

std::string Signer::presign_query(const Request& request, Instant now, std::chrono::seconds lifetime) const {
  const Stamp at = stamp(now);
  Pairs all = request.headers;
  all.emplace_back("host", request.host);
  const auto headers = signed_headers(std::move(all));

  Pairs query = request.query;
  query.emplace_back("X-Amz-Algorithm", algorithm);
  query.emplace_back("X-Amz-Credential", credentials_.access_key_id + "/" + at.scope);
  query.emplace_back("X-Amz-Date", at.time);
  query.emplace_back("X-Amz-Expires", std::to_string(lifetime.count()));
  if (!credentials_.session_token.empty())
    query.emplace_back("X-Amz-Security-Token", credentials_.session_token);
  query.emplace_back("X-Amz-SignedHeaders", headers.names);

  const auto text = canonical_query(query);
  return text +
         "&X-Amz-Signature=" + signature(canonical_request(request, text, headers, "UNSIGNED-PAYLOAD"), at);
}

}  // namespace hayden::sign
