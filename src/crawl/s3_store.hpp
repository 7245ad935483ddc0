#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "client/http_client.hpp"
#include "crawl/object_store.hpp"
#include "crawl/prices.hpp"
#include "crawl/s3_xml.hpp"
#include "crawl/throttle.hpp"
#include "sign/credentials.hpp"
#include "sign/sigv4.hpp"

namespace hayden::crawl {

using client::HttpAnswer;
using client::HttpClient;

enum class Addressing { automatic, path, virtual_host };

/// Requests made by a run, over all its sources.
struct RequestCounters {
  std::atomic<std::uint64_t> lists = 0;      ///< of keys and of folders
  std::atomic<std::uint64_t> gets = 0;       ///< of objects
  std::atomic<std::uint64_t> repeated = 0;   ///< of both, those that were made again after a failure
  std::atomic<std::uint64_t> throttled = 0;  ///< answers 503 SlowDown, 429 and the like
  std::optional<std::uint64_t> most;         ///< then BudgetError
  Prices prices;
  std::optional<double> most_cost;  ///< US dollars; then BudgetError, too

  std::uint64_t all() const { return lists + gets; }
  double cost() const { return prices.of(lists, gets); }
};

struct S3Options {
  std::string bucket, prefix;
  std::string scheme = "s3";  ///< of hrefs and of the name
  std::string endpoint_url;   ///< `http(s)://host[:port]`; empty for AWS
  std::string
      region;  ///< empty: that of the bucket where known, else us-east-1 until the server names another
  std::shared_ptr<sign::CredentialsProvider> credentials;  ///< none: anonymous
  bool request_payer = false;
  /// automatic: path style at a custom endpoint and for buckets with dots (no TLS certificate covers them).
  Addressing addressing = Addressing::automatic;
  std::size_t concurrency = 16;  ///< requests at once, at most
  std::shared_ptr<RequestCounters> counters = std::make_shared<RequestCounters>();
};

/// A bucket of S3 or of a server that speaks its protocol: ListObjectsV2 and GET, signed by SigV4 or
/// anonymous. Failures that pass (5xx, SlowDown, time-outs, resets, cut answers) are tried again with
/// growing, jittered pauses, and fewer requests are made at once.
class S3Store final : public ObjectStore {
 public:
  /// Throws SourceError when the endpoint is not a plain http(s) URL.
  explicit S3Store(S3Options options);

  std::string name() const override { return options_.scheme + "://" + options_.bucket; }
  std::string href(const std::string& key) const override { return name() + "/" + key; }
  std::string below_source(const std::string& key) const override;
  Blob get(const std::string& key, const std::stop_token& stop) override;

  const std::string& prefix() const { return options_.prefix; }
  /// A page of the keys behind `after` with that prefix, or the page that a token of the page before stands
  /// for. Safe to call from several threads. Throws SourceError, BudgetError.
  S3Listing list_page(const std::string& prefix, const std::string& after, const std::string& token,
                      const std::stop_token& stop);
  /// The folders right below `prefix`, which ends with `/` or begins the folders' names, from the one that
  /// holds `after` on: at most a page of them.
  S3Folders list_folders(const std::string& prefix, const std::string& after, const std::stop_token& stop);
  /// Up to `length` bytes from `offset`; fewer at the end, none behind it. Throws like get().
  std::string get_part(const std::string& key, std::uint64_t offset, std::uint64_t length,
                       const std::stop_token& stop);
  /// Tries fewer times than get(). Where a server gives all of an object though asked for a part, that is
  /// borne up to largest_object.
  std::string get_beginning(const std::string& key, std::size_t most, const std::stop_token& stop) override;

 private:
  struct Question {
    std::string key;  ///< empty: the bucket
    Pairs query, headers;
    std::size_t body_limit = 0;
    std::function<bool(const HttpAnswer&)> whole;  ///< whether a good answer is complete
    int attempts = 8;
  };
  std::string host(const std::string& region) const;
  std::string region() const;
  /// Where a request is sent to.
  struct Place {
    std::string region, host;
    bool operator==(const Place&) const = default;
  };
  Place place() const;
  bool follow(const HttpAnswer& answer, const Place& asked);
  std::shared_ptr<const sign::Signer> signer();
  HttpAnswer ask_once(const Question& question, const Place& place);
  HttpAnswer ask_in_turn(const Question& question, const Place& place, const std::stop_token& stop);
  HttpAnswer ask(const Question& question, const std::stop_token& stop);
  S3Listing list(const Pairs& query, const std::stop_token& stop);
  [[noreturn]] void throw_get_error(const std::string& key, const HttpAnswer& answer) const;
  [[noreturn]] void throw_source_error(const HttpAnswer& answer, const S3Error& error) const;

  S3Options options_;
  std::string scheme_ = "https", endpoint_host_;
  bool path_style_ = false;
  HttpClient client_;
  Throttle throttle_;
  std::atomic<bool> has_answered_ = false;
  mutable std::mutex place_mutex_;
  std::string region_;
  std::string moved_to_;  // host that a redirect named
  sign::Credentials signed_with_;
  std::shared_ptr<const sign::Signer> signer_;
};

}  // namespace hayden::crawl
