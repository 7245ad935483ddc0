#pragma once
#include <cstdint>
#include <string>
#include <vector>

/// S3 with next to nothing around libcurl: what a store gives when nobody minds what it says.
namespace hayden::bench {

struct BareStore {
  std::string url;  ///< `http://host:port/bucket`; anonymous requests are allowed
  std::size_t threads = 8;
};

struct BareObject {
  std::string key, content;
};

struct BareCount {
  std::uint64_t keys = 0, requests = 0;
};

/// Puts objects that anybody may read. Throws std::runtime_error when the store refuses one.
void put(const BareStore& store, const std::vector<BareObject>& objects);

/// Lists those prefixes with ListObjectsV2, several threads side by side, each with a connection that is kept
/// alive; of the answers only the keys are counted and the token is looked for.
BareCount count_keys(const BareStore& store, const std::vector<std::string>& prefixes);

}  // namespace hayden::bench
