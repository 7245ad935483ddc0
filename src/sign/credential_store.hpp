#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "sign/credentials.hpp"

namespace hayden::sign {

/// Fetches keys anew. Throws CredentialsError.
using LoadCredentials = std::function<Credentials()>;

/// How one source of keys is doing, without anything secret.
struct CredentialStatus {
  std::string name;
  bool usable = false;             ///< there are keys, and they have not expired
  std::optional<Instant> expires;  ///< of the keys at hand
  std::string error;               ///< of the last attempt; empty when it went well
};

/// Keys from several sources, kept fresh in the background: whoever needs some takes what is at hand and
/// never waits. Keys that end are fetched again well before they do; others are read again every so often,
/// since files change. While a source fails, what it gave before stays in use to its end. Safe to share
/// between threads.
class CredentialStore {
 public:
  /// `reread`: between two readings of keys that do not end.
  explicit CredentialStore(std::chrono::seconds reread) : reread_(reread) {}

  /// Returns the source's number, from 0. `name` is for people: `profile usgs`.
  std::size_t add(std::string name, LoadCredentials load);

  /// Fetches what is due and returns when the next will be. For one thread at a time.
  Instant refresh(Instant now);

  /// Nothing while there are none, or they have ended.
  std::shared_ptr<const Credentials> keys(std::size_t source, Instant now) const;
  std::vector<CredentialStatus> status(Instant now) const;

 private:
  struct Source {
    std::string name;
    LoadCredentials load;
    std::shared_ptr<const Credentials> keys;
    std::string error;
    Instant due{};
    int failures = 0;
  };

  std::chrono::seconds reread_;
  mutable std::mutex mutex_;
  std::vector<Source> sources_;
};

}  // namespace hayden::sign
