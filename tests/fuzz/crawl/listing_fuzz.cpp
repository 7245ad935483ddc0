// Any bytes that a server answers are a listing, an error or neither.
#include <cstdint>
#include <string_view>

#include "crawl/s3_xml.hpp"
#include "keys.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto listing = hayden::crawl::read_s3_listing(bytes)) hayden::crawl::use(std::move(listing->page));
  hayden::crawl::read_s3_error(bytes);
  return 0;
}
