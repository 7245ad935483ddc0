#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "crawl/listing.hpp"
#include "crawl/options.hpp"
#include "crawl/s3_store.hpp"

namespace hayden::crawl {

/// Where a source argument points to.
struct SourceAddress {
  std::string scheme = "s3";
  std::string bucket, prefix;    ///< of `s3://bucket/prefix`, or `gs://…`
  std::filesystem::path folder;  ///< else
};
/// Understands `s3://bucket[/prefix]`, `gs://bucket[/prefix]`, `file://` URLs and paths. Throws SourceError.
SourceAddress parse_source(const std::string& source);

/// Where objects are and what names them.
struct Source {
  std::shared_ptr<ObjectStore> store;
  std::shared_ptr<Listing> listing;
};

/// Opens what the options name.
class SourceOpener {
 public:
  SourceOpener(const Options& options, db::Pool& pool)
      : options_(options), pool_(pool), requests_(std::make_shared<RequestCounters>()) {
    requests_->most = options.most_requests;
    requests_->prices = options.prices;
    requests_->most_cost = options.most_cost;
  }

  /// Of a source argument. Throws SourceError; CredentialsError for a source in S3; Problem(503).
  Source open(const std::string& source);
  /// By the name that harvest marks are stored under.
  std::shared_ptr<ObjectStore> open_store(const std::string& name);
  std::shared_ptr<S3Store> open_bucket(const SourceAddress& address);
  const RequestCounters& requests() const { return *requests_; }

 private:
  Source open_bucket_source(const SourceAddress& address);
  Source open_list(const std::string& source);
  Source open_queue(const std::string& url);
  std::shared_ptr<sign::CredentialsProvider> credentials(std::string& region) const;

  const Options& options_;
  db::Pool& pool_;
  std::shared_ptr<RequestCounters> requests_;
};

}  // namespace hayden::crawl
