#pragma once
#include <array>
#include <optional>
#include <string>
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

enum class Level { l1, l2 };
enum class Sensor { mss, tm, etm, oli, tirs, oli_tirs };

/// One scene, typed, whatever the generation and format of its metadata. Values that the file says were not
/// computed
/// (-1, NULL) are absent.
struct Scene {
  std::string product_id;         ///< LC08_L2SP_046028_20200904_20200906_02_T1
  std::string scene_id;           ///< LC80460282020248LGN00
  std::string collection_number;  ///< "02"
  std::string category;           ///< T1, T2, RT, A1, A2
  std::string processing_level;   ///< L1TP, L1GT, L1GS, L2SP, L2SR
  Level level = Level::l1;
  int spacecraft = 0;  ///< 1 to 9
  Sensor sensor = Sensor::oli_tirs;
  std::string sensor_id;  ///< as written: OLI_TIRS, ETM, TM, MSS, OLI, TIRS
  int wrs_type = 2, wrs_path = 0, wrs_row = 0;
  Instant acquired;                                     ///< scene centre
  Instant product_generated;                            ///< DATE_PRODUCT_GENERATED of this level
  std::optional<double> cloud_cover, cloud_cover_land;  ///< percent
  std::optional<double> sun_elevation, sun_azimuth;     ///< degrees, as written (azimuth may be negative)
  std::optional<double> off_nadir;                      ///< degrees: |ROLL_ANGLE| when OFFNADIR, 0 when NADIR

  int epsg = 0;
  Grid reflective;                            ///< the grid of all bands but those below
  std::optional<Grid> panchromatic, thermal;  ///< only where it differs in shape or origin from `reflective`
  std::array<LonLat, 4> corners;              ///< product corners UL, UR, LR, LL (pixel centres), degrees

  /// FILE_NAME_* of PRODUCT_CONTENTS in order: {"BAND_4", "LC08_…_SR_B4.TIF"}, {"QUALITY_L1_PIXEL", …}.
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

  const std::string* file(std::string_view key) const;
  const Scaling* scaling_of(std::string_view band) const;

  Document document;  ///< the whole file, for facts without a field of their own

  bool operator==(const Scene&) const = default;
};

/// Reads a scene from a parsed MTL. Throws Problem(422, "InvalidMtl") that names every missing or bad key at
/// once. Understands Collection 2 level 1 and 2, all sensors; other generations are refused by name.
Scene read_scene(Document document);

}  // namespace hayden::mtl
