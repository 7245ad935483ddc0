#pragma once
#include <array>
#include <string>

#include "samples/mission.hpp"
#include "samples/sun.hpp"

namespace hayden::samples {

/// Everything that a level-1 or level-2 MTL of one acquisition says.
struct Facts {
  const Mission* mission = nullptr;
  PathRow at;
  Ticks acquired;
  Sun sun;
  std::string scene_id;
  std::string level1_id, level2_id;  ///< product ids; `level2_id` is empty where there is no level 2
  std::string category;              ///< T1, T2, RT
  std::string level1, level2;        ///< L1TP, L1GT, L1GS; L2SP, L2SR
  std::chrono::sys_seconds generated1, generated2;
  double cloud_cover = 0, cloud_cover_land = 0;  ///< percent; -1: not computed
  double roll = 0;                               ///< degrees; Landsat 8 and 9
  int request = 0;

  int utm_zone = 0;  ///< 0: Antarctic polar stereographic
  int lines = 0, samples = 0;
  std::array<double, 4> x{}, y{};  ///< pixel centres UL, UR, LL, LR; metres
  std::array<Place, 4> corners;    ///< the same in degrees
  int control_points = 0;
  double rmse_x = 0, rmse_y = 0;
};

enum class Form { txt, json };

/// The MTL of that level in Collection 2's structure.
std::string mtl_text(const Facts& facts, int level, Form form);

}  // namespace hayden::samples
