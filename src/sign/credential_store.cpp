#include "sign/credential_store.hpp"

#include <algorithm>

namespace hayden::sign {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::microseconds longest_margin = 15min;
constexpr std::chrono::microseconds first_pause = 1s, longest_pause = 30s;

/// Keys of an hour are fetched a quarter of an hour early, those of a minute half a minute.
Instant due_after(const Credentials& keys, Instant now, std::chrono::seconds reread) {
  if (!keys.expires) return now + reread;
  return *keys.expires - std::min(longest_margin, (*keys.expires - now) / 2);
}

}  // namespace

std::size_t CredentialStore::add(std::string name, LoadCredentials load) {
  const std::lock_guard lock(mutex_);
  sources_.push_back({.name = std::move(name), .load = std::move(load), .keys = {}, .error = {}});
  return sources_.size() - 1;
}

Instant CredentialStore::refresh(Instant now) {
  std::unique_lock lock(mutex_);
  Instant next = Instant::max();
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (sources_[i].due <= now) {
      const auto load = sources_[i].load;
      std::shared_ptr<const Credentials> keys;
      std::string error;
      lock.unlock();  // asking may take seconds
      try {
        keys = std::make_shared<const Credentials>(load());
        if (keys->expires && *keys->expires <= now) {
          keys.reset();
          error = "the keys it gives have expired";
        }
      } catch (const CredentialsError& failure) {
        error = failure.what();
      }
      lock.lock();
      auto& source = sources_[i];
      source.error = std::move(error);
      if (keys) {
        source.due = std::max(due_after(*keys, now, reread_), now + first_pause);
        source.keys = std::move(keys);
        source.failures = 0;
      } else {
        const int doublings = std::min(source.failures++, 5);
        source.due = now + std::min(longest_pause, first_pause * (1 << doublings));
      }
    }
    next = std::min(next, sources_[i].due);
  }
  return next;
}

std::shared_ptr<const Credentials> CredentialStore::keys(std::size_t source, Instant now) const {
  const std::lock_guard lock(mutex_);
  const auto& keys = sources_.at(source).keys;
  return keys && (!keys->expires || *keys->expires > now) ? keys : nullptr;
}

std::vector<CredentialStatus> CredentialStore::status(Instant now) const {
  const std::lock_guard lock(mutex_);
  std::vector<CredentialStatus> all;
  for (const auto& source : sources_) {
    const auto expires = source.keys ? source.keys->expires : std::nullopt;
    all.push_back({source.name, source.keys && (!expires || *expires > now), expires, source.error});
  }
  return all;
}

}  // namespace hayden::sign
