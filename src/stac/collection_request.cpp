#include "stac/collection_request.hpp"

#include <algorithm>

#include "stac/filter_reader.hpp"
#include "stac/parameters.hpp"

namespace hayden::stac {
namespace {

using Field = CollectionRequest::SortKey::Field;

void read_sortby(std::string_view text, CollectionRequest& request, Mistakes& mistakes) {
  for (auto part : split_at_commas(text)) {
    const bool descending = part.starts_with('-');
    // A raw `+` of a query string arrives as a space.
    if (descending || part.starts_with('+') || part.starts_with(' ')) part.remove_prefix(1);
    if (part != "id" && part != "title") {
      mistakes.add("sortby", "'" + std::string{part.substr(0, 80)} +
                                 "' cannot be sorted by: collections are sorted by id and title");
      continue;
    }
    const auto field = part == "id" ? Field::id : Field::title;
    const auto same = [field](const auto& key) { return key.field == field; };
    if (std::ranges::none_of(request.sortby, same)) request.sortby.push_back({field, descending});
  }
}

}  // namespace

CollectionRequest CollectionRequest::from_query(const Pairs& query) {
  CollectionRequest request;
  Mistakes mistakes;
  const auto given = [&](std::string_view name) { return given_value(query, name); };
  if (const auto* value = given("limit")) {
    request.limit = read_limit(*value, largest_collections_limit, mistakes).value_or(request.limit);
  }
  if (const auto* value = given("bbox")) request.bbox = read_bbox(*value, mistakes);
  if (const auto* value = given("datetime")) request.datetime = parse_interval(*value, mistakes);
  if (const auto* value = given("q")) request.terms = read_terms(*value, mistakes);
  FilterReader filters(mistakes);
  filters.read(query);
  if (const auto* value = given("sortby")) read_sortby(*value, request, mistakes);
  if (const auto* value = last_value(query, "fields")) {
    request.fields = Fields::from_list(*value, mistakes, FieldsOf::collection);
  }
  if (const auto* value = given("token")) {
    request.token = PageToken::decode(*value);
    const auto keys = request.total_sort().size();
    if (!request.token || request.token->values.size() != keys ||
        request.token->sort != request.sort_text()) {
      mistakes.add("token", "not a page token of this search");
    }
  }
  mistakes.throw_if_any();
  request.filter = filters.take();
  return request;
}

std::vector<CollectionRequest::SortKey> CollectionRequest::total_sort() const {
  auto keys = sortby;
  const auto by_id = std::ranges::find(keys, Field::id, &SortKey::field);
  if (by_id == keys.end()) {
    keys.push_back({Field::id, !keys.empty() && keys.back().descending});
  } else {
    keys.erase(by_id + 1, keys.end());  // nothing is left to tell apart
  }
  return keys;
}

std::string CollectionRequest::sort_text() const {
  std::string text = "collections";
  for (const auto& key : total_sort()) {
    text += key.descending ? '-' : '+';
    text += key.field == Field::id ? "id" : "title";
  }
  return text;
}

}  // namespace hayden::stac
