#include "geo/bounds.hpp"
#include "odc/documents.hpp"
#include "odc/eo3.hpp"

namespace hayden::odc {
namespace {

Grid grid_of(const Json& document) {
  const auto shape = shape_of(document.at("shape"));
  const auto transform = transform_of(document.at("transform"));
  return {shape.value(), transform.value()};
}

std::vector<geo::Point> ring_of(const Grid& grid) {
  const auto corners = grid.corners();
  return {corners.begin(), corners.end()};
}

std::vector<std::vector<geo::Point>> footprints(const Json& document) {
  if (const Json* geometry = find(document, "geometry")) {
    const auto polygons = polygons_of(*geometry);
    return {polygons.value().front().front()};
  }
  std::vector<std::vector<geo::Point>> rings;
  for (const auto& [name, grid] : document.at("grids").items()) rings.push_back(ring_of(grid_of(grid)));
  return rings;
}

Json extent_of(const Json& document) {
  const auto bounds = geo::lonlat_bounds(document.at("crs").get<std::string>(), footprints(document));
  return {{"lat", {{"begin", bounds.south}, {"end", bounds.north}}},
          {"lon", {{"begin", bounds.west}, {"end", bounds.east}}}};
}

Json grid_spatial_of(const Json& document) {
  const auto corners = grid_of(document.at("grids").at("default")).corners();
  const auto point = [&corners](std::size_t i) {
    return Json{{"x", corners.at(i).x}, {"y", corners.at(i).y}};
  };
  const Json* geometry = find(document, "geometry");
  Json projection = {
      {"spatial_reference", document.at("crs")},
      {"geo_ref_points", {{"ul", point(0)}, {"ur", point(1)}, {"lr", point(2)}, {"ll", point(3)}}},
      {"valid_data", geometry == nullptr ? rectangle(corners) : *geometry}};
  return {{"projection", std::move(projection)}};
}

}  // namespace

Json stored_dataset(const Json& document) {
  Json stored = document;
  if (find(document, "extent") == nullptr) stored["extent"] = extent_of(document);
  if (find(document, "grid_spatial") == nullptr) stored["grid_spatial"] = grid_spatial_of(document);
  stored["lineage"] = {{"source_datasets", Json::object()}};
  return stored;
}

}  // namespace hayden::odc
