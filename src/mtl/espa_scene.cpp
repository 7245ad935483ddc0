#include "mtl/espa_scene.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "mtl/sensors.hpp"
#include "mtl/text.hpp"
#include "mtl/values.hpp"

namespace hayden::mtl {
namespace {

std::vector<std::string_view> parts_of(std::string_view id) {
  std::vector<std::string_view> parts;
  for (std::size_t start = 0; start <= id.size();) {
    const std::size_t end = std::min(id.find('_', start), id.size());
    parts.push_back(id.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

bool has_lengths(const std::vector<std::string_view>& parts, const std::array<std::size_t, 7>& lengths) {
  return std::ranges::equal(parts, lengths, [](std::string_view part, std::size_t length) {
    return part.size() == length && is_code(part);
  });
}

std::string lower_case(std::string_view text) {
  std::string out{text};
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// The name that ESPA has for what an ARD tile calls SRB4, TAB4, PIXELQA, ….
std::string espa_name(std::string_view ard) {
  using Names = std::array<std::string_view, 2>;
  constexpr std::array<Names, 7> prefixes{{{"SRB", "sr_band"},
                                           {"TAB", "toa_band"},
                                           {"BTB", "bt_band"},
                                           {"SOZ", "solar_zenith_band"},
                                           {"SOA", "solar_azimuth_band"},
                                           {"SEZ", "sensor_zenith_band"},
                                           {"SEA", "sensor_azimuth_band"}}};
  constexpr std::array<Names, 6> names{{{"PIXELQA", "pixel_qa"},
                                        {"RADSATQA", "radsat_qa"},
                                        {"LINEAGEQA", "lineage_qa"},
                                        {"SRAEROSOLQA", "sr_aerosol"},
                                        {"SRCLOUDQA", "sr_cloud_qa"},
                                        {"SRATMOSOPACITYQA", "sr_atmos_opacity"}}};
  for (const auto& [theirs, ours] : prefixes) {
    const auto number = ard.substr(std::min(theirs.size(), ard.size()));
    if (ard.starts_with(theirs) && whole_number(number)) return std::string{ours} + std::string{number};
  }
  const auto* const known = std::ranges::find(names, ard, [](const Names& each) { return each[0]; });
  return known == names.end() ? lower_case(ard) : std::string{(*known)[1]};
}

/// STAC's words for the units of ESPA; empty where the number has none.
std::string unit_of(std::string_view data_units) {
  if (data_units == "degrees") return "degree";
  if (data_units == "temperature (kelvin)") return "kelvin";
  return data_units == "bitmap" || data_units == "quality/feature classification" ? "bit index" : "";
}

/// A conic projection that EPSG has no code of on WGS 84. Angles in degrees, offsets in metres.
std::string albers_wkt(double parallel1, double parallel2, double meridian, double latitude, double easting,
                       double northing) {
  const auto parameter = [](const char* name, double value, const char* unit) {
    return std::string("PARAMETER[\"") + name + "\"," + plain(value) + "," + unit + "],";
  };
  constexpr auto degree = "ANGLEUNIT[\"degree\",0.0174532925199433]";
  constexpr auto metre = "LENGTHUNIT[\"metre\",1]";
  return "PROJCRS[\"Albers on WGS 84\",BASEGEOGCRS[\"WGS 84\",DATUM[\"World Geodetic System 1984\","
         "ELLIPSOID[\"WGS 84\",6378137,298.257223563,LENGTHUNIT[\"metre\",1]]],ID[\"EPSG\",4326]],"
         "CONVERSION[\"Albers\",METHOD[\"Albers Equal Area\",ID[\"EPSG\",9822]]," +
         parameter("Latitude of false origin", latitude, degree) +
         parameter("Longitude of false origin", meridian, degree) +
         parameter("Latitude of 1st standard parallel", parallel1, degree) +
         parameter("Latitude of 2nd standard parallel", parallel2, degree) +
         parameter("Easting at false origin", easting, metre) + "PARAMETER[\"Northing at false origin\"," +
         plain(northing) + "," + metre +
         "]],CS[Cartesian,2],AXIS[\"easting (X)\",east],AXIS[\"northing "
         "(Y)\",north],LENGTHUNIT[\"metre\",1]]";
}

class EspaReader {
 public:
  explicit EspaReader(const Document& document)
      : values_(document),
        is_tile_(document.root == "ard_metadata"),
        global_(is_tile_ ? "tile_metadata/global_metadata" : "global_metadata") {}

  Scene read() {
    if (values_.document().section(global_) == nullptr) fail("there is no " + std::string{global_});
    scene_.level = is_tile_ ? Level::ard : Level::l2;
    read_identity();
    read_sensor();
    if (is_tile_) {
      read_tile();
    } else {
      read_scene_facts();
    }
    read_crs();
    read_bands();
    values_.throw_if_mistaken();
    return std::move(scene_);
  }

 private:
  Key at(std::string_view name) const { return {global_, name}; }

  std::string text_or_nothing(const Key& key) const {
    const std::string* const value = values_.find(key);
    return value == nullptr ? std::string{} : *value;
  }

  void read_identity() {
    // Version 1 of ESPA's format has a scene id only.
    const Key key = at(values_.find(at("product_id")) == nullptr && !is_tile_ ? "scene_id" : "product_id");
    const std::string id = scene_.product_id = values_.text(key);
    if (id.empty()) return;
    const auto parts = parts_of(id);
    if (is_tile_) {
      if (parts.size() == 6 && parts[5] == "02")
        fail(id + " is a U.S. ARD tile of Collection 2; only those of Collection 1 are read");
      scene_.generation = Generation::collection1;
      scene_.collection_number = values_.one_of(at("level1_collection"), {"01"});
      if (!has_lengths(parts, {4, 2, 6, 8, 8, 3, 3})) {
        return values_.mistake(key, shown(id) + " is not the id of an ARD tile");
      }
      scene_.tile = std::string{parts[1]} + "-" + std::string{parts[2]};
    } else if (has_lengths(parts, {4, 4, 6, 8, 8, 2, 2})) {
      scene_.generation = Generation::collection1;
      scene_.collection_number = "01";
      if (parts[5] != "01") values_.mistake(key, shown(id) + " is not of Collection 1");
      scene_.processing_level = parts[1];
      scene_.category = parts[6];
    } else if (is_code(id)) {
      scene_.generation = Generation::pre_collection;
      scene_.scene_id = id;
    } else {
      values_.mistake(key, shown(id) + " is neither a product id nor a scene id");
    }
  }

  void read_sensor() {
    const std::string craft = values_.text(at("satellite"));
    scene_.spacecraft = spacecraft_number(craft);
    if (!craft.empty() && scene_.spacecraft == 0) {
      values_.mistake(at("satellite"), shown(craft) + " is not one of LANDSAT_1 to LANDSAT_9");
    }
    const std::string instrument = values_.text(at("instrument"));
    if (instrument.empty()) return;
    const SensorName* const known =
        sensor_named(instrument == "OLI/TIRS_Combined" ? "OLI_TIRS" : std::string_view{instrument});
    if (known == nullptr) {
      return values_.mistake(at("instrument"),
                             shown(instrument) + " is not one of MSS, TM, ETM, OLI, TIRS, OLI_TIRS");
    }
    scene_.sensor = known->sensor;
    scene_.sensor_id = known->name;
    if (scene_.spacecraft != 0 && !known->flew_on(scene_.spacecraft)) {
      values_.mistake(at("instrument"), craft + " has no sensor " + instrument);
    }
  }

  /// The sun as ESPA tells it, by its distance from the zenith.
  void read_sun(double zenith_or_less, std::optional<double> azimuth) {
    constexpr double decimals = 1e8;
    scene_.sun_elevation = std::round((90 - zenith_or_less) * decimals) / decimals;
    scene_.sun_azimuth = azimuth;
  }

  Instant acquired(std::string_view section) {
    const std::string date = values_.text({section, "acquisition_date"});
    const std::string time = values_.text({section, "scene_center_time"});
    if (date.empty() || time.empty()) return {};
    return values_.instant({section, "acquisition_date and scene_center_time"}, date + "T" + time);
  }

  void read_scene_facts() {
    scene_.acquired = acquired(global_);
    if (const auto zenith = values_.optional_number(at("solar_angles@zenith"), 0, 180)) {
      read_sun(*zenith, values_.optional_number(at("solar_angles@azimuth"), -360, 360));
    }
    scene_.cloud_cover = values_.percentage(at("cloud_cover"));
    scene_.wrs_type = values_.integer(at("wrs@system"), 1, 2);
    scene_.wrs_path = values_.integer(at("wrs@path"), 1, scene_.wrs_type == 1 ? 251 : 233);
    scene_.wrs_row = values_.integer(at("wrs@row"), 1, 248);
  }

  /// A tile has a date; its time is that of the scenes it is made of.
  void read_tile() {
    scene_.product_generated = values_.instant(at("production_date"), values_.text(at("production_date")));
    scene_.cloud_cover = values_.percentage(at("cloud_cover"));
    constexpr std::string_view of_scene = "scene_metadata/global_metadata";
    std::optional<Instant> first, last;
    for (const auto& section : values_.document().sections) {
      if (section.name != of_scene) continue;
      const Document one{values_.document().root, {section}};
      Values values(one);
      std::string time = values.text({of_scene, "acquisition_date"});
      time.append("T").append(values.text({of_scene, "scene_center_time"}));
      const Instant instant = values.instant({of_scene, "scene_center_time"}, time);
      values.throw_if_mistaken();
      first = first ? std::min(*first, instant) : instant;
      last = last ? std::max(*last, instant) : instant;
    }
    if (!first) return values_.mistake({of_scene, "scene_center_time"}, "missing");
    scene_.acquired = *first;
    if (*last != *first) scene_.acquired_last = last;
  }

  void read_crs() {
    values_.one_of(at("projection_information@datum"), {"WGS84"});
    values_.one_of(at("projection_information@units"), {"meters"});
    const std::string kind =
        values_.one_of(at("projection_information@projection"), {"UTM", "ALBERS", "AEA", "PS"});
    if (kind == "UTM") {
      const Key key = at("projection_information/utm_proj_params/zone_code");
      const int zone = values_.integer(key, -60, 60);
      if (zone == 0 && !values_.mistaken_about(key)) values_.mistake(key, "must not be 0");
      scene_.epsg = utm_epsg(zone);
    } else if (kind == "PS") {
      const auto value = [&](const char* name, double most) {
        return values_.number(at(key_ = std::string("projection_information/ps_proj_params/") + name), -most,
                              most);
      };
      const double longitude = value("longitude_pole", 360), latitude = value("latitude_true_scale", 90);
      const double easting = value("false_easting", 1e9), northing = value("false_northing", 1e9);
      scene_.epsg = polar_epsg(latitude, longitude, easting, northing).value_or(0);
      if (scene_.epsg == 0) {
        values_.mistake(at("projection_information/ps_proj_params"), "is none of EPSG 3031, 3995, 3413");
      }
    } else if (!kind.empty()) {
      read_albers();
    }
  }

  void read_albers() {
    const auto value = [&](const char* name, double most) {
      return values_.number(at(key_ = std::string("projection_information/albers_proj_params/") + name),
                            -most, most);
    };
    const double parallel1 = value("standard_parallel1", 90), parallel2 = value("standard_parallel2", 90);
    const double meridian = value("central_meridian", 180), latitude = value("origin_latitude", 90);
    scene_.wkt = albers_wkt(parallel1, parallel2, meridian, latitude, value("false_easting", 1e9),
                            value("false_northing", 1e9));
  }

  void read_bands() {
    constexpr std::size_t most = 500;
    const std::string_view name = is_tile_ ? "tile_metadata/bands/band" : "bands/band";
    for (const auto& section : values_.document().sections) {
      if (section.name != name) continue;
      if (scene_.bands.size() == most) fail("more than " + std::to_string(most) + " bands");
      read_band(section);
    }
    if (scene_.bands.empty()) return values_.mistake({name, "@name"}, "missing");
    scene_.reflective = common_grid();
    if (!is_tile_ && scene_.product_generated == Instant{}) {
      values_.mistake({name, "production_date"}, "missing");
    }
  }

  void read_band(const Document::Section& section) {
    const Document one{values_.document().root, {section}};
    Values values(one);
    const std::string_view in = section.name;
    Scene::Band band;
    const std::string name = values.text({in, "@name"});
    if (!name.empty() && !is_file_name(name)) values.mistake({in, "@name"}, shown(name) + " is not a name");
    band.name = is_tile_ ? espa_name(name) : name;
    band.product = values.text({in, "@product"});
    band.file = values.text({in, "file_name"});
    if (!band.file.empty() && !is_file_name(band.file)) {
      values.mistake({in, "file_name"}, shown(band.file) + " is not a file name");
    }
    if (const auto* const title = values.find({in, "long_name"})) band.title = *title;
    if (const auto* const type = values.find({in, "@data_type"})) band.data_type = lower_case(*type);
    if (const auto* const units = values.find({in, "data_units"})) band.unit = unit_of(*units);
    band.nodata = values.optional_number({in, "@fill_value"});
    band.scale = values.optional_number({in, "@scale_factor"});
    band.offset = values.optional_number({in, "@add_offset"});
    band.grid = grid_of(values, in);
    band.bits = numbered(section, "bitmap_description/bit[");
    band.classes = numbered(section, "class_values/class[");
    if (const auto* const made = values.find({in, "production_date"}); made != nullptr && !is_tile_) {
      scene_.product_generated =
          std::max(scene_.product_generated, values.instant({in, "production_date"}, *made));
    }
    values.throw_if_mistaken();
    scene_.bands.push_back(std::move(band));
  }

  /// `corner_point` is the centre of the upper left pixel, or its outer corner (grid_origin UL).
  Grid grid_of(Values& values, std::string_view in) {
    constexpr int most = 100'000;
    constexpr double farthest = 20'000'000;
    Grid grid;
    grid.rows = values.integer({in, "@nlines"}, 1, most);
    grid.columns = values.integer({in, "@nsamps"}, 1, most);
    grid.cell = values.number({in, "pixel_size@x"}, 1, 1000);
    if (values.number({in, "pixel_size@y"}, 1, 1000) != grid.cell) {
      values.mistake({in, "pixel_size@y"}, "differs from pixel_size@x; cells are square");
    }
    const std::string origin = values_.one_of(at("projection_information/grid_origin"), {"CENTER", "UL"});
    const double half = origin == "CENTER" ? grid.cell / 2 : 0;
    grid.origin_x =
        values_.number(at("projection_information/corner_point[UL]@x"), -farthest, farthest) - half;
    grid.origin_y =
        values_.number(at("projection_information/corner_point[UL]@y"), -farthest, farthest) + half;
    return grid;
  }

  static std::vector<std::pair<int, std::string>> numbered(const Document::Section& section,
                                                           std::string_view prefix) {
    std::vector<std::pair<int, std::string>> out;
    for (const auto& [key, value] : section.values) {
      if (!key.starts_with(prefix) || !key.ends_with("]")) continue;
      const auto number =
          whole_number(std::string_view(key).substr(prefix.size(), key.size() - prefix.size() - 1));
      if (number && *number >= 0) out.emplace_back(*number, value);
    }
    return out;
  }

  /// The grid that most bands are on.
  Grid common_grid() const {
    const auto on = [&](const Grid& grid) {
      return std::ranges::count(scene_.bands, grid, &Scene::Band::grid);
    };
    return std::ranges::max_element(scene_.bands, {}, [&](const Scene::Band& band) { return on(band.grid); })
        ->grid;
  }

  Values values_;
  bool is_tile_;
  std::string_view global_;
  std::string key_;
  Scene scene_;
};

}  // namespace

Scene read_espa_scene(const Document& document) { return EspaReader(document).read(); }

}  // namespace hayden::mtl
