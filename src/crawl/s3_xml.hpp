#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "crawl/listing.hpp"

namespace hayden::crawl {

/// The answer to ListObjectsV2.
struct S3Listing {
  Page page;
  std::vector<std::string> folders;  ///< common prefixes, decoded; each ends with the delimiter
  bool truncated = false;
  std::string next_token;  ///< opaque; empty from servers that only know ListObjects version 1
};

/// The answer to ListObjectsV2 with a delimiter.
struct S3Folders {
  std::vector<std::string> folders;  ///< each ends with the delimiter
  bool has_keys = false;             ///< whether there are keys beside them
  bool truncated = false;
};

/// Reads a ListBucketResult, whatever its namespace prefix and further elements. Nothing when the text is no
/// such document or stops short.
std::optional<S3Listing> read_s3_listing(std::string_view xml);

/// The error body of S3; what is missing stays empty, also when the text is no XML at all.
struct S3Error {
  std::string code, message, region, endpoint;
};
S3Error read_s3_error(std::string_view xml);

}  // namespace hayden::crawl
