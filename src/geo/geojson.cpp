#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "geo/geometry.hpp"
#include "geo/geos.hpp"

namespace hayden::geo {
namespace {

constexpr std::size_t most_positions = 100'000;
constexpr int deepest_collection = 8;
constexpr std::size_t most_mistakes = 20;

static_assert(std::endian::native == std::endian::little, "the WKB is written as it lies in memory");

/// Where in the document something stands. Kept as a chain, so that a path is only spelled out for a mistake.
struct Path {
  const Path* parent = nullptr;
  std::string_view name;
  std::size_t index = 0;

  std::string spelled() const {
    if (parent == nullptr) return std::string{name};
    if (name.empty()) return parent->spelled() + "[" + std::to_string(index) + "]";
    const std::string before = parent->spelled();
    return before.empty() ? std::string{name} : before + "." + std::string{name};
  }
};

enum Wkb : std::uint32_t {
  wkb_point = 1,
  wkb_line_string,
  wkb_polygon,
  wkb_multi_point,
  wkb_multi_line_string,
  wkb_multi_polygon,
  wkb_geometry_collection
};

/// Writes WKB while it checks; what it wrote is only good when there was no mistake.
class Encoder {
 public:
  explicit Encoder(Mistakes& mistakes) : mistakes_(mistakes) {}

  void geometry(const Json& json, const Path& path, int depth = 0) {
    if (!json.is_object()) return wrong(path, "must be a GeoJSON geometry, an object with a type");
    const auto type = json.find("type");
    const Path type_path{&path, "type"};
    if (type == json.end() || !type->is_string()) return wrong(type_path, "must be a string");
    const auto& name = type->get_ref<const std::string&>();
    if (name == "GeometryCollection") return collection(json, path, depth);
    const auto found = std::ranges::find(types, std::string_view{name}, &Type::name);
    if (found == types.end()) {
      return wrong(type_path,
                   "must be one of Point, MultiPoint, LineString, MultiLineString, Polygon, MultiPolygon, "
                   "GeometryCollection");
    }
    const auto coordinates = json.find("coordinates");
    const Path coordinates_path{&path, "coordinates"};
    if (coordinates == json.end()) return wrong(coordinates_path, "missing");
    (this->*found->write)(*coordinates, coordinates_path);
  }

  bool mistaken() const { return count_ > 0; }
  const std::string& wkb() const { return wkb_; }

 private:
  using Write = void (Encoder::*)(const Json&, const Path&);
  struct Type {
    std::string_view name;
    Write write;
  };
  static const std::array<Type, 6> types;

  void collection(const Json& json, const Path& path, int depth) {
    if (depth == deepest_collection) {
      return wrong(path,
                   "geometry collections nest at most " + std::to_string(deepest_collection) + " levels");
    }
    const auto members = json.find("geometries");
    const Path members_path{&path, "geometries"};
    if (members == json.end() || !is_filled_list(*members, members_path)) {
      if (members == json.end()) wrong(members_path, "missing");
      return;
    }
    header(wkb_geometry_collection);
    number(static_cast<std::uint32_t>(members->size()));
    for (std::size_t i = 0; i < members->size() && going(); ++i) {
      geometry((*members)[i], {&members_path, {}, i}, depth + 1);
    }
  }

  void point(const Json& json, const Path& path) {
    header(wkb_point);
    position(json, path);
  }

  void line_string(const Json& json, const Path& path) {
    header(wkb_line_string);
    positions(json, path, 2);
  }

  void polygon(const Json& json, const Path& path) {
    header(wkb_polygon);
    if (!is_filled_list(json, path)) return;
    number(static_cast<std::uint32_t>(json.size()));
    for (std::size_t i = 0; i < json.size() && going(); ++i) ring(json[i], {&path, {}, i});
  }

  template <std::uint32_t type, Write member>
  void multi(const Json& json, const Path& path) {
    if (!is_filled_list(json, path)) return;
    header(type);
    number(static_cast<std::uint32_t>(json.size()));
    for (std::size_t i = 0; i < json.size() && going(); ++i) (this->*member)(json[i], {&path, {}, i});
  }

  void ring(const Json& json, const Path& path) {
    if (!positions(json, path, 4)) return;
    if (json.front() != json.back())
      wrong(path, "the ring is not closed: its last position must be its first");
  }

  bool positions(const Json& json, const Path& path, std::size_t least) {
    if (!json.is_array() || json.size() < least) {
      wrong(path, "must be a list of at least " + std::to_string(least) + " positions");
      return false;
    }
    number(static_cast<std::uint32_t>(json.size()));
    for (std::size_t i = 0; i < json.size() && going(); ++i) position(json[i], {&path, {}, i});
    return true;
  }

  void position(const Json& json, const Path& path) {
    if (++positions_ > most_positions) {
      too_many_ = true;
      return wrong(path, "more than " + std::to_string(most_positions) + " positions");
    }
    if (!json.is_array() || json.size() < 2 || !std::ranges::all_of(json, is_finite_number)) {
      return wrong(path, "must be a position: longitude, latitude and perhaps a height, all finite numbers");
    }
    const double longitude = json[0].get<double>();
    const double latitude = json[1].get<double>();
    if (std::abs(longitude) > 180) wrong(path, "the longitude must be between -180 and 180");
    if (std::abs(latitude) > 90) wrong(path, "the latitude must be between -90 and 90");
    number(longitude);
    number(latitude);
  }

  static bool is_finite_number(const Json& json) {
    return json.is_number() && std::isfinite(json.get<double>());
  }

  bool is_filled_list(const Json& json, const Path& path) {
    if (json.is_array() && !json.empty()) return true;
    wrong(path, json.is_array() ? "must not be empty" : "must be a list");
    return false;
  }

  bool going() const { return !too_many_ && count_ < most_mistakes; }

  void wrong(const Path& path, std::string_view what) {
    if (count_++ < most_mistakes) mistakes_.add(path.spelled(), what);
  }

  void header(std::uint32_t type) {
    constexpr char little_endian = 1;
    wkb_ += little_endian;
    number(type);
  }

  template <typename Number>
  void number(Number value) {
    std::array<char, sizeof value> bytes{};
    std::memcpy(bytes.data(), &value, sizeof value);
    wkb_.append(bytes.data(), bytes.size());
  }

  Mistakes& mistakes_;
  std::size_t count_ = 0;
  std::size_t positions_ = 0;
  bool too_many_ = false;
  std::string wkb_;
};

const std::array<Encoder::Type, 6> Encoder::types{
    {{"Point", &Encoder::point},
     {"LineString", &Encoder::line_string},
     {"Polygon", &Encoder::polygon},
     {"MultiPoint", &Encoder::multi<wkb_multi_point, &Encoder::point>},
     {"MultiLineString", &Encoder::multi<wkb_multi_line_string, &Encoder::line_string>},
     {"MultiPolygon", &Encoder::multi<wkb_multi_polygon, &Encoder::polygon>}}};

}  // namespace

std::optional<std::string> wkb_from_geojson(const Json& geometry, std::string_view where,
                                            Mistakes& mistakes) {
  Encoder encoder(mistakes);
  encoder.geometry(geometry, {nullptr, where});
  if (encoder.mistaken()) return {};
  const GeosGeometry read = geos_from_wkb(encoder.wkb());
  const auto why = read ? why_invalid(*read) : std::optional<std::string>("GEOS cannot read it");
  if (!why) return encoder.wkb();
  mistakes.add(where, "not a valid geometry: " + *why);
  return {};
}

}  // namespace hayden::geo
