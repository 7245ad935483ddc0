#include "mtl/landsat_footprint.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "mtl/text.hpp"

namespace hayden::mtl {
namespace {

using Ring = std::vector<geo::Point>;

constexpr std::size_t most_bytes = 1'048'576;  // the largest real source has 120,000

/// The `count` numbers behind `NAME = (`, or the one behind `NAME =`; nothing when they are not there.
std::optional<std::vector<double>> numbers_of(std::string_view text, std::string_view name,
                                              std::size_t count) {
  const auto key = text.find(name);
  if (key == std::string_view::npos) return {};
  text.remove_prefix(key + name.size());
  std::vector<double> numbers;
  while (numbers.size() < count) {
    const auto start = text.find_first_not_of(" \t\r\n=(,");
    if (start == std::string_view::npos) return {};
    text.remove_prefix(start);
    double number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || !std::isfinite(number)) return {};
    numbers.push_back(number);
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  }
  return numbers;
}

/// Whether a ring lies in the product's rectangle but for `slack` of its size, and fills a good part of it.
bool is_of(const Scene& scene, const Ring& ring, double slack) {
  const auto [west, south, east, north] = edges_of(scene.reflective);
  const double more_x = slack * (east - west), more_y = slack * (north - south);
  double twice_area = 0;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const auto& [x, y] = ring[i];
    if (x < west - more_x || x > east + more_x || y < south - more_y || y > north + more_y) return false;
    const auto& next = ring[(i + 1) % ring.size()];
    twice_area += (x - west) * (next.y - south) - (next.x - west) * (y - south);
  }
  constexpr double least_part = 0.3;
  return std::abs(twice_area) / 2 > least_part * (east - west) * (north - south);
}

std::string crs_of(const Scene& scene) {
  return scene.epsg == 0 ? scene.wkt : "EPSG:" + std::to_string(scene.epsg);
}

/// The corners of the image on the product's grid, UL, UR, LR, LL. Only the angle coefficients of OLI have
/// them.
std::optional<geo::Polygon> outline_by_angles(const Scene& scene, std::string_view bytes) {
  const std::string_view text = without_padding(bytes.substr(0, most_bytes));
  constexpr std::size_t corners = 4;
  const auto origin = numbers_of(text, "UL_CORNER", 2);
  const auto lines = numbers_of(text, "BAND01_L1T_IMAGE_CORNER_LINES", corners);
  const auto samples = numbers_of(text, "BAND01_L1T_IMAGE_CORNER_SAMPS", corners);
  const auto cell = numbers_of(text, "BAND01_PIXEL_SIZE", 1);
  if (!origin || !lines || !samples || !cell) return {};
  Ring ring;
  for (std::size_t i = 0; i < corners; ++i) {
    ring.push_back({(*origin)[0] + (*cell)[0] * (*samples)[i], (*origin)[1] - (*cell)[0] * (*lines)[i]});
  }
  constexpr double slack = 0.01;
  if (!is_of(scene, ring, slack)) return {};
  return geo::Polygon{ring};
}

std::optional<Ring> ring_of(const Json& positions) {
  constexpr std::size_t most = 1000;
  if (!positions.is_array() || positions.size() > most) return {};
  Ring ring;
  for (const auto& position : positions) {
    if (!position.is_array() || position.size() < 2 || !position[0].is_number() || !position[1].is_number()) {
      return {};
    }
    ring.push_back({position[0].get<double>(), position[1].get<double>()});
  }
  return ring;
}

/// The polygon that USGS gives, on the product's grid, where older ones are often corrupt at the
/// antimeridian.
std::optional<geo::Polygon> outline_by_usgs(const Scene& scene, std::string_view bytes) {
  if (bytes.size() > most_bytes) return {};
  const Json item = parse_json(bytes);
  const Json geometry = item.is_object() ? item.value("geometry", Json()) : Json();
  if (!geometry.is_object()) return {};
  const Json coordinates = geometry.value("coordinates", Json());
  const bool single = geometry.value("type", Json()) == "Polygon";
  if (!coordinates.is_array() || coordinates.empty()) return {};
  std::vector<geo::Polygon> polygons;
  for (const auto& part : single ? Json::array({coordinates}) : coordinates) {
    if (!part.is_array() || part.empty()) return {};
    const auto ring = ring_of(part[0]);
    if (!ring) return {};
    // Checks the ring, and splits one that crosses the antimeridian without saying so.
    const auto sound = geo::footprint_from_ring(*ring);
    const bool whole = sound.geometry["type"] == "Polygon";
    for (const auto& piece :
         whole ? Json::array({sound.geometry["coordinates"]}) : sound.geometry["coordinates"]) {
      polygons.push_back({*ring_of(piece[0])});
    }
  }
  auto outline = geo::polygon_from_lonlat(crs_of(scene), polygons);
  constexpr double slack = 0.02;
  if (outline.empty() || !is_of(scene, outline.front(), slack)) return {};
  return geo::Polygon{outline.front()};
}

using Outline = std::optional<geo::Polygon> (*)(const Scene&, std::string_view);

/// Nothing when the source is not there, broken or of another scene: the scene is worth an Item all the same.
std::optional<geo::Footprint> footprint_by(Outline outline, const Scene& scene,
                                           const Neighbours::Read& read) {
  const std::string bytes = read ? read() : std::string{};
  if (bytes.empty()) return {};
  try {
    const auto polygon = outline(scene, bytes);
    if (!polygon) return {};
    return geo::footprint_from_polygons(crs_of(scene), std::span(&*polygon, 1));
  } catch (const Problem&) {
    return {};
  }
}

}  // namespace

std::array<double, 4> edges_of(const Grid& grid) {
  return {grid.origin_x, grid.origin_y - grid.rows * grid.cell, grid.origin_x + grid.columns * grid.cell,
          grid.origin_y};
}

SourcedFootprint footprint_of(const Scene& scene, const Neighbours& neighbours) {
  const bool has_corners = scene.sensor == Sensor::oli || scene.sensor == Sensor::oli_tirs;
  if (auto image =
          footprint_by(outline_by_angles, scene, has_corners ? neighbours.angle_coefficients : nullptr)) {
    return {std::move(*image), "angle_coefficients"};
  }
  if (auto image = footprint_by(outline_by_usgs, scene, neighbours.usgs_item)) {
    return {std::move(*image), "usgs_item"};
  }
  const auto [west, south, east, north] = edges_of(scene.reflective);
  if (scene.epsg != 0) {
    return {geo::footprint_from_rectangle(scene.epsg, west, south, east, north), "product_rectangle"};
  }
  const geo::Polygon tile{geo::rectangle_ring(west, south, east, north, 1)};
  return {geo::footprint_from_polygons(scene.wkt, std::span(&tile, 1)), "product_rectangle"};
}

}  // namespace hayden::mtl
