// Any bytes: what nlohmann reads is read as the same document, with exact numbers or without, whole or
// element by element, and nothing else is.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "core/exact_json.hpp"

namespace {

using namespace hayden;  // NOLINT: an entry point

/// Nothing where it is refused; `by_rule` when nlohmann would have taken it.
template <typename Read>
std::optional<Json> read(const Read& read, bool& by_rule) {
  try {
    return read();
  } catch (const Problem& problem) {
    const std::string_view said = problem.what();
    by_rule = said.find("levels") != std::string_view::npos || said.find("NUL") != std::string_view::npos;
    return {};
  }
}

Json read_list(std::string_view text) {
  Json elements = Json::array();
  bool is_list = false;
  const ElementSink sink{.begin =
                             [&] {
                               elements.clear();
                               is_list = true;
                             },
                         .element = [&](Json element) { elements.push_back(std::move(element)); }};
  auto rest = parse_exact_list(text, "features", sink);
  if (!is_list) return rest;
  if (rest.is_array()) return elements;
  if (rest["features"].is_array()) rest["features"] = std::move(elements);
  return rest;
}

void expect(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};  // NOLINT: bytes are bytes
  bool by_rule = false;
  const auto document = read([&] { return parse_json(text); }, by_rule);
  if (!document) {
    expect(by_rule || Json::parse(text, nullptr, false).is_discarded());
    return 0;
  }
  expect(dump_json(*document) == dump_json(Json::parse(text)));
  const auto exact = parse_exact_json(text);
  expect(dump_json(rounded(exact)) == dump_json(*document));
  expect(dump_exact_json(parse_exact_json(dump_exact_json(exact))) == dump_exact_json(exact));
  expect(dump_exact_json(read_list(text)) == dump_exact_json(exact));
  return 0;
}
