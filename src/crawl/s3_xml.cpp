#include "crawl/s3_xml.hpp"

#include <charconv>

#include "core/percent.hpp"
#include "crawl/xml_reader.hpp"

namespace hayden::crawl {
namespace {

std::string without_quotes(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  return std::string{etag};
}

std::uint64_t number(const std::string& text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// With encoding-type=url a space comes as `+` from some servers and as `%20` from others.
void decode_keys(S3Listing& listing, bool encoded) {
  std::vector<Object> objects;
  objects.reserve(listing.page.objects.size());
  for (auto& object : listing.page.objects) {
    auto key = encoded ? percent_decode(object.key, true) : object.key;
    if (key && is_utf8(*key)) {
      object.key = std::move(*key);
      listing.last_key = object.key;
      objects.push_back(std::move(object));
    } else {
      listing.page.unreadable.push_back("The key " + percent_encode(object.key, "/%") + " is not UTF-8.");
    }
  }
  listing.page.objects = std::move(objects);
  std::vector<std::string> folders;
  for (auto& folder : listing.folders) {
    auto name = encoded ? percent_decode(folder, true) : folder;
    if (name && name->ends_with('/') && is_utf8(*name)) folders.push_back(std::move(*name));
  }
  listing.folders = std::move(folders);
}

}  // namespace

std::optional<S3Listing> read_s3_listing(std::string_view xml) {
  S3Listing listing;
  Object object;
  bool is_listing = false, encoded = false;
  const bool whole = read_xml(xml, [&](std::string_view path, const std::string& text) {
    if (path == "ListBucketResult/Contents/Key") object.key = text;
    if (path == "ListBucketResult/Contents/ETag") object.mark = without_quotes(text);
    if (path == "ListBucketResult/Contents/Size") object.size = number(text);
    if (path == "ListBucketResult/Contents") listing.page.objects.push_back(std::exchange(object, {}));
    if (path == "ListBucketResult/CommonPrefixes/Prefix") listing.folders.push_back(text);
    if (path == "ListBucketResult/IsTruncated") listing.truncated = text == "true";
    if (path == "ListBucketResult/NextContinuationToken") listing.next_token = text;
    if (path == "ListBucketResult/EncodingType") encoded = text == "url";
    if (path == "ListBucketResult") is_listing = true;
  });
  if (!whole || !is_listing) return {};
  decode_keys(listing, encoded);
  return listing;
}

S3Error read_s3_error(std::string_view xml) {
  S3Error error;
  read_xml(xml, [&](std::string_view path, const std::string& text) {
    if (path == "Error/Code") error.code = text;
    if (path == "Error/Message") error.message = text;
    if (path == "Error/Region") error.region = text;
    if (path == "Error/Endpoint") error.endpoint = text;
  });
  return error;
}

}  // namespace hayden::crawl
