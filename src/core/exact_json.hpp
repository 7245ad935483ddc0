#pragma once
#include <functional>
#include <string_view>

#include "core/json.hpp"

namespace hayden {

/// Like parse_json(), but numbers that neither 64-bit integers nor doubles hold as they are written are kept
/// as *exact numbers*: strings of NUL and the number's text, which no other string of a parsed document can
/// be. For documents that go out as they came in: dump_exact_json() writes them as they were. Whoever reads
/// values takes rounded().
Json parse_exact_json(std::string_view text, int max_depth = 64);

/// Takes the elements of a list as they are read, so that no more than one of them is held at a time.
struct ElementSink {
  std::function<void()> begin;  ///< the list begins; once more where it stands twice: the last counts
  std::function<void(Json)> element;
};
/// Like parse_exact_json(), but the elements of the list that the text is, or of the list that is a `member`
/// of the object that it is, go to `sink` and are missing in what is returned. Some may have gone when it
/// throws.
Json parse_exact_list(std::string_view text, std::string_view member, const ElementSink& sink);

std::string dump_exact_json(const Json& json);
void append_exact_json(std::string& out, const Json& json);
/// The document with its exact numbers as doubles.
Json rounded(Json document);
bool has_exact_numbers(const Json& document);

}  // namespace hayden
