#pragma once
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "api/caller.hpp"
#include "api/signing/limits.hpp"
#include "api/signing/policy.hpp"
#include "core/json.hpp"
#include "core/problem.hpp"
#include "http/message.hpp"
#include "sign/credential_store.hpp"
#include "sign/s3_url.hpp"
#include "sign/sigv4.hpp"

namespace hayden::api {

/// An href that the policy allows to sign.
struct Signable {
  std::size_t bucket = 0;    ///< in SigningPolicy::buckets
  std::size_t form = 0;      ///< of the bucket's URLs: that of the href, or the usual one for s3://
  bool is_uri = false;       ///< s3://, which has to become a URL first
  std::string_view written;  ///< what follows the form's start in the href
  std::string key;           ///< empty when it is as it is written, and plain
  std::string_view key_text() const { return key.empty() ? written : std::string_view{key}; }
};

/// Which door a URL goes out by, for the audit log and /metrics.
enum class Door { redirect, in_place, sas };

/// Signs hrefs within the policy. Keys and regions are fetched by a thread of its own, so that no request
/// waits for them. Safe to share between threads.
class Signing {
 public:
  /// `ask` reaches the services of the machine and of AWS. Throws Problem(400) naming everything in the
  /// policy that does not exist here, such as profiles and environment variables; a service that does not
  /// answer is no mistake.
  Signing(SigningPolicy policy, sign::Environment environment, const sign::AskService& ask);
  ~Signing();
  Signing(const Signing&) = delete;
  Signing& operator=(const Signing&) = delete;

  const SigningPolicy& policy() const { return policy_; }
  /// Changes whenever Items would look different.
  const std::string& fingerprint() const { return fingerprint_; }

  /// Nothing when the href is not within the policy. It must outlive the result.
  std::optional<Signable> find(std::string_view href) const;
  /// The same; throws Problem(400 or 403) that says why not.
  Signable require(std::string_view href) const;
  /// s3://bucket/key
  std::string uri_of(const Signable& href) const;

  /// `{"status": "ok" or "degraded", "keys": […]}` for /health.
  Json health() const;
  void write_metrics(std::string& out) const;

 private:
  friend class SigningSession;
  using Forms =
      std::vector<std::vector<sign::S3UrlForm>>;  ///< of each bucket; none while its region is not known

  std::size_t add_source(const KeySource& source, Mistakes& mistakes, const std::string& where);
  std::optional<std::string> look_up_region(const BucketPolicy& bucket) const;
  bool look_up_regions();
  std::string region_of(std::size_t bucket) const;
  std::shared_ptr<const Forms> forms() const;
  void run(const std::stop_token& stop);

  SigningPolicy policy_;
  sign::Environment environment_;
  sign::AskService ask_;
  std::string fingerprint_;
  sign::CredentialStore store_;
  std::vector<KeySource> sources_;
  std::vector<std::size_t> source_of_bucket_;
  sign::SigningKeys keys_;
  SigningCounts counts_;
  mutable std::mutex mutex_;
  std::vector<std::string> regions_;
  std::shared_ptr<const Forms> forms_;
  std::vector<std::uint64_t> signed_ = std::vector<std::uint64_t>(3);  ///< by door
  std::uint64_t refused_ = 0, unavailable_ = 0;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: it uses all of the above
};

/// The signatures of one request.
class SigningSession {
 public:
  struct Terms {
    Door door = Door::sas;
    std::string method = "GET";
    std::optional<std::chrono::seconds> expiry = {};  ///< as asked
  };
  /// Throws Refusal when the caller may not sign at all, and TooManySignatures.
  SigningSession(Signing& signing, const Caller& caller, std::string remote, std::string request_id,
                 Terms terms);
  ~SigningSession();
  SigningSession(const SigningSession&) = delete;
  SigningSession& operator=(const SigningSession&) = delete;

  /// Whether the caller may have URLs of the bucket.
  bool may(const Signable& href) const;
  /// Throws Refusal when not.
  void require_leave(const Signable& href) const;

  /// Appends the signed URL; `href` is what it was found in. Throws Problem(503) while there are no keys for
  /// the bucket or its region is not known.
  void append(std::string& out, const Signable& href, std::string_view whole);
  /// When URLs of the bucket end.
  Instant expires(const Signable& href);
  /// When the first to end of all appended does.
  std::optional<Instant> first_to_end() const { return first_to_end_; }

  /// Writes an audit line; `more` is further members, ready as JSON, with a comma at the end.
  void audit(std::string_view more, std::int64_t signatures) const;
  /// Charges what has been signed since the last time.
  void settle();

 private:
  struct Ready;
  Ready& ready(const Signable& href);
  const SigningLimits& limits() const;
  std::string account() const;

  Signing& signing_;
  Caller caller_;
  std::string remote_, request_id_;
  Terms terms_;
  Instant now_;
  std::shared_ptr<const Signing::Forms> forms_;
  std::vector<std::unique_ptr<Ready>> ready_;
  std::optional<Instant> first_to_end_;
  std::int64_t unsettled_ = 0;
  std::string query_;  ///< reused
};

/// Problem(429): the caller has had as many signatures as it may.
class TooManySignatures : public Problem {
 public:
  explicit TooManySignatures(std::chrono::seconds wait)
      : Problem(429, "TooManySignatures",
                "you have had as many signed URLs as you may for now; ask again in " +
                    std::to_string(wait.count()) + " s"),
        wait_(wait) {}
  std::chrono::seconds wait() const { return wait_; }

 private:
  std::chrono::seconds wait_;
};

}  // namespace hayden::api
