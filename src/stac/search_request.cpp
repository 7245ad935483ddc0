#include "stac/search_request.hpp"

#include <algorithm>
#include <cmath>

#include "geo/geometry.hpp"
#include "stac/filter_reader.hpp"
#include "stac/parameters.hpp"

namespace hayden::stac {
namespace {

/// More ids or collections than this in one request is a mistake of the client.
constexpr std::size_t most_names = 10'000;
constexpr std::size_t most_sort_keys = 8;

/// Gathers a request from either kind of input, with every mistake.
class Reader {
 public:
  Reader(const PropertyLookup& lookup, Mistakes before) : mistakes(std::move(before)), lookup_(lookup) {}

  SearchRequest request;
  Mistakes mistakes;
  FilterReader filters{mistakes};

  void limit(std::string_view text) {
    if (const auto value = read_limit(text, largest_limit, mistakes)) request.limit = *value;
  }

  void limit(const Json& value) {
    if (value.is_number_unsigned()) {
      limit(std::string_view{std::to_string(value.get<std::uint64_t>())});
    } else if (value.is_number_float() && value.get<double>() >= 1 &&
               std::floor(value.get<double>()) == value.get<double>()) {
      request.limit = static_cast<int>(std::min<double>(value.get<double>(), largest_limit));
    } else {
      limit_mistake();
    }
  }

  void bbox(std::span<const double> numbers) { request.bbox = bbox_from_numbers(numbers, mistakes); }

  void bbox(std::string_view text) { request.bbox = read_bbox(text, mistakes); }

  void bbox(const Json& value) {
    if (!value.is_array()) return bbox_mistake();
    std::vector<double> numbers;
    for (const auto& number : value) {
      if (!number.is_number()) return bbox_mistake();
      numbers.push_back(number.get<double>());
    }
    bbox(std::span<const double>{numbers});
  }

  void datetime(std::string_view text) { request.datetime = parse_interval(text, mistakes); }

  void intersects(const Json& geometry) {
    request.intersects = geo::wkb_from_geojson(geometry, "intersects", mistakes);
  }

  void names(std::string_view parameter, std::string_view text, std::vector<std::string>& out) {
    if (text.empty()) return;
    for (const auto part : split_at_commas(text)) {
      if (!part.empty()) out.emplace_back(part);
    }
    check_names(parameter, out);
  }

  void names(std::string_view parameter, const Json& value, std::vector<std::string>& out) {
    if (value.is_string()) {
      out.push_back(value.get<std::string>());
    } else if (value.is_array() &&
               std::all_of(value.begin(), value.end(), [](const Json& name) { return name.is_string(); })) {
      out = value.get<std::vector<std::string>>();
    } else {
      mistakes.add(parameter, "expected an array of strings");
    }
    check_names(parameter, out);
  }

  void sort_key(std::string_view name, bool descending) {
    const auto key = stac::sort_key(name, descending, lookup_, mistakes);
    if (!key) return;
    const auto same = [&](const SortKey& other) { return other.is_of(*key); };
    if (std::ranges::none_of(request.sortby, same)) request.sortby.push_back(*key);
  }

  void sortby(std::string_view text) {
    if (text.empty()) return;
    const auto parts = split_at_commas(text);
    if (parts.size() > most_sort_keys) return mistakes.add("sortby", "too many fields");
    for (auto part : parts) {
      const bool descending = part.starts_with('-');
      // A raw `+` of a query string arrives as a space.
      if (descending || part.starts_with('+') || part.starts_with(' ')) part.remove_prefix(1);
      sort_key(part, descending);
    }
  }

  void sortby(const Json& value) {
    if (!value.is_array()) return sortby_mistake();
    if (value.size() > most_sort_keys) return mistakes.add("sortby", "too many fields");
    for (const auto& key : value) {
      if (!key.is_object() || !key.contains("field") || !key["field"].is_string()) return sortby_mistake();
      const auto direction = key.contains("direction") ? key["direction"] : Json("asc");
      if (direction != "asc" && direction != "desc") {
        mistakes.add("sortby", "direction must be 'asc' or 'desc'");
        continue;
      }
      sort_key(key["field"].get_ref<const std::string&>(), direction == "desc");
    }
  }

  void fields(std::string_view list) { request.fields = Fields::from_list(list, mistakes); }
  void fields(const Json& value) { request.fields = Fields::from_json(value, mistakes); }

  void terms(std::string_view text) { request.terms = read_terms(text, mistakes); }
  void terms(const Json& value) {
    names("q", value, request.terms);
    check_terms(request.terms, mistakes);
  }

  void count(std::string_view text) {
    request.exact_count = text == "exact";
    if (!request.exact_count && text != "auto") mistakes.add("count", "expected 'exact' or 'auto'");
  }

  void token(std::string_view text) {
    request.token = PageToken::decode(text);
    if (!request.token) mistakes.add("token", "not a page token of this service");
  }

  SearchRequest finish(bool has_bbox, bool has_intersects) {
    if (has_bbox && has_intersects) mistakes.add("bbox", "cannot be combined with intersects");
    if (request.token && (request.token->sort != request.sort_text() ||
                          request.token->values.size() != request.total_sort().size())) {
      mistakes.add("token", "belongs to a search with another sortby");
    }
    mistakes.throw_if_any();
    request.filter = filters.take();
    return std::move(request);
  }

 private:
  void limit_mistake() { mistakes.add("limit", "expected a whole number of 1 or more"); }
  void bbox_mistake() { mistakes.add("bbox", "expected 4 or 6 numbers"); }
  void sortby_mistake() {
    mistakes.add("sortby", R"(expected an array of {"field": …, "direction": "asc"|"desc"})");
  }

  void check_names(std::string_view parameter, const std::vector<std::string>& names) {
    if (names.size() > most_names) mistakes.add(parameter, "more than 10000 values");
  }

  const PropertyLookup& lookup_;
};

}  // namespace

SearchRequest SearchRequest::from_query(const Pairs& query, const std::string* path_collection,
                                        const PropertyLookup& lookup, Mistakes before) {
  Reader reader(lookup, std::move(before));
  const auto last = [&](std::string_view name) { return given_value(query, name); };
  const auto* const limit = last("limit");
  if (limit != nullptr) {
    reader.limit(std::string_view{*limit});
  }
  const auto* const bbox = last("bbox");
  if (bbox != nullptr) reader.bbox(std::string_view{*bbox});
  if (const auto* value = last("datetime")) reader.datetime(*value);
  const auto* const intersects = last("intersects");
  if (intersects != nullptr) {
    read_json("intersects", *intersects, reader.mistakes,
              [&](const Json& value) { reader.intersects(value); });
  }
  if (const auto* value = last("ids")) reader.names("ids", std::string_view{*value}, reader.request.ids);
  if (path_collection != nullptr) {
    reader.request.collections = {*path_collection};
  } else if (const auto* value = last("collections")) {
    reader.names("collections", std::string_view{*value}, reader.request.collections);
  }
  if (const auto* value = last("sortby")) reader.sortby(std::string_view{*value});
  if (const auto* value = last_value(query, "fields")) reader.fields(std::string_view{*value});
  if (const auto* value = last("q")) reader.terms(std::string_view{*value});
  if (const auto* value = last("count")) reader.count(*value);
  if (const auto* value = last("token")) reader.token(*value);
  reader.filters.read(query);
  return reader.finish(bbox != nullptr, intersects != nullptr);
}

SearchRequest SearchRequest::from_body(const Json& body, const PropertyLookup& lookup, Mistakes before) {
  if (!body.is_object()) throw Problem(400, "InvalidParameterValue", "the body must be a JSON object");
  Reader reader(lookup, std::move(before));
  const auto member = [&body](const char* name) -> const Json* {
    const auto found = body.find(name);
    return found == body.end() || found->is_null() ? nullptr : &*found;
  };
  const auto text = [&](const char* name, auto read) {
    const auto* value = member(name);
    if (value == nullptr) return;
    if (value->is_string()) {
      read(value->get_ref<const std::string&>());
    } else {
      reader.mistakes.add(name, "expected a string");
    }
  };
  if (const auto* value = member("limit")) reader.limit(*value);
  if (const auto* value = member("bbox")) reader.bbox(*value);
  text("datetime", [&](const std::string& value) { reader.datetime(value); });
  if (const auto* value = member("intersects")) reader.intersects(*value);
  if (const auto* value = member("ids")) reader.names("ids", *value, reader.request.ids);
  if (const auto* value = member("collections"))
    reader.names("collections", *value, reader.request.collections);
  if (const auto* value = member("sortby")) reader.sortby(*value);
  // A null here is refused, as it is not known which fields the client means by it.
  if (const auto value = body.find("fields"); value != body.end()) reader.fields(*value);
  if (const auto* value = member("q")) reader.terms(*value);
  text("count", [&](const std::string& value) { reader.count(value); });
  text("token", [&](const std::string& value) { reader.token(value); });
  text("filter-crs", [&](const std::string& value) { reader.filters.crs(value); });
  text("filter-lang", [&](const std::string& value) { reader.filters.language(value); });
  if (const auto* value = member("filter")) reader.filters.filter(*value);
  if (const auto* value = member("query")) reader.filters.query(*value);
  return reader.finish(member("bbox") != nullptr, member("intersects") != nullptr);
}

std::vector<SortKey> SearchRequest::total_sort() const { return stac::total_sort(sortby); }

std::string SearchRequest::sort_text() const { return stac::sort_text(total_sort()); }

}  // namespace hayden::stac
