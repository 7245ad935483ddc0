#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hayden::sign {

/// A bucket and how it is reached.
struct S3Bucket {
  std::string name = {};
  std::string region = {};
  std::string endpoint = {};  ///< `http(s)://host[:port]`; empty for AWS
  bool path_style = false;    ///< with AWS always for names with dots, which no TLS certificate covers
};

/// A way to write the URLs of a bucket: what stands before the key, as in
/// `https://b.s3.us-west-2.amazonaws.com/`.
struct S3UrlForm {
  std::string start;
  std::string host;         ///< as the Host header has it
  std::string path_prefix;  ///< of the path, up to the key: `/` or `/bucket/`
};

/// All forms, the one to make new URLs by first. They match byte for byte: other spellings of a host, ports,
/// logins and look-alikes are other hosts.
std::vector<S3UrlForm> url_forms(const S3Bucket& bucket);

/// The key of a URL's path, or of an s3:// URI when `is_uri`, where nothing is encoded. Nothing when it is
/// not one to sign: empty, with `.` or `..` segments, encoded slashes or backslashes, control characters, a
/// broken escape, a query or a fragment: proxies and clients would take those for other keys.
std::optional<std::string> object_key(std::string_view path, bool is_uri);

/// Whether a key is one that object_key() takes and that stands for itself in URLs: unreserved characters
/// (RFC 3986) and slashes, and no segment that begins with a dot. Most are.
bool is_plain_key(std::string_view key);

/// The region of a bucket that everyone knows, such as usgs-landsat's.
std::optional<std::string> known_region(std::string_view bucket);

/// What is wrong with an endpoint, to follow its name in a sentence; empty when it is
/// `http(s)://host[:port]`.
std::string mistake_of_endpoint(std::string_view url);

}  // namespace hayden::sign
