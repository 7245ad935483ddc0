#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace hayden::api {

/// Makes a weak entity tag (RFC 9110 §8.8.3) of everything that a representation depends on; weak, because
/// the same tag serves every content coding. FNV-1a, 64 bits.
class ETag {
 public:
  ETag& add(std::string_view part);
  std::string text() const;  ///< `W/"0123456789abcdef"`

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

/// A tag of two parts, `W/"0123456789abcdef-0123456789abcdef"`: of a document, and of what is served with it
/// but is not its own (what a Collection says of its Items). With nothing to add it is the document's.
std::string with_part(const std::string& tag, std::string_view added);
/// An If-Match or If-None-Match header with the tags of the documents alone, for requests that write.
std::string document_tags(std::string_view header);

}  // namespace hayden::api
