#include <algorithm>
#include <cctype>
#include <map>
#include <optional>

#include "geo/bounds.hpp"
#include "odc/documents.hpp"
#include "odc/metadata_type_rules.hpp"

namespace hayden::odc {
namespace {

/// `dix_<product>_sat_path_sat_row_time` and its like must stay below PostgreSQL's 63 bytes.
constexpr std::size_t longest_product_name = 40;

void check_product_name(const Node& name) {
  if (!name.demand_name()) return;
  name.demand(name.json().get_ref<const std::string&>().size() <= longest_product_name,
              "must have at most " + std::to_string(longest_product_name) +
                  " characters, for the names of its indexes are made of it");
}

void check_license(const Node& license) {
  const auto is_allowed = [](char c) { return is_name({&c, 1}) || c == '-' || c == '.' || c == '+'; };
  const bool is_license = license.json().is_string() &&
                          !license.json().get_ref<const std::string&>().empty() &&
                          std::ranges::all_of(license.json().get_ref<const std::string&>(), is_allowed);
  license.demand(is_license, "must be an SPDX identifier, various or proprietary");
}

void check_dtype(const Node& dtype) {
  dtype.demand_one_of({"float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16",
                       "uint32", "uint64", "complex64", "complex128"});
}

void check_nodata(const Node& nodata) {
  static constexpr std::string_view words[] = {"nan", "NAN", "NaN", "Inf", "-Inf", "Infinity", "-Infinity"};
  const Json& json = nodata.json();
  const bool is_word =
      json.is_string() && std::ranges::find(words, json.get_ref<const std::string&>()) != std::end(words);
  nodata.demand(json.is_number() || is_word, "must be a number, NaN, Inf or -Inf");
}

void check_response(const Node& definition) {
  if (!definition.demand_object()) return;
  for (const auto* name : {"wavelength", "response"}) {
    if (const auto values = definition.member(name)) values->demand_numbers();
  }
}

void check_spectral_definition(const Node& definition) {
  if (definition.json().is_array()) {
    definition.each_element(check_response);
  } else if (definition.demand(definition.json().is_object(), "must be an object or a list of objects")) {
    check_response(definition);
  }
}

void check_flag(const std::string& /*name*/, const Node& flag) {
  if (!flag.demand_object()) return;
  if (const auto bits = flag.required("bits")) {
    bits->demand(bits->json().is_number() || bits->json().is_array(), "must be a number or a list");
  }
  if (const auto values = flag.required("values")) values->demand_object();
  if (const auto description = flag.member("description")) description->demand_text();
}

void check_measurement(const Node& measurement) {
  if (!measurement.demand_object()) return;
  measurement.allow_only({"name", "dtype", "nodata", "units", "aliases", "scale_factor", "add_offset",
                          "spectral_definition", "flags_definition", "extra_dim"});
  if (const auto name = measurement.required("name")) name->demand_name();
  if (const auto dtype = measurement.required("dtype")) check_dtype(*dtype);
  if (const auto nodata = measurement.required("nodata")) check_nodata(*nodata);
  if (const auto units = measurement.required("units")) units->demand_text();
  if (const auto aliases = measurement.member("aliases")) aliases->demand_texts();
  if (const auto scale = measurement.member("scale_factor")) scale->demand_number();
  if (const auto offset = measurement.member("add_offset")) offset->demand_number();
  if (const auto spectral = measurement.member("spectral_definition")) check_spectral_definition(*spectral);
  const auto flags = measurement.member("flags_definition");
  if (flags && flags->demand_object()) flags->each_member(check_flag);
  if (const auto dimension = measurement.member("extra_dim")) dimension->demand_text();
}

/// What a name or alias stands for must be told by it alone; an alias may repeat itself and its own name.
void check_names(const Node& measurements) {
  std::map<std::string, const Json*> owners;
  measurements.each_element([&owners](const Node& measurement) {
    const auto name = measurement.member("name");
    if (!name || !name->json().is_string()) return;
    const bool is_new = owners.emplace(name->json().get<std::string>(), &measurement.json()).second;
    name->demand(is_new, "already names another measurement");
  });
  measurements.each_element([&owners](const Node& measurement) {
    const auto aliases = measurement.member("aliases");
    if (!aliases) return;
    aliases->each_element([&](const Node& alias) {
      if (!alias.json().is_string()) return;
      const auto owner = owners.emplace(alias.json().get<std::string>(), &measurement.json()).first->second;
      alias.demand(owner == &measurement.json(), "already names another measurement");
    });
  });
}

/// The names of the extra dimensions and how many values they have, where that can be told.
using Dimensions = std::map<std::string, std::optional<std::size_t>>;

Dimensions check_extra_dimensions(const Node& dimensions) {
  Dimensions known;
  if (!dimensions.demand_list()) return known;
  dimensions.each_element([&known](const Node& dimension) {
    if (!dimension.demand_object()) return;
    dimension.allow_only({"name", "values", "dtype"});
    const auto name = dimension.required("name");
    const auto values = dimension.required("values");
    if (const auto dtype = dimension.required("dtype")) check_dtype(*dtype);
    const bool has_values = values && values->demand_numbers();
    if (!name || !name->demand_text()) return;
    const bool is_new = known
                            .emplace(name->json().get<std::string>(),
                                     has_values ? std::optional(values->json().size()) : std::nullopt)
                            .second;
    name->demand(is_new, "already names another dimension");
  });
  return known;
}

void check_same_length(const Node& definition) {
  const auto wavelength = definition.member("wavelength");
  const auto response = definition.member("response");
  if (!wavelength || !response || !wavelength->json().is_array() || !response->json().is_array()) return;
  response->demand(wavelength->json().size() == response->json().size(),
                   "must have as many values as wavelength");
}

void check_extra_dim(const Node& measurement, const Dimensions& dimensions) {
  const auto extra_dim = measurement.member("extra_dim");
  if (!extra_dim || !extra_dim->json().is_string()) return;
  const auto dimension = dimensions.find(extra_dim->json().get<std::string>());
  if (!extra_dim->demand(dimension != dimensions.end(), "must be a name among extra_dimensions")) return;
  const auto spectral = measurement.member("spectral_definition");
  if (!spectral || !dimension->second) return;
  const bool is_one_each = spectral->json().is_array() && spectral->json().size() == *dimension->second;
  if (spectral->demand(is_one_each, "must be a list with one entry for each value of " + dimension->first)) {
    spectral->each_element(check_same_length);
  }
}

void check_measurements(const Node& measurements, const Dimensions& dimensions) {
  if (!measurements.demand_list()) return;
  measurements.each_element(check_measurement);
  measurements.each_element([&](const Node& measurement) { check_extra_dim(measurement, dimensions); });
  check_names(measurements);
}

/// datacube fails on every listing of products when it cannot make a grid of a storage section.
void check_grid(const Node& storage) {
  const auto crs = storage.member("crs");
  if (!crs || !crs->json().is_string()) return;
  const auto name = crs->json().get<std::string>();
  if (!crs->demand(geo::is_known_crs(name), "is no CRS that is known here")) return;
  const bool is_geographic = geo::is_geographic(name);
  for (const auto* part : {"tile_size", "resolution", "origin"}) {
    const auto sizes = storage.member(part);
    if (!sizes || !sizes->json().is_object()) continue;
    for (const auto* axis : {is_geographic ? "latitude" : "y", is_geographic ? "longitude" : "x"}) {
      if (const auto size = sizes->required(axis)) size->demand_number();
    }
  }
}

void check_storage(const Node& storage) {
  if (!storage.demand_object()) return;
  storage.allow_only({"chunking", "crs", "dimension_order", "resolution", "tile_size", "origin", "driver"});
  for (const auto* name : {"chunking", "resolution", "tile_size", "origin"}) {
    if (const auto part = storage.member(name)) part->demand_object();
  }
  for (const auto* name : {"crs", "driver"}) {
    if (const auto part = storage.member(name)) part->demand_text();
  }
  if (const auto order = storage.member("dimension_order")) order->demand_list();
  check_grid(storage);
}

void check_load(const Node& load) {
  if (!load.demand_object()) return;
  load.allow_only({"crs", "resolution", "align"});
  if (const auto crs = load.required("crs")) crs->demand_text();
  if (const auto resolution = load.required("resolution")) resolution->demand_object();
  if (const auto align = load.member("align")) align->demand_object();
}

void check_metadata_type_of(const Node& metadata_type) {
  if (metadata_type.json().is_object()) {
    check_metadata_type(metadata_type);
  } else {
    metadata_type.demand(metadata_type.json().is_string(),
                         "must be the name of a metadata type or one itself");
  }
}

/// `default_…`: what others of the document repeat by YAML's aliases.
bool is_default(const std::string& name) {
  constexpr std::string_view prefix = "default_";
  const auto at = name.find(prefix);
  return at != std::string::npos && at + prefix.size() < name.size() &&
         is_name({&name[at + prefix.size()], 1});
}

void check_members(const Node& product) {
  static constexpr std::string_view known[] = {"name",     "description",  "metadata_type",    "license",
                                               "metadata", "measurements", "extra_dimensions", "storage",
                                               "load",     "managed"};
  product.each_member([](const std::string& name, const Node& member) {
    if (is_default(name)) {
      member.demand_object();
    } else {
      member.demand(std::ranges::find(known, name) != std::end(known), "is not known in a product");
    }
  });
}

}  // namespace

void check_product(const Json& definition, Mistakes& mistakes) {
  const Node product(definition, mistakes);
  if (!product.demand_object()) return;
  check_members(product);
  if (const auto name = product.required("name")) check_product_name(*name);
  if (const auto description = product.required("description")) description->demand_text();
  if (const auto type = product.required("metadata_type")) check_metadata_type_of(*type);
  if (const auto metadata = product.required("metadata")) metadata->demand_object();
  if (const auto license = product.member("license")) check_license(*license);
  if (const auto managed = product.member("managed")) managed->demand_boolean();
  const auto extra = product.member("extra_dimensions");
  const Dimensions dimensions = extra ? check_extra_dimensions(*extra) : Dimensions{};
  if (const auto measurements = product.member("measurements")) check_measurements(*measurements, dimensions);
  if (const auto storage = product.member("storage")) check_storage(*storage);
  if (const auto load = product.member("load")) check_load(*load);
}

}  // namespace hayden::odc
