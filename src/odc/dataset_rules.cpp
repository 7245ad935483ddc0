#include <algorithm>
#include <cmath>
#include <map>

#include "geo/bounds.hpp"
#include "odc/document_node.hpp"
#include "odc/documents.hpp"
#include "odc/eo3.hpp"
#include "odc/lineage.hpp"
#include "odc/timestamp.hpp"

namespace hayden::odc {
namespace {

/// More make no sense and cost quadratic time where they cross.
constexpr std::size_t most_grids = 100;

void check_schema(const Node& document) {
  const auto schema = document.given("$schema");
  if (!schema) {
    document.fault("is no EO3 dataset: $schema must be " + std::string(eo3_schema) +
                   "; the legacy form is not served");
  } else {
    schema->demand(schema->json() == eo3_schema, "must be " + std::string(eo3_schema));
  }
}

void check_id(const Node& id) {
  id.demand(id.json().is_string() && canonical_uuid(id.json().get_ref<const std::string&>()),
            "must be a UUID");
}

void check_product_of(const Node& product) {
  if (!product.demand_object()) return;
  if (const auto name = product.required("name")) name->demand_name();
}

void check_crs(const Node& crs) {
  if (!crs.demand_text()) return;
  crs.demand(geo::is_known_crs(crs.json().get<std::string>()), "is no CRS that is known here: EPSG:n or WKT");
}

void check_transform(const Node& transform) {
  const auto numbers = transform_of(transform.json());
  if (!transform.demand(numbers.has_value(), "must be 6 numbers, or 9 of which the last are 0, 0, 1")) return;
  const auto& [a, b, c, d, e, f] = *numbers;
  const double area = a * e - b * d;
  transform.demand(std::isfinite(area) && area != 0, "must not map all pixels onto a line");
}

void check_grid(const std::string& /*name*/, const Node& grid) {
  if (!grid.demand_object()) return;
  if (const auto shape = grid.required("shape")) {
    shape->demand(shape_of(shape->json()).has_value(), "must be two positive numbers: lines and pixels");
  }
  if (const auto transform = grid.required("transform")) check_transform(*transform);
}

void check_grids(const Node& grids) {
  if (!grids.demand_object()) return;
  if (!grids.demand(grids.json().size() <= most_grids,
                    "must be at most " + std::to_string(most_grids) + " grids")) {
    return;
  }
  (void)grids.required("default");
  grids.each_member(check_grid);
}

bool is_position(const Json& json) {
  return json.is_array() && json.size() >= 2 &&
         std::ranges::all_of(json, [](const Json& number) { return number.is_number(); });
}

/// datacube reads the first ring only, in the dataset's CRS.
void check_geometry(const Node& geometry) {
  if (!geometry.demand_object()) return;
  const auto type = geometry.required("type");
  if (type && !type->demand(type->json() == "Polygon",
                            "must be Polygon: datacube reads only its first ring, in the dataset's CRS")) {
    return;
  }
  const auto coordinates = geometry.required("coordinates");
  if (!coordinates || !type) return;
  constexpr std::size_t fewest_positions = 3;
  const auto is_ring = [](const Json& ring) {
    return ring.is_array() && ring.size() >= fewest_positions && std::ranges::all_of(ring, is_position);
  };
  const Json& rings = coordinates->json();
  coordinates->demand(rings.is_array() && !rings.empty() && std::ranges::all_of(rings, is_ring),
                      "must be a list of rings, each of at least three positions of two numbers");
}

/// The instant, where it is one.
std::optional<Instant> check_time(const Node& properties, std::string_view name) {
  const auto time = properties.given(name);
  if (!time) return {};
  const auto read =
      time->json().is_string() ? parse_timestamp(time->json().get_ref<const std::string&>()) : std::nullopt;
  if (!time->demand(read.has_value(), "must be a time such as 2014-03-05T10:20:30Z")) return {};
  if (!time->demand(!read->has_offset, "must be in UTC: the index would drop its offset")) return {};
  return read->instant;
}

void check_times(const Node& properties) {
  const auto start = check_time(properties, "dtr:start_datetime");
  const auto end = check_time(properties, "dtr:end_datetime");
  check_time(properties, "datetime");
  check_time(properties, "odc:processing_datetime");
  if (start && end && *end < *start) {
    properties.member("dtr:end_datetime")->fault("must not be before dtr:start_datetime");
  }
  const bool has_range = properties.given("dtr:start_datetime") && properties.given("dtr:end_datetime");
  if (!has_range && !properties.given("datetime")) {
    properties.fault_at("datetime", "is missing");
  }
}

void check_measurement(const Node& measurement, const std::optional<Node>& grids) {
  if (!measurement.demand_object()) return;
  if (const auto path = measurement.required("path")) path->demand_text();
  if (const auto band = measurement.given("band")) {
    band->demand(band->json().is_number_integer(), "must be a whole number");
  }
  const auto grid = measurement.given("grid");
  if (!grid || !grid->demand_text() || !grids || !grids->json().is_object()) return;
  grid->demand(grids->member(grid->json().get<std::string>()).has_value(), "must be a name among grids");
}

void check_measurements(const Node& document, const Node& measurements) {
  if (!measurements.demand_object()) return;
  const auto grids = document.given("grids");
  measurements.each_member(
      [&grids](const std::string& /*name*/, const Node& each) { check_measurement(each, grids); });
}

void check_lineage(const Node& document) {
  std::vector<std::pair<std::string, std::string>> faults;
  const auto sources = named_sources(document.json(), &faults);
  const auto id_member = document.given("id");
  const auto id = id_member && id_member->json().is_string()
                      ? canonical_uuid(id_member->json().get_ref<const std::string&>())
                      : std::nullopt;
  std::map<std::string, std::string> ids;
  std::map<std::string, std::string> classifiers;
  for (const auto& source : sources) {
    const auto [same, is_new] = ids.emplace(source.id, source.path);
    if (!is_new) faults.emplace_back(source.path, "names the same dataset as " + same->second);
    if (!classifiers.emplace(source.classifier, source.path).second) {
      faults.emplace_back(source.path, "would be stored as " + source.classifier + ", as another source is");
    }
    if (source.id == id) faults.emplace_back(source.path, "names the dataset itself");
  }
  for (const auto& [path, what] : faults) document.fault_at(path, what);
}

/// `begin` and `end`, where the document brings them already.
void check_range(const Node& extent, std::string_view axis) {
  const auto range = extent.required(axis);
  if (!range || !range->demand_object()) return;
  const auto begin = range->required("begin");
  const auto end = range->required("end");
  if (!begin || !end || !begin->demand_number() || !end->demand_number()) return;
  end->demand(begin->json().get<double>() <= end->json().get<double>(),
              "must not be less than begin: a range across the antimeridian is -180 to 180");
}

void check_extent(const Node& extent) {
  if (!extent.demand_object()) return;
  check_range(extent, "lat");
  check_range(extent, "lon");
}

}  // namespace

void check_dataset(const Json& document, Mistakes& mistakes) {
  const Node dataset(document, mistakes);
  if (!dataset.demand_object()) return;
  check_schema(dataset);
  if (const auto id = dataset.required("id")) check_id(*id);
  if (const auto product = dataset.given("product")) check_product_of(*product);
  if (const auto crs = dataset.required("crs")) check_crs(*crs);
  if (const auto grids = dataset.required("grids")) check_grids(*grids);
  if (const auto geometry = dataset.given("geometry")) check_geometry(*geometry);
  const auto properties = dataset.required("properties");
  if (properties && properties->demand_object()) check_times(*properties);
  if (const auto measurements = dataset.given("measurements")) check_measurements(dataset, *measurements);
  if (const auto location = dataset.given("location")) location->demand_text();
  if (const auto extent = dataset.given("extent")) check_extent(*extent);
  if (const auto grid_spatial = dataset.given("grid_spatial")) grid_spatial->demand_object();
  check_lineage(dataset);
}

std::optional<std::string> canonical_uuid(std::string_view text) {
  constexpr std::size_t digits = 32;
  const bool has_hyphens = text.size() == digits + 4;
  if (!has_hyphens && text.size() != digits) return {};
  std::string out;
  for (const char c : text) {
    const bool hyphen_next = out.size() == 8 || out.size() == 13 || out.size() == 18 || out.size() == 23;
    if (hyphen_next) out += '-';
    if (hyphen_next && has_hyphens) {
      if (c != '-') return {};
      continue;
    }
    const bool is_upper = c >= 'A' && c <= 'F';
    if (!is_upper && !(c >= 'a' && c <= 'f') && !(c >= '0' && c <= '9')) return {};
    out += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

}  // namespace hayden::odc
