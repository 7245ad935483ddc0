#include "stac/cql2/literals.hpp"

#include "core/bbox.hpp"
#include "geo/geometry.hpp"

namespace hayden::stac::cql2 {
namespace {

Json without_other_members(const Json& geojson) {
  Json kept = Json::object();
  for (const auto* name : {"type", "coordinates"}) {
    if (geojson.contains(name)) kept[name] = geojson[name];
  }
  if (const auto members = geojson.find("geometries"); members != geojson.end() && members->is_array()) {
    kept["geometries"] = Json::array();
    for (const auto& member : *members) {
      kept["geometries"].push_back(member.is_object() ? without_other_members(member) : member);
    }
  }
  return kept;
}

/// The part of a box between two longitudes: a polygon, or what is left of it when it has no width or height.
Json part_of_box(double west, double south, double east, double north, std::string_view& type) {
  if (west == east && south == north) {
    type = "Point";
    return {west, south};
  }
  if (west == east || south == north) {
    type = "LineString";
    return {{west, south}, {east, north}};
  }
  type = "Polygon";
  return Json::array(
      {Json::array({{west, south}, {east, south}, {east, north}, {west, north}, {west, south}})});
}

Json geojson_of(const Bbox& box) {
  std::string_view type;
  if (!box.crosses_antimeridian()) {
    Json coordinates = part_of_box(box.west, box.south, box.east, box.north, type);
    return {{"type", type}, {"coordinates", std::move(coordinates)}};
  }
  Json parts = Json::array();
  for (const auto& [west, east] : {std::pair{box.west, 180.0}, std::pair{-180.0, box.east}}) {
    Json coordinates = part_of_box(west, box.south, east, box.north, type);
    parts.push_back({{"type", type}, {"coordinates", std::move(coordinates)}});
  }
  if (parts[0]["type"] != parts[1]["type"] || parts[0]["type"] == "Point") {
    return {{"type", "GeometryCollection"}, {"geometries", std::move(parts)}};
  }
  return {{"type", "Multi" + parts[0]["type"].get<std::string>()},
          {"coordinates", Json::array({parts[0]["coordinates"], parts[1]["coordinates"]})}};
}

void add_all(const Mistakes& found, const std::string& where, Mistakes& mistakes) {
  for (const auto& mistake : found.all()) mistakes.add(where, mistake);
}

}  // namespace

std::string shown(std::string_view text) {
  constexpr std::size_t longest = 80;
  if (text.size() <= longest) return "'" + std::string{text} + "'";
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end;  // not within a character
  return "'" + std::string{text.substr(0, end)} + "…'";
}

Expression geometry_literal(const Json& geojson, std::string where, Mistakes& mistakes) {
  Mistakes found;
  auto wkb = geo::wkb_from_geojson(geojson, "", found);
  add_all(found, where, mistakes);
  if (!wkb) return {Mistaken{}, std::move(where)};
  return {Geometry{without_other_members(geojson), *std::move(wkb)}, std::move(where)};
}

Expression box_literal(std::span<const double> numbers, std::string where, Mistakes& mistakes) {
  Mistakes found;
  const auto box = bbox_from_numbers(numbers, found);
  add_all(found, where, mistakes);
  if (!box) return {Mistaken{}, std::move(where)};
  auto wkb = geo::wkb_from_geojson(geojson_of(*box), where, mistakes);
  if (!wkb) return {Mistaken{}, std::move(where)};
  return {Box{{numbers.begin(), numbers.end()}, *std::move(wkb)}, std::move(where)};
}

Expression date_literal(std::string_view text, std::string where, Mistakes& mistakes) {
  const auto instant = parse_instant(text);
  if (instant && std::holds_alternative<Date>(*instant)) return {*instant, std::move(where)};
  mistakes.add(where, shown(text) + " is not a date like 2020-01-31");
  return {Mistaken{}, std::move(where)};
}

Expression timestamp_literal(std::string_view text, std::string where, Mistakes& mistakes) {
  const auto instant = parse_instant(text);
  if (instant && std::holds_alternative<Instant>(*instant)) return {*instant, std::move(where)};
  mistakes.add(where, shown(text) + " is not a timestamp like 2020-01-31T12:00:00Z");
  return {Mistaken{}, std::move(where)};
}

Expression interval_end(std::string_view text, std::string where, Mistakes& mistakes) {
  if (text == "..") return {OpenEnd{}, std::move(where)};
  if (auto instant = parse_instant(text)) return {*std::move(instant), std::move(where)};
  mistakes.add(where, shown(text) + " is neither a date, a timestamp nor '..'");
  return {Mistaken{}, std::move(where)};
}

Expression text_literal(std::string text, std::string where, Mistakes& mistakes) {
  if (text.find('\0') == std::string::npos) return {std::move(text), std::move(where)};
  mistakes.add(where, "strings must not contain the NUL character");
  return {Mistaken{}, std::move(where)};
}

}  // namespace hayden::stac::cql2
