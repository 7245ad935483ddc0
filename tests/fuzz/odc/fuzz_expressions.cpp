// Search expressions from any bytes: one mistake, or conditions that have values; dates among them are
// periods that do not end before they begin.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/time.hpp"
#include "odc/query.hpp"

namespace {

void check_period(const std::string& value) {
  const auto period = hayden::odc::parse_period(value);
  if (!period) return;
  const auto begin = hayden::parse_rfc3339(period->begin);
  const auto end = hayden::parse_rfc3339(period->end);
  if (!begin || !end || *end < *begin) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};  // NOLINT: bytes are bytes
  hayden::Mistakes mistakes;
  const auto conditions = hayden::odc::parse_expressions(bytes, mistakes);
  if (!mistakes.empty() && !conditions.empty()) std::abort();
  for (const auto& condition : conditions) {
    if (condition.field.empty() || condition.values.empty()) std::abort();
    for (const auto& value : condition.values) check_period(value);
  }
  check_period(std::string(bytes));
  return 0;
}
