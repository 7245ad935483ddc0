#pragma once
#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

#include "samples/wrs.hpp"

namespace hayden::samples {

/// What SCENE_CENTER_TIME resolves: 100 ns.
using Ticks = std::chrono::sys_time<std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>>;

/// One spectral band as the level-1 metadata describes it.
struct Band {
  std::string_view name;  ///< as in FILE_NAME_BAND_x
  double radiance_max = 0,
         radiance_min = 0;  ///< W/(m² sr µm) at the ends of the pixel range; 0 where derived
  double sun = 0;           ///< solar irradiance, W/(m² µm); 0 for a thermal band
  double k1 = 0, k2 = 0;    ///< thermal constants
  char gain = 'H';
  bool panchromatic = false;
};

/// An instrument: what its products hold and how they are named.
struct Instrument {
  std::string_view sensor_id;  ///< OLI_TIRS, ETM, TM, MSS
  char letter;                 ///< second letter of the product id
  std::string_view folder;     ///< in the bucket
  std::string_view level1_doi, level2_doi;
  std::span<const Band> bands;
  int pixel_max;               ///< 65535 or 255
  int cell;                    ///< metres
  double swath_km, length_km;  ///< across and along track
  bool panchromatic, thermal, angles;
};

/// One instrument on one spacecraft, in the years it worked.
struct Mission {
  int spacecraft;
  const Instrument* instrument;
  const Wrs* system;
  Ticks anchor;  ///< when it passed `anchor_at`; everything else follows from the repeat cycle
  PathRow anchor_at;
  std::chrono::sys_days first, last;
  std::string_view station;
};

std::span<const Mission> missions();

/// The pass over a path/row in the given repeat cycle, counted from the anchor's.
Ticks pass(const Mission& mission, PathRow at, std::int64_t cycle);

}  // namespace hayden::samples
