#pragma once
#include <array>

#include "mtl/scene.hpp"
#include "mtl/values.hpp"

namespace hayden::mtl {

/// Where one generation of MTL keeps its facts. Source: real files, and the data format control books of
/// USGS.
struct Layout {
  struct GridKeys {
    Key lines, samples, cell;
  };

  Generation generation;
  Key product_id, scene_id, level, category;
  Key spacecraft, sensor, wrs_type, wrs_path, wrs_row;
  Key date, time, generated;
  Key cloud, cloud_land, sun_elevation, sun_azimuth, pointing, roll;
  Key map_projection, datum, zone, true_scale_latitude, vertical_longitude, false_easting, false_northing;
  GridKeys reflective, panchromatic, thermal;
  Key corner_x, corner_y;                     ///< of the upper left pixel's centre, metres
  std::array<Key, 4> corner_lon, corner_lat;  ///< UL, UR, LR, LL
  std::string_view files;                     ///< the section that names the files
  std::string_view radiance;                  ///< the section with RADIANCE_MULT_BAND_n
  Key station, software, doi;
  std::array<std::string_view, 4> records;  ///< where processing facts are looked for, in this order
};

extern const Layout collection2_level1, collection2_level2, collection1, pre_collection, legacy;

}  // namespace hayden::mtl
