// A search request from any bytes, through both doors: it is understood or refused with a 400, nothing else.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "stac/collection_request.hpp"
#include "stac/search_request.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using hayden::stac::SearchRequest;
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};  // NOLINT: bytes are bytes
  const auto expect_400 = [](auto read) {
    try {
      const auto request = read();
      if (request.limit < 1 || request.limit > hayden::stac::largest_limit) std::abort();
    } catch (const hayden::Problem& problem) {
      if (problem.status() != 400) std::abort();
    }
  };
  if (const auto pairs = hayden::parse_query(bytes)) {
    expect_400([&] { return SearchRequest::from_query(*pairs); });
    expect_400([&] { return hayden::stac::CollectionRequest::from_query(*pairs); });
  }
  expect_400([&] { return SearchRequest::from_body(hayden::parse_json(bytes)); });
  return 0;
}
