// A filter from any bytes, as CQL2 text and as CQL2 JSON: it is refused with a reason, or what is printed of
// it in either language reads back as the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "stac/cql2/encodings.hpp"
#include "stac/query_extension.hpp"

namespace {

using hayden::Mistakes;
using namespace hayden::stac;

void expect_same(const cql2::Expression& tree) {
  Mistakes mistakes;
  const auto text = cql2::to_text(tree);
  const auto from_text = cql2::parse_text(text, mistakes);
  // Printed parentheses count as levels: a tree near the bounds may be beyond them. Not every backslash has a
  // form.
  if (text.find("\\'") == text.npos && from_text && mistakes.empty() && *from_text != tree) std::abort();
  Mistakes none;
  if (cql2::parse_json_filter(cql2::to_json(tree), none) != tree || !none.empty()) std::abort();
}

void check(cql2::Expression tree, Mistakes& mistakes) {
  if (mistakes.empty()) expect_same(tree);
  cql2::check_filter(tree, mistakes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};  // NOLINT: bytes are bytes
  Mistakes of_text;
  auto tree = cql2::parse_text(bytes, of_text);
  if (!tree && of_text.empty()) std::abort();
  if (tree) check(*std::move(tree), of_text);
  try {
    const auto json = hayden::parse_json(bytes);
    Mistakes of_json;
    check(cql2::parse_json_filter(json, of_json), of_json);
    Mistakes of_query;
    parse_query(json, of_query);
  } catch (const hayden::Problem& problem) {
    if (problem.status() != 400) std::abort();
  }
  return 0;
}
