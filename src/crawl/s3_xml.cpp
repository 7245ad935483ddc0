#include "crawl/s3_xml.hpp"

#include <charconv>
#include <iterator>

#include "core/percent.hpp"
#include "core/xml.hpp"

namespace hayden::crawl {
namespace {

std::string without_quotes(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  return std::string{etag};
}

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string text_of(const pugi::xml_node& element) {
  std::string scratch;
  return std::string{xml_text(element, scratch)};
}

Object object_of(const pugi::xml_node& contents) {
  Object object;
  std::string scratch;
  for (auto child = contents.first_child(); child; child = child.next_sibling()) {
    const auto name = xml_local_name(child);
    if (name == "Key") {
      object.key = xml_text(child, scratch);
    } else if (name == "ETag") {
      object.mark = without_quotes(xml_text(child, scratch));
    } else if (name == "Size") {
      object.size = number(xml_text(child, scratch));
    }
  }
  return object;
}

// With encoding-type=url a space comes as `+` from some servers and as `%20` from others. False when what
// comes out is not UTF-8.
bool decode(std::string& key, bool encoded) {
  if (!encoded) return is_utf8(key);
  auto decoded = percent_decode(key, true);
  if (decoded) key = std::move(*decoded);
  return decoded.has_value();
}

void decode_keys(S3Listing& listing, bool encoded) {
  auto& objects = listing.page.objects;
  auto kept = objects.begin();
  for (auto& object : objects) {
    if (!decode(object.key, encoded)) {
      listing.page.unreadable.push_back("The key " + percent_encode(object.key, "/%") + " is not UTF-8.");
    } else if (&*kept++ != &object) {
      *std::prev(kept) = std::move(object);
    }
  }
  objects.erase(kept, objects.end());
  std::vector<std::string> folders;
  for (auto& folder : listing.folders) {
    if (decode(folder, encoded) && folder.ends_with('/')) folders.push_back(std::move(folder));
  }
  listing.folders = std::move(folders);
}

}  // namespace

std::optional<S3Listing> read_s3_listing(std::string_view xml) {
  const XmlDocument document(xml);
  if (document.fault() || xml_local_name(document.root()) != "ListBucketResult") return {};
  S3Listing listing;
  constexpr std::size_t usual_page = 1000;
  listing.page.objects.reserve(usual_page);
  bool encoded = false;
  for (auto element = document.root().first_child(); element; element = element.next_sibling()) {
    const auto name = xml_local_name(element);
    if (name == "Contents") {
      listing.page.objects.push_back(object_of(element));
    } else if (name == "CommonPrefixes") {
      listing.folders.push_back(xml_text_in(element, "Prefix"));
    } else if (name == "IsTruncated") {
      listing.truncated = text_of(element) == "true";
    } else if (name == "NextContinuationToken") {
      listing.next_token = text_of(element);
    } else if (name == "EncodingType") {
      encoded = text_of(element) == "url";
    }
  }
  decode_keys(listing, encoded);
  return listing;
}

S3Error read_s3_error(std::string_view xml) {
  const XmlDocument document(xml);
  const auto root = document.root();
  if (xml_local_name(root) != "Error") return {};
  return {xml_text_in(root, "Code"), xml_text_in(root, "Message"), xml_text_in(root, "Region"),
          xml_text_in(root, "Endpoint")};
}

}  // namespace hayden::crawl
