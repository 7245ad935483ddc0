#pragma once
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/percent.hpp"

namespace hayden::client {

struct HttpAnswer {
  int status = 0;  ///< 0 when there was no answer; `failure` says why
  std::string body;
  std::string etag, region;  ///< ETag without quotes; x-amz-bucket-region
  std::string location;      ///< where a redirect points to
  int retry_after = 0;       ///< seconds
  std::string failure;       ///< "Could not resolve hostname", …
  bool unreachable = false;  ///< no connection, or nothing came over it
  bool timed_out = false;
  bool too_large = false;
};

/// Requests to other services over libcurl, with connections kept alive, from any number of threads.
/// Redirects are not followed.
class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// HTTP/2 where a server offers it (over TLS). Never throws for what a server or network does. A body
  /// beyond `body_limit` bytes counts as no answer.
  HttpAnswer get(const std::string& url, const Pairs& headers, std::size_t body_limit);
  /// The same with another method, and with little patience: for services of this machine and for keys.
  HttpAnswer ask(const std::string& method, const std::string& url, const Pairs& headers,
                 std::chrono::milliseconds patience);

 private:
  struct Handle;
  struct Call;
  HttpAnswer perform(const Call& call);
  std::unique_ptr<Handle> take();
  void give_back(std::unique_ptr<Handle> handle);

  std::mutex mutex_;
  std::vector<std::unique_ptr<Handle>> idle_;
};

}  // namespace hayden::client
