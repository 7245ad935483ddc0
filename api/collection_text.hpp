#pragma once
#include <mutex>
#include <string>
#include <unordered_map>

#include "api/links.hpp"
#include "db/catalog.hpp"

namespace hayden::api {

class Signing;

/// Collections as they go out: the stored text with the server's links. Keeps what it made, as long as the
/// stored Collection and the address of the service stay the same, so that reads do not parse JSON.
class CollectionTexts {
 public:
  /// `signing` may be null. Collections whose Items it changes say how their hrefs may be used.
  explicit CollectionTexts(const Signing* signing = nullptr) : signing_(signing) {}
  std::string text(const db::StoredCollection& collection, const Links& links);

 private:
  static constexpr std::size_t most_kept = 1'000;
  const Signing* signing_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::string>
      kept_;  ///< by id, etag, what follows from the Items and base URL
};

}  // namespace hayden::api
