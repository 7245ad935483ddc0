#include "samples/mission.hpp"

#include <array>

namespace hayden::samples {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year;

constexpr std::array<Band, 11> oli8 = {{{"1", 0, 0, 1972.0},
                                        {"2", 0, 0, 2019.6},
                                        {"3", 0, 0, 1861.1},
                                        {"4", 0, 0, 1569.5},
                                        {"5", 0, 0, 960.4},
                                        {"6", 0, 0, 238.85},
                                        {"7", 0, 0, 80.5},
                                        {"8", 0, 0, 1776.2, 0, 0, 'H', true},
                                        {"9", 0, 0, 375.4},
                                        {"10", 22.00180, 0.100334, 0, 774.8853, 1321.0789},
                                        {"11", 22.00180, 0.100334, 0, 480.8883, 1201.1442}}};
constexpr std::array<Band, 11> oli9 = {{{"1", 0, 0, 1969.8},
                                        {"2", 0, 0, 2023.0},
                                        {"3", 0, 0, 1858.9},
                                        {"4", 0, 0, 1575.5},
                                        {"5", 0, 0, 966.6},
                                        {"6", 0, 0, 241.5},
                                        {"7", 0, 0, 81.5},
                                        {"8", 0, 0, 1783.4, 0, 0, 'H', true},
                                        {"9", 0, 0, 401.0},
                                        {"10", 25.00330, 0.100380, 0, 799.0284, 1329.2405},
                                        {"11", 22.97172, 0.100349, 0, 475.6581, 1198.3494}}};
constexpr std::array<Band, 9> etm_bands = {{{"1", 191.6, -6.2, 2036},
                                            {"2", 196.5, -6.4, 1856},
                                            {"3", 152.9, -5.0, 1525},
                                            {"4", 241.1, -5.1, 1071, 0, 0, 'L'},
                                            {"5", 31.06, -1.0, 221.6},
                                            {"6_VCID_1", 17.04, 0.0, 0, 666.09, 1282.71, 'L'},
                                            {"6_VCID_2", 12.65, 3.2, 0, 666.09, 1282.71},
                                            {"7", 10.80, -0.35, 81.36},
                                            {"8", 243.1, -4.7, 1319, 0, 0, 'L', true}}};
constexpr std::array<Band, 7> tm4_bands = {{{"1", 171.0, -1.52, 1943},
                                            {"2", 336.0, -2.84, 1758},
                                            {"3", 254.0, -1.17, 1486},
                                            {"4", 221.0, -1.51, 1033},
                                            {"5", 31.4, -0.37, 221.7},
                                            {"6", 15.303, 1.238, 0, 671.62, 1284.30},
                                            {"7", 16.6, -0.15, 83.24}}};
constexpr std::array<Band, 7> tm5_bands = {{{"1", 193.0, -1.52, 1944},
                                            {"2", 365.0, -2.84, 1759},
                                            {"3", 264.0, -1.17, 1490},
                                            {"4", 221.0, -1.51, 1033},
                                            {"5", 30.2, -0.37, 209.6},
                                            {"6", 15.303, 1.238, 0, 607.76, 1260.56},
                                            {"7", 16.5, -0.15, 82.24}}};
constexpr std::array<Band, 4> mss_early = {{{"4", 225.2, -17.6, 1791, 0, 0, 'L'},
                                            {"5", 164.6, -0.1, 1537, 0, 0, 'L'},
                                            {"6", 165.6, -0.1, 1274, 0, 0, 'L'},
                                            {"7", 154.6, 0.0, 846.3, 0, 0, 'L'}}};
constexpr std::array<Band, 4> mss_late = {{{"1", 226.1, 3.8, 1766, 0, 0, 'L'},
                                           {"2", 161.2, 3.7, 1525, 0, 0, 'L'},
                                           {"3", 144.6, 5.1, 1235, 0, 0, 'L'},
                                           {"4", 125.3, 4.3, 839.5, 0, 0, 'L'}}};

constexpr Instrument oli_of(std::span<const Band> bands) {
  return {"OLI_TIRS", 'C', "oli-tirs", "P975CC9B", "P9OGBGM6", bands, 65535, 30, 190, 186, true, true, true};
}
constexpr Instrument tm_of(std::span<const Band> bands) {
  return {"TM", 'T', "tm", "P918ROHC", "P9IAXOVV", bands, 255, 30, 185, 172, false, true, true};
}
constexpr Instrument mss_of(std::span<const Band> bands) {
  return {"MSS", 'M', "mss", "P9AF14YV", "", bands, 255, 60, 185, 180, false, false, false};
}
constexpr Instrument oli_8 = oli_of(oli8), oli_9 = oli_of(oli9), tm_4 = tm_of(tm4_bands),
                     tm_5 = tm_of(tm5_bands), mss_1 = mss_of(mss_early), mss_4 = mss_of(mss_late);
constexpr Instrument etm_7{"ETM", 'E', "etm", "P9TU80IG", "P9C7I13B", etm_bands, 255,
                           30,    185, 172,   true,       true,       true};

constexpr sys_days day(int y, unsigned m, unsigned d) {
  return sys_days{year{y} / static_cast<int>(m) / static_cast<int>(d)};
}
constexpr Ticks at(sys_days date, int hour, int minute, int second) {
  return date + std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
}

// Landsat 8 passed 047/027 on 2020-12-04 at 19:02:11. Landsat 5 flew in the same phase; 4, 7 and 9 eight days
// apart, 4, 5 and 7 earlier in the morning. Landsat 1 passed 001/010 (WRS-1) on 1972-09-08; 2 flew nine days
// apart.
constexpr PathRow wrs2_anchor{47, 27}, wrs1_anchor{1, 10};

}  // namespace

std::span<const Mission> missions() {
  static const std::array<Mission, 10> all = {{
      {8, &oli_8, &wrs(2), at(day(2020, 12, 4), 19, 2, 11), wrs2_anchor, day(2013, 3, 18), day(2025, 1, 1),
       "LGN"},
      {9, &oli_9, &wrs(2), at(day(2020, 12, 12), 19, 2, 11), wrs2_anchor, day(2021, 10, 31), day(2025, 1, 1),
       "LGN"},
      {7, &etm_7, &wrs(2), at(day(2020, 12, 12), 18, 51, 30), wrs2_anchor, day(1999, 6, 29), day(2022, 4, 6),
       "EDC"},
      {5, &tm_5, &wrs(2), at(day(2004, 12, 8), 18, 37, 20), wrs2_anchor, day(1984, 3, 16), day(2012, 5, 5),
       "PAC"},
      {4, &tm_4, &wrs(2), at(day(1989, 1, 5), 18, 33, 5), wrs2_anchor, day(1982, 8, 22), day(1993, 11, 18),
       "XXX"},
      {5, &mss_4, &wrs(2), at(day(2004, 12, 8), 18, 37, 20), wrs2_anchor, day(1984, 3, 16), day(1992, 10, 20),
       "PAC"},
      {4, &mss_4, &wrs(2), at(day(1989, 1, 5), 18, 33, 5), wrs2_anchor, day(1982, 8, 22), day(1992, 9, 3),
       "XXX"},
      {3, &mss_1, &wrs(1), at(day(1978, 4, 11), 13, 40, 10), wrs1_anchor, day(1978, 3, 20), day(1983, 3, 31),
       "GDS"},
      {2, &mss_1, &wrs(1), at(day(1975, 4, 11), 13, 41, 2), wrs1_anchor, day(1975, 1, 31), day(1982, 2, 5),
       "XXX"},
      {1, &mss_1, &wrs(1), at(day(1972, 9, 8), 13, 43, 34), wrs1_anchor, day(1972, 7, 26), day(1978, 1, 6),
       "XXX"},
  }};
  return all;
}

Ticks pass(const Mission& mission, PathRow at, std::int64_t cycle) {
  // Successive orbits lie 16 paths (WRS-1: 18) apart, so this many orbits lead from one path to its
  // neighbour: 16 · 102 ≡ 1 (mod 233), 18 · 14 ≡ 1 (mod 251).
  const std::int64_t orbits_per_path = mission.system->type == 1 ? 14 : 102;
  const std::int64_t paths = mission.system->paths;
  const std::int64_t orbit = orbits_per_path * ((at.path - mission.anchor_at.path + paths) % paths) % paths;
  const double minutes = (static_cast<double>(orbit) + (at.row - mission.anchor_at.row) / 248.0) *
                         mission.system->orbit_minutes();
  return mission.anchor + days{cycle * mission.system->days} +
         std::chrono::duration_cast<Ticks::duration>(std::chrono::duration<double, std::ratio<60>>(minutes));
}

}  // namespace hayden::samples
