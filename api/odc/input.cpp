#include "api/odc/input.hpp"

#include <algorithm>
#include <charconv>

#include "api/body.hpp"
#include "odc/documents.hpp"
#include "odc/yaml.hpp"

namespace hayden::api {
namespace {

std::vector<Json> parse_body(const http::Request& request) {
  refuse_compressed(request);
  const auto type = media_type(request);
  if (type.empty() || is_any_of(type, {"application/json", "application/geo+json"})) {
    auto json = parse_json(request.body);
    if (json.is_array()) return {json.begin(), json.end()};
    return {std::move(json)};
  }
  if (is_any_of(type, {"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"})) {
    auto documents = odc::parse_yaml(request.body);
    std::erase_if(documents, [](const Json& document) { return document.is_null(); });
    if (documents.size() == 1 && documents.front().is_array()) {
      const auto list = std::move(documents.front());
      return {list.begin(), list.end()};
    }
    return documents;
  }
  throw Problem(415, "UnsupportedMediaType", "the body must be application/json or application/yaml");
}

}  // namespace

Parameters::Parameters(const Call& call, std::initializer_list<std::string_view> known, bool fields)
    : call_(call) {
  if (fields) return;
  for (const auto& [name, value] : call.query) {
    if (name != "f" && std::ranges::find(known, name) == known.end()) {
      mistakes_.add(name, "is not a parameter of this operation");
    }
  }
}

bool Parameters::flag(std::string_view name) {
  const auto value = call_.parameter(name);
  if (!value || *value == "false" || *value == "0") return false;
  if (!value->empty() && *value != "true" && *value != "1") mistakes_.add(name, "must be true or false");
  return true;
}

int Parameters::number(std::string_view name, int when_missing, int smallest, int largest) {
  const auto text = call_.parameter(name);
  if (!text) return when_missing;
  int number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{} || end != text->data() + text->size() || number < smallest || number > largest) {
    mistakes_.add(
        name, "must be a whole number from " + std::to_string(smallest) + " to " + std::to_string(largest));
    return when_missing;
  }
  return number;
}

int Parameters::limit(int when_missing, int largest) {
  const auto text = call_.parameter("limit");
  const bool is_long =
      text && text->size() > 9 && std::ranges::all_of(*text, [](char c) { return c >= '0' && c <= '9'; });
  if (is_long) return largest;
  return std::min(number("limit", when_missing, 1, 999'999'999), largest);
}

std::optional<std::string> Parameters::text(std::string_view name) const {
  const auto value = call_.parameter(name);
  return value ? std::optional<std::string>{*value} : std::nullopt;
}

std::vector<std::string> Parameters::texts(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : call_.query) {
    if (key == name) values.push_back(value);
  }
  return values;
}

std::size_t Parameters::choice(std::string_view name, std::initializer_list<std::string_view> values) {
  const auto text = call_.parameter(name);
  if (!text) return 0;
  const auto* const found = std::ranges::find(values, *text);
  if (found != values.end()) return static_cast<std::size_t>(found - values.begin());
  std::string all;
  for (const auto value : values) all.append(all.empty() ? "" : ", ").append(value);
  mistakes_.add(name, "must be one of " + all);
  return 0;
}

std::vector<Json> read_documents(const http::Request& request) {
  auto documents = parse_body(request);
  if (documents.empty()) throw Problem(400, "NoDocument", "the body holds no document");
  return documents;
}

Json read_document(const http::Request& request) {
  auto documents = read_documents(request);
  if (documents.size() == 1) return std::move(documents.front());
  throw Problem(400, "InvalidParameterValue", "the body must hold one document only");
}

std::string dataset_id(const Call& call) {
  if (auto id = odc::canonical_uuid(call.path.at("id"))) return *std::move(id);
  throw Problem(404, "NotFound", "there is no dataset '" + call.path.at("id") + "': ids are UUIDs");
}

std::optional<std::string> if_match(const Call& call) {
  const auto header = call.request.header("If-Match");
  return header ? std::optional<std::string>{*header} : std::nullopt;
}

}  // namespace hayden::api
