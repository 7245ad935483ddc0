#pragma once
#include <cstdint>
#include <string>

#include "samples/generator.hpp"

namespace hayden::bench {

struct LoadOptions {
  std::string database_url;
  std::uint64_t scenes = 100'000;
  std::size_t threads = 2;
  samples::SampleOptions samples;
};

struct LoadReport {
  std::uint64_t scenes = 0;
  double seconds = 0;
};

/// Generated scenes through the crawler's own conversion and writer, all in memory; says on stderr how far it
/// is.
LoadReport load(const LoadOptions& options);

}  // namespace hayden::bench
