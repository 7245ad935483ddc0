#pragma once
#include <cstdint>

namespace hayden::crawl {

/// What a store charges, in US dollars for a thousand requests. By default those of S3 Standard in us-west-2,
/// where usgs-landsat lies.
struct Prices {
  double lists = 0.005, gets = 0.0004;

  double of(std::uint64_t list_requests, std::uint64_t get_requests) const {
    constexpr double thousand = 1000;
    return (lists * static_cast<double>(list_requests) + gets * static_cast<double>(get_requests)) / thousand;
  }
};

}  // namespace hayden::crawl
