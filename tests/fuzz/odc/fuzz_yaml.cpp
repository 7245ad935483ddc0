// YAML from any bytes: refused with a 400, or documents that are written and read back as the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/problem.hpp"
#include "odc/yaml.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hayden;  // NOLINT: an entry point
  constexpr std::size_t largest = 1U << 20U;
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};  // NOLINT: bytes are bytes
  std::vector<Json> documents;
  try {
    documents = odc::parse_yaml(bytes, largest);
  } catch (const Problem& problem) {
    if (problem.status() != 400) std::abort();
    return 0;
  }
  for (const auto& document : documents) {
    const auto again = odc::parse_yaml(odc::dump_yaml(document), 16 * largest);
    if (again.size() != 1 || dump_json(again.front()) != dump_json(document)) std::abort();
  }
  return 0;
}
