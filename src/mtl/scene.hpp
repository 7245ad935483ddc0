#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.hpp"
#include "mtl/document.hpp"

namespace hayden::mtl {

/// A north-up raster grid in the scene's CRS. The origin is the outer corner of the upper left pixel (MTL
/// corners are pixel centres). Units: metres.
struct Grid {
  int rows = 0, columns = 0;
  double cell = 0;
  double origin_x = 0, origin_y = 0;

  bool operator==(const Grid&) const = default;
};

struct LonLat {
  double lon = 0, lat = 0;  ///< degrees

  bool operator==(const LonLat&) const = default;
};

/// The archive that a product belongs to.
enum class Generation { pre_collection, collection1, collection2 };
enum class Level { l1, l2, ard };
enum class Sensor { mss, tm, etm, oli, tirs, oli_tirs };

/// How the product was made, as far as the file tells.
struct Processing {
  std::string station_id;  ///< of the receiving ground station
  std::string software_version;
  std::string algorithm_surface_reflectance, algorithm_surface_temperature;
  std::string ephemeris_type;
  std::optional<int> control_points_version, control_points_model, control_points_verify;
  std::optional<double> rmse, rmse_x, rmse_y, rmse_verify;  ///< metres
  std::optional<double> scan_gap_interpolation;
  std::string doi;  ///< without its resolver: 10.5066/P9OGBGM6

  bool operator==(const Processing&) const = default;
};

/// One scene (or ARD tile), typed, whatever the generation and format of its metadata. Values that the file
/// says were not computed (-1, NULL) are absent; so is text that it does not have.
struct Scene {
  Generation generation = Generation::collection2;
  Level level = Level::l1;
  /// LC08_L2SP_046028_20200904_20200906_02_T1; before the collections the scene id, before 2012 the common
  /// start of the file names (L71090081_08120090415).
  std::string product_id;
  std::string scene_id;           ///< LC80460282020248LGN00
  std::string collection_number;  ///< "01", "02"
  std::string category;           ///< T1, T2, RT, A1, A2
  std::string processing_level;   ///< L1TP, L1GT, L1GS, L2SP, L2SR; L1T, L1GT, L1G before the collections
  int spacecraft = 0;             ///< 1 to 9
  Sensor sensor = Sensor::oli_tirs;
  std::string sensor_id;                        ///< OLI_TIRS, ETM, TM, MSS, OLI, TIRS
  int wrs_type = 2, wrs_path = 0, wrs_row = 0;  ///< path and row are 0 for an ARD tile
  std::string tile;                             ///< of an ARD tile: CU-027009, region and h, v
  Instant acquired;                             ///< scene centre; of an ARD tile the first scene's
  std::optional<Instant> acquired_last;         ///< the last scene's where a tile holds several
  Instant product_generated;
  std::optional<double> cloud_cover, cloud_cover_land;  ///< percent
  std::optional<double> sun_elevation, sun_azimuth;     ///< degrees, as written (azimuth may be negative)
  std::optional<double> off_nadir;                      ///< degrees: |ROLL_ANGLE| when OFFNADIR, 0 when NADIR

  int epsg = 0;                               ///< 0 where the CRS has no code
  std::string wkt;                            ///< WKT 2 of a CRS without code, else empty
  Grid reflective;                            ///< the grid of all bands but those below
  std::optional<Grid> panchromatic, thermal;  ///< only where it differs in shape or origin from `reflective`
  std::array<LonLat, 4> corners{};  ///< of an MTL: product corners UL, UR, LR, LL (pixel centres), degrees

  /// The files that an MTL names, by the keys of Collection 2 without FILE_NAME_, in order: {"BAND_4",
  /// "LC08_…_SR_B4.TIF"}, {"QUALITY_L1_PIXEL", …}. The quality band of before is BAND_QUALITY.
  std::vector<std::pair<std::string, std::string>> files;
  /// Linear scaling per band key ("4", "ST_B10", "6_VCID_1"): physical = gain * number + offset, for the
  /// product's own level (reflectance or temperature at level 2, radiance at level 1). Absent where the file
  /// says NULL.
  struct Scaling {
    std::string band;
    std::optional<double> gain, offset;

    bool operator==(const Scaling&) const = default;
  };
  std::vector<Scaling> scaling;

  /// A raster that ESPA or ARD metadata describes, one file each.
  struct Band {
    std::string name;     ///< as ESPA names it: sr_band4, toa_band4, bt_band10, pixel_qa, solar_zenith_band4
    std::string product;  ///< sr_refl, toa_refl, toa_bt, level2_qa, angle_bands, …
    std::string file, title, data_type, unit;
    std::optional<double> nodata, scale, offset;
    Grid grid;
    std::vector<std::pair<int, std::string>> bits, classes;  ///< number and meaning

    bool operator==(const Band&) const = default;
  };
  std::vector<Band> bands;

  Processing processing;

  const std::string* file(std::string_view key) const;
  const Scaling* scaling_of(std::string_view band) const;

  bool operator==(const Scene&) const = default;
};

/// Reads a scene from parsed metadata: an MTL of any generation, level and sensor, or the XML of ESPA or of a
/// U.S. ARD tile of Collection 1. Throws Problem(422, "InvalidMtl") that names every missing or bad key at
/// once, or says what else the document is.
Scene read_scene(const Document& document);

}  // namespace hayden::mtl
