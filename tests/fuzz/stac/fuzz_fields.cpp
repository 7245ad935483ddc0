// A choice of fields (up to the first newline) and an Item (the rest) of any bytes: of valid JSON the
// selection is valid too, and leaving nothing out gives compact JSON back as it was; whatever is not JSON is
// found out or passed over.
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "stac/fields.hpp"

namespace {

using hayden::Json;
using hayden::stac::Fields;

void check(const Fields& fields, std::string_view item, bool leaves_all) {
  const Json whole = Json::parse(item, nullptr, false);
  std::string out;
  try {
    const int links_at = fields.select(item, static_cast<int>(item.size() / 2), out);
    if (links_at >= static_cast<int>(out.size())) std::abort();
  } catch (const std::runtime_error&) {
    if (whole.is_object()) std::abort();
    return;
  }
  if (!whole.is_object()) return;
  if (!Json::accept(out)) std::abort();
  if (leaves_all && hayden::dump_json(whole) == item && out != item) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};  // NOLINT: bytes are bytes
  const auto line = std::min(bytes.find('\n'), size);
  const auto item = bytes.substr(std::min(line + 1, size));
  hayden::Mistakes mistakes;
  const auto from_list = Fields::from_list(bytes.substr(0, line), mistakes);
  if (mistakes.empty()) check(from_list, item, false);
  const Json body = Json::parse(bytes.substr(0, line), nullptr, false);
  if (!body.is_discarded()) {
    hayden::Mistakes of_body;
    const auto from_json = Fields::from_json(body, of_body);
    if (of_body.empty()) check(from_json, item, false);
  }
  check(Fields::from_list("-no such member", mistakes), item, true);
  return 0;
}
