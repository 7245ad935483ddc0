#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "crawl/http_client.hpp"
#include "crawl/object_store.hpp"
#include "crawl/s3_xml.hpp"
#include "sign/sigv4.hpp"

namespace hayden::crawl {

enum class Addressing { automatic, path, virtual_host };

struct S3Options {
  std::string bucket, prefix;
  std::string endpoint_url;  ///< `http(s)://host[:port]`; empty for AWS
  std::string
      region;  ///< empty: that of the bucket where known, else us-east-1 until the server names another
  std::optional<sign::Credentials> credentials;  ///< none: anonymous
  bool request_payer = false;
  /// automatic: path style at a custom endpoint and for buckets with dots (no TLS certificate covers them).
  Addressing addressing = Addressing::automatic;
};

/// A bucket of S3 or of a server that speaks its protocol: ListObjectsV2 and GET, signed by SigV4 or
/// anonymous. Failures that pass (5xx, SlowDown, time-outs, resets, cut answers) are tried again with
/// growing, jittered pauses.
class S3Store final : public ObjectStore {
 public:
  /// Throws SourceError when the endpoint is not a plain http(s) URL.
  explicit S3Store(S3Options options);

  std::string name() const override { return "s3://" + options_.bucket; }
  std::string href(const std::string& key) const override { return name() + "/" + key; }
  std::string below_source(const std::string& key) const override;
  void list(const std::function<bool(Page)>& take, const std::stop_token& stop) override;
  Blob get(const std::string& key, const std::stop_token& stop) override;

 private:
  std::string host(const std::string& region) const;
  std::string region() const;
  bool adopt_region(const HttpAnswer& answer);
  HttpAnswer ask_once(const std::string& key, const Pairs& query);
  HttpAnswer ask(const std::string& key, const Pairs& query,
                 const std::function<bool(const HttpAnswer&)>& whole, const std::stop_token& stop);
  S3Listing list_page(const Pairs& query, const std::stop_token& stop);
  [[noreturn]] void throw_source_error(const HttpAnswer& answer, const S3Error& error) const;

  S3Options options_;
  std::string scheme_ = "https", endpoint_host_;
  bool path_style_ = false;
  HttpClient client_;
  std::atomic<bool> has_answered_ = false;
  mutable std::mutex region_mutex_;
  std::string region_;
  std::shared_ptr<const sign::Signer> signer_;
};

}  // namespace hayden::crawl
