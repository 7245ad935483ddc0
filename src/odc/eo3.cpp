#include "odc/eo3.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "core/percent.hpp"

namespace hayden::odc {
namespace {

bool all_numbers(const Json& json) {
  return json.is_array() && std::ranges::all_of(json, [](const Json& each) { return each.is_number(); });
}

std::optional<std::vector<geo::Point>> ring_of(const Json& json) {
  if (!json.is_array()) return {};
  std::vector<geo::Point> ring;
  for (const auto& position : json) {
    if (!all_numbers(position) || position.size() < 2) return {};
    ring.push_back({position[0].get<double>(), position[1].get<double>()});
  }
  return ring;
}

std::optional<geo::Polygon> polygon_of(const Json& coordinates) {
  if (!coordinates.is_array() || coordinates.empty()) return {};
  geo::Polygon polygon;
  for (const auto& each : coordinates) {
    auto ring = ring_of(each);
    if (!ring) return {};
    polygon.push_back(std::move(*ring));
  }
  return polygon;
}

/// `scheme:` in front, as RFC 3986 has it; the length with the colon, 0 without one.
std::size_t scheme_length(std::string_view uri) {
  const auto colon = uri.find(':');
  if (colon == std::string_view::npos || colon == 0) return 0;
  const bool valid = std::isalpha(static_cast<unsigned char>(uri[0])) != 0 &&
                     std::ranges::all_of(uri.substr(0, colon), [](unsigned char c) {
                       return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.';
                     });
  return valid ? colon + 1 : 0;
}

bool is_url(std::string_view path) {
  const auto slashes = path.find("://");
  return slashes != std::string_view::npos && scheme_length(path) == slashes + 1;
}

bool is_vsi(std::string_view path) {
  constexpr std::string_view prefix = "/vsi";
  return path.size() >= prefix.size() &&
         std::ranges::equal(path.substr(0, prefix.size()), prefix,
                            [](unsigned char a, char b) { return std::tolower(a) == b; });
}

std::string_view without_query(std::string_view uri) { return uri.substr(0, uri.find_first_of("?#")); }

/// Where the path begins behind scheme and authority.
std::size_t path_start(std::string_view uri) {
  const auto scheme = scheme_length(uri);
  if (!uri.substr(scheme).starts_with("//")) return scheme;
  return std::min(uri.find('/', scheme + 2), uri.size());
}

/// Takes `.` and `..` out of a path (RFC 3986 §5.2.4); `..` at the top is dropped.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> kept;
  const bool absolute = path.starts_with('/');
  std::string_view rest = absolute ? path.substr(1) : path;
  bool ends_in_folder = false;
  while (true) {
    const auto slash = rest.find('/');
    const auto segment = rest.substr(0, slash);
    ends_in_folder = segment == "." || segment == "..";
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (segment != ".") {
      kept.push_back(segment);
    }
    if (slash == std::string_view::npos) break;
    rest = rest.substr(slash + 1);
  }
  if (ends_in_folder) kept.emplace_back();
  std::string out = absolute ? "/" : "";
  for (std::size_t i = 0; i < kept.size(); ++i) out.append(i == 0 ? "" : "/").append(kept[i]);
  return out;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 24> media_types = {
    {{"tif", cloud_optimized},
     {"tiff", cloud_optimized},
     {"jp2", "image/jp2"},
     {"jpg", "image/jpeg"},
     {"jpeg", "image/jpeg"},
     {"png", "image/png"},
     {"gif", "image/gif"},
     {"webp", "image/webp"},
     {"svg", "image/svg+xml"},
     {"nc", "application/netcdf"},
     {"h5", "application/x-hdf5"},
     {"hdf", "application/x-hdf"},
     {"zarr", "application/vnd+zarr"},
     {"json", "application/json"},
     {"geojson", "application/geo+json"},
     {"xml", "application/xml"},
     {"yaml", "text/yaml"},
     {"yml", "text/yaml"},
     {"txt", "text/plain"},
     {"sha1", "text/plain"},
     {"csv", "text/csv"},
     {"html", "text/html"},
     {"pdf", "application/pdf"},
     {"zip", "application/zip"}}};

}  // namespace

geo::Point Grid::at(double pixel, double line) const {
  return {transform[0] * pixel + transform[1] * line + transform[2],
          transform[3] * pixel + transform[4] * line + transform[5]};
}

std::array<geo::Point, 4> Grid::corners() const {
  const auto lines = static_cast<double>(shape[0]);
  const auto pixels = static_cast<double>(shape[1]);
  return {at(0, 0), at(pixels, 0), at(pixels, lines), at(0, lines)};
}

void refuse_wide(const Json& object, std::initializer_list<const char*> names, Reasons& reasons) {
  constexpr std::size_t most_members = 5000;
  for (const char* name : names) {
    const Json* member = find(object, name);
    if (member != nullptr && member->is_structured() && member->size() > most_members) {
      reasons.add(std::string(name) + " has more than " + std::to_string(most_members) + " members");
    }
  }
}

const Json* find(const Json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  const auto member = object.find(name);
  return member == object.end() || member->is_null() ? nullptr : &*member;
}

std::string text(const Json& object, std::string_view name) {
  const Json* member = find(object, name);
  return member != nullptr && member->is_string() ? member->get<std::string>() : "";
}

std::optional<std::array<std::int64_t, 2>> shape_of(const Json& json) {
  constexpr double largest = 1e12;
  std::array<std::int64_t, 2> shape{};
  if (!all_numbers(json) || json.size() != shape.size()) return {};
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const auto size = json[i].get<double>();
    if (!(size >= 1 && size <= largest)) return {};
    shape.at(i) = static_cast<std::int64_t>(size);
  }
  return shape;
}

std::optional<std::array<double, 6>> transform_of(const Json& json) {
  if (!all_numbers(json) || (json.size() != 6 && json.size() != 9)) return {};
  if (json.size() == 9 && (json[6] != 0 || json[7] != 0 || json[8] != 1)) return {};
  std::array<double, 6> transform{};
  constexpr double largest = 1e15;  // what no CRS reaches, and no corner becomes infinite of
  for (std::size_t i = 0; i < transform.size(); ++i) transform.at(i) = json[i].get<double>();
  const bool within = std::ranges::all_of(transform, [](double each) { return std::abs(each) <= largest; });
  return within ? std::optional(transform) : std::nullopt;
}

std::optional<int> epsg_of(const std::string& crs) {
  constexpr std::size_t prefix = 5;  // of `epsg:`
  constexpr std::size_t most_digits = 6;
  if (crs.size() <= prefix || crs.size() > prefix + most_digits || crs[prefix - 1] != ':') return {};
  const auto digits = crs.substr(prefix);
  const bool is_number = std::ranges::all_of(digits, [](unsigned char c) { return std::isdigit(c) != 0; });
  return is_number ? std::optional(std::stoi(digits)) : std::nullopt;
}

Json rectangle(const std::array<geo::Point, 4>& corners) {
  Json ring = Json::array();
  for (const auto& corner : corners) ring.push_back({corner.x, corner.y});
  ring.push_back({corners[0].x, corners[0].y});
  return {{"type", "Polygon"}, {"coordinates", Json::array({std::move(ring)})}};
}

std::optional<std::vector<geo::Polygon>> polygons_of(const Json& geometry) {
  const auto type = text(geometry, "type");
  const Json* coordinates = find(geometry, "coordinates");
  if (coordinates == nullptr || !coordinates->is_array()) return {};
  std::vector<geo::Polygon> polygons;
  if (type == "Polygon") {
    auto polygon = polygon_of(*coordinates);
    if (!polygon) return {};
    polygons.push_back(std::move(*polygon));
    return polygons;
  }
  if (type != "MultiPolygon" || coordinates->empty()) return {};
  for (const auto& each : *coordinates) {
    auto polygon = polygon_of(each);
    if (!polygon) return {};
    polygons.push_back(std::move(*polygon));
  }
  return polygons;
}

Json polygon_document(const geo::Polygon& polygon) {
  Json rings = Json::array();
  for (const auto& ring : polygon) {
    Json positions = Json::array();
    for (const auto& at : ring) positions.push_back({at.x, at.y});
    rings.push_back(std::move(positions));
  }
  return {{"type", "Polygon"}, {"coordinates", std::move(rings)}};
}

std::string instrument_code(const Json& instruments) {
  std::string code;
  if (!instruments.is_array()) return code;
  for (const auto& instrument : instruments) {
    if (!instrument.is_string()) continue;
    if (!code.empty()) code += '_';
    for (const char c : instrument.get<std::string>()) {
      if (c != '+' && c != '-') code += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
  }
  return code;
}

Json instruments_of(std::string_view code) {
  Json instruments = Json::array();
  std::string name;
  const auto add = [&] {
    if (!name.empty()) instruments.push_back(name);
    name.clear();
  };
  for (const char c : code) {
    if (c == '_') {
      add();
    } else if (c != '+' && c != '-') {
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  add();
  return instruments;
}

std::string media_type_of(std::string_view path) {
  path = without_query(path);
  const auto name = path.substr(path.find_last_of("/!") + 1);
  const auto dot = name.rfind('.');
  std::string extension(dot == std::string_view::npos ? "" : name.substr(dot + 1));
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto* const known =
      std::ranges::find(media_types, extension, &std::pair<std::string_view, std::string_view>::first);
  return known == media_types.end() ? "application/octet-stream" : std::string(known->second);
}

bool is_absolute(std::string_view uri) { return scheme_length(uri) > 0; }

std::string folder_of(const std::string& location) {
  const auto base = without_query(location);
  const auto end = base.find_last_of("/!");
  return end == std::string_view::npos || end < path_start(base) ? "" : std::string(base.substr(0, end + 1));
}

std::string resolved(const std::string& location, const std::string& path) {
  if (path.empty()) return location;
  if (is_url(path) || is_vsi(path)) return path;
  if (path.starts_with('/')) return "file://" + percent_encode(path, "/");
  if (path.starts_with('#')) return location.substr(0, location.find('#')) + path;
  if (path.starts_with('?')) return std::string(without_query(location)) + path;
  std::string folder = folder_of(location);
  if (folder.empty()) {
    // An authority alone (s3://bucket) has the root for its folder; anything else has none.
    const auto base = without_query(location);
    if (!is_url(base)) return path;
    folder = std::string(base) + '/';
  }
  const auto bang = folder.rfind('!');
  const auto top = bang == std::string::npos ? path_start(folder) : bang + 1;
  const auto suffix = std::min(path.find_first_of("?#"), path.size());
  return folder.substr(0, top) + without_dots(folder.substr(top) + path.substr(0, suffix)) +
         path.substr(suffix);
}

}  // namespace hayden::odc
