#include "crawl/s3_xml.hpp"

#include <expat.h>

#include <charconv>
#include <memory>

#include "core/percent.hpp"

namespace hayden::crawl {
namespace {

// Calls `on_end(path, text)` at every closing tag, with the path of local element names from the root
// (`ListBucketResult/Contents/Key`) and the text directly inside.
class Reader {
 public:
  using OnEnd = std::function<void(std::string_view path, const std::string& text)>;

  explicit Reader(OnEnd on_end)
      : on_end_(std::move(on_end)), parser_(XML_ParserCreate(nullptr), XML_ParserFree) {
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), start, end);
    XML_SetCharacterDataHandler(parser_.get(), text);
    XML_SetStartDoctypeDeclHandler(parser_.get(), refuse_doctype);
  }

  bool read(std::string_view xml) {
    return XML_Parse(parser_.get(), xml.data(), static_cast<int>(xml.size()), XML_TRUE) == XML_STATUS_OK;
  }

 private:
  static Reader& self(void* user) { return *static_cast<Reader*>(user); }

  static void start(void* user, const XML_Char* name, const XML_Char** /*attributes*/) {
    auto& reader = self(user);
    const std::string_view full{name};
    if (!reader.path_.empty()) reader.path_ += '/';
    reader.path_ += full.substr(full.find(':') + 1);
    reader.text_.clear();
  }

  static void end(void* user, const XML_Char* /*name*/) {
    auto& reader = self(user);
    reader.on_end_(reader.path_, reader.text_);
    const auto slash = reader.path_.rfind('/');
    reader.path_.resize(slash == std::string::npos ? 0 : slash);
    reader.text_.clear();
  }

  static void text(void* user, const XML_Char* bytes, int length) {
    self(user).text_.append(bytes, static_cast<std::size_t>(length));
  }

  // No S3 answer has a document type; what it could declare (entities) is only good for attacks.
  static void refuse_doctype(void* user, const XML_Char* /*name*/, const XML_Char* /*system*/,
                             const XML_Char* /*public_id*/, int /*has_subset*/) {
    XML_StopParser(self(user).parser_.get(), XML_FALSE);
  }

  OnEnd on_end_;
  std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser_;
  std::string path_, text_;
};

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
}

}  // namespace

std::optional<S3Listing> read_s3_listing(std::string_view xml) {
  S3Listing listing;
  Object object;
  bool is_listing = false, encoded = false;
  Reader reader([&](std::string_view path, const std::string& text) {
    if (path == "ListBucketResult/Contents/Key") object.key = text;
    if (path == "ListBucketResult/Contents/ETag") object.mark = without_quotes(text);
    if (path == "ListBucketResult/Contents/Size") object.size = number(text);
    if (path == "ListBucketResult/Contents") listing.page.objects.push_back(std::exchange(object, {}));
    if (path == "ListBucketResult/IsTruncated") listing.truncated = text == "true";
    if (path == "ListBucketResult/NextContinuationToken") listing.next_token = text;
    if (path == "ListBucketResult/EncodingType") encoded = text == "url";
    if (path == "ListBucketResult") is_listing = true;
  });
  if (!reader.read(xml) || !is_listing) return {};
  decode_keys(listing, encoded);
  return listing;
}

S3Error read_s3_error(std::string_view xml) {
  S3Error error;
  Reader reader([&](std::string_view path, const std::string& text) {
    if (path == "Error/Code") error.code = text;
    if (path == "Error/Message") error.message = text;
    if (path == "Error/Region") error.region = text;
    if (path == "Error/Endpoint") error.endpoint = text;
  });
  reader.read(xml);
  return error;
}

}  // namespace hayden::crawl
